/** A round of the comparison, as an observation that an incident can be kept by. */
import { describeLookUp, type Ledger } from "../../ledger/index.ts";
import { ordinaryRows, type RoundResult } from "../../loadbalancer/index.ts";
import { IncidentKeeper, type KeeperOptions, type LookUpSeen, type Observation } from "../../rca/index.ts";

/** Look-ups for more would say the same again. */
const MOST_LOOK_UPS = 20;

export async function observationOf(
  round: RoundResult,
  ledger: Ledger,
  cluster: string,
): Promise<Observation> {
  const { at } = round;
  if (round.result !== "compared") {
    const { side, result, says } = round;
    return {
      at,
      drift: undefined,
      failure: { side: side === "both" ? "comparison" : side, kind: result, says },
    };
  }
  const { applied, plan, drift } = round;
  const unrecorded = drift.filter(({ kind }) => kind === "usage-unrecorded" || kind === "ip-in-two-pools");
  const lookUps: LookUpSeen[] = [];
  for (const { subject } of unrecorded.slice(0, MOST_LOOK_UPS)) {
    const ip = subject.split("/").at(-1) ?? "";
    const found = await ledger.findPoolByIp(cluster, ip);
    lookUps.push({ ip, result: found.result, says: describeLookUp(found) });
  }
  const says =
    applied?.result === "applied"
      ? `the plan ${plan.id} was applied: ${applied.steps} steps.`
      : `the plan ${plan.id} was not applied: ${applied?.says ?? ""}`;
  return {
    at,
    drift,
    ordinary: ordinaryRows(round),
    lookUps,
    refused: plan.refused,
    ...(applied !== undefined && { plan: { id: plan.id, result: applied.result, says } }),
  };
}

/** Keeps the incident of a cluster, in the ledger that the controller gives: a leader's, as long as it is one. */
export function keepIncidents(options: Omit<KeeperOptions, "ledger">) {
  let keeper: IncidentKeeper | undefined;
  return async (round: RoundResult, ledger: Ledger): Promise<void> => {
    keeper ??= new IncidentKeeper({ ...options, ledger });
    await keeper.observe(await observationOf(round, ledger, options.settings.cluster));
  };
}
