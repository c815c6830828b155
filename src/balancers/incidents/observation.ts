/** A round of the comparison, as an observation that an incident can be kept by. */

import type { KubeClient } from "../../client/index.ts";
import { describeLookUp, type Ledger, type LedgerPool, PoolIndex } from "../ledger/index.ts";
import {
  type DriftRow,
  ordinaryRows,
  previewPlan,
  type RoundContext,
  type RoundDone,
  type RoundResult,
} from "../sync/index.ts";
import type { LookUpSeen, Observation } from "./evidence.ts";
import { IncidentKeeper, type KeeperOptions } from "./incident-keeper.ts";
import { originsOf } from "./origins.ts";

/** Look-ups for more would say the same again. */
const MOST_LOOK_UPS = 20;

/** Whether the ledger has a pool for it is what explains each of these. */
const LOOKED_UP: readonly (readonly string[])[] = [
  ["usage-unrecorded", "ip-in-two-pools"],
  ["ip-outside-every-pool"],
];

/** Who compared, and where the origin of what differs can be asked for. */
export interface Observer {
  readonly client: KubeClient;
  readonly by: string;
  /** Undefined: it was only read, without a chosen mode. */
  readonly how?: "controller" | "command";
}

export async function observationOf(
  round: RoundResult,
  ledger: Ledger,
  cluster: string,
  observer?: Observer,
): Promise<Observation> {
  const { at } = round;
  if (round.result !== "compared") {
    const { side, result, message } = round;
    return {
      at,
      drift: undefined,
      failure: { side: side === "both" ? "comparison" : side, kind: result, message },
    };
  }
  const { plan, drift } = round;
  const lookUps = await lookUpsFor(drift, ledger, cluster);
  return {
    at,
    drift,
    ordinary: ordinaryRows(round),
    lookUps,
    refused: plan.refused,
    ...planSeen(round),
    ...(observer !== undefined && (await originSeen(round, ledger, cluster, observer))),
  };
}

/** Of each answer the first few: what lies in no pool is not to be hidden by what does. */
async function lookUpsFor(
  drift: readonly DriftRow[],
  ledger: Ledger,
  cluster: string,
): Promise<LookUpSeen[]> {
  const rows = LOOKED_UP.map((kinds) => drift.filter(({ kind }) => kinds.includes(kind)));
  if (rows.every(({ length }) => length === 0)) return [];
  const index = new PoolIndex(await ledger.pools(cluster));
  return rows.flatMap((some) => {
    const ips = new Set(some.map(({ subject }) => subject.split("/").at(-1) ?? ""));
    const answers = Map.groupBy([...ips], (ip) => index.lookUp(ip).result);
    return [...answers.values()].flatMap((same) =>
      same.slice(0, MOST_LOOK_UPS).map((ip) => lookUpSeen(ip, index)),
    );
  });
}

function lookUpSeen(ip: string, index: PoolIndex<LedgerPool>): LookUpSeen {
  const found = index.lookUp(ip);
  const pool = found.result === "found" ? { pool: found.pool.name } : {};
  return { ip, result: found.result, message: describeLookUp(found), ...pool };
}

function planSeen({ applied, plan, drift }: RoundDone): Pick<Observation, "plan"> {
  if (applied === undefined) return {};
  const { id, steps } = plan;
  const count = `${steps.length} ${steps.length === 1 ? "step" : "steps"}`;
  if (applied.result !== "applied") {
    return {
      plan: { id, result: applied.result, message: `the plan ${id} was not applied: ${applied.message}` },
    };
  }
  const ends = steps.flatMap(({ driftId, ends: more = [] }) => [driftId, ...more]);
  return {
    plan: {
      id,
      result: "applied",
      message: `the plan ${id} was applied: ${count}.`,
      ends,
      left: drift.length,
    },
  };
}

async function originSeen(
  { plan, drift }: RoundDone,
  ledger: Ledger,
  cluster: string,
  { client, by, how }: Observer,
): Promise<Pick<Observation, "run" | "objects">> {
  const run = how === undefined ? {} : { run: { how, mode: plan.mode, by, heldBack: plan.heldBack.length } };
  if (drift.length === 0) return run;
  const pools = await ledger.pools(cluster);
  const owners = new Map(
    pools.flatMap(({ name, owner }) => (owner === undefined ? [] : [[name, owner] as const])),
  );
  return { ...run, objects: await originsOf(client, drift, owners) };
}

/**
 * What a plan that may do everything comes to: which differences it would end, and which are left since a guard or a
 * person holds them.
 */
export async function simulation(context: RoundContext): Promise<Pick<Observation, "plan">> {
  const { plan } = await previewPlan({ ...context, settings: { ...context.settings, mode: "sync" } });
  if (plan.drift.length === 0) return {};
  const ended = new Set(plan.steps.flatMap(({ driftId, ends = [] }) => [driftId, ...ends]));
  const left = plan.drift.filter(({ id }) => !ended.has(id)).length;
  const steps = `${plan.steps.length} ${plan.steps.length === 1 ? "step" : "steps"}`;
  const rest =
    left === 0
      ? "0 differences"
      : `${left} of ${plan.drift.length} differences, which a guard or a person holds`;
  const message = `a plan in mode sync would take ${steps} and leave ${rest}.`;
  return { plan: { id: "simulated", result: "simulated", message, left } };
}

export interface IncidentsOptions extends Omit<KeeperOptions, "ledger"> {
  /** Of the controller. */
  readonly client: KubeClient;
}

/** Keeps the incident of a cluster, in the ledger that the controller gives: a leader's, as long as it is one. */
export function keepIncidents({ client, ...options }: IncidentsOptions) {
  let keeper: IncidentKeeper | undefined;
  let known = "";
  return async (round: RoundResult, ledger: Ledger): Promise<void> => {
    keeper ??= new IncidentKeeper({ ...options, ledger });
    // Where it came from is asked for when it is new.
    const differing =
      round.result === "compared"
        ? round.drift.map(({ id, cluster }) => `${id} ${cluster}`).join("\n")
        : known;
    const observer: Observer = { client, by: options.actor, how: "controller" };
    const asked = differing === known ? undefined : observer;
    known = differing;
    await keeper.observe(await observationOf(round, ledger, options.settings.cluster, asked));
  };
}
