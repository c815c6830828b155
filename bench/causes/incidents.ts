/**
 * Incidents with planted causes, made from a seed: single and combined ones, with decoys, and with evidence
 * that is missing. They go the way that all go: sides → comparison → observation → incident → document.
 *
 * Odd seeds are the ones that are not read: rules are written and fixed on even seeds alone, and odd ones
 * are counted.
 */

import {
  type CauseId,
  documentOf,
  type Incident,
  moveIncident,
  type Observation,
  observationOf,
  openIncident,
} from "../../src/balancers/incidents/index.ts";
import type { Ledger } from "../../src/balancers/ledger/index.ts";
import { compare, type RoundResult, type SyncPlan } from "../../src/balancers/sync/index.ts";
import { FAULTS } from "./faults.ts";
import { makeWorld, resetNames, type World } from "./world.ts";

export interface Planted {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly expected: readonly CauseId[];
  readonly found: readonly CauseId[];
}

const LIFE = { cluster: "c1", quietSeconds: 600 };
const MOST_CAUSES = 3;

export async function plantAndAnalyse(seed: number): Promise<Planted> {
  resetNames();
  const world = makeWorld(seed);
  const { random } = world;
  if (random.isTrue(0.1)) return outage(seed, world);
  const faults: string[] = [];
  const expected = new Set<CauseId>();
  const wanted = random.pick([1, 1, 2, 2, 3]);
  // Faults come one after the other, as they do: the incident is open when the next one comes.
  let incident: Incident | undefined;
  // Without a look-up it cannot be known that one found nothing.
  const isBlind = random.isTrue(0.15);
  for (let minute = 0; faults.length < wanted; minute += 3) {
    const fault = random.pick(FAULTS);
    if (faults.includes(fault.name)) continue;
    const causes = fault.plant(world);
    faults.push(fault.name);
    for (const cause of causes) if (!isBlind || cause !== "look-up") expected.add(cause);
    const looked = decoyed(await look(world, minute), world);
    const seen = isBlind ? { ...looked, lookUps: [] } : looked;
    incident =
      incident === undefined ? openIncident(`INC-${seed}`, seen, LIFE) : moveIncident(incident, seen, LIFE);
    if (expected.size >= MOST_CAUSES) break;
  }
  if (incident !== undefined && random.isTrue(0.3))
    incident = moveIncident(incident, { at: timeAt(30), drift: [] }, LIFE);
  return scored(seed, faults, expected, incident);
}

function scored(
  seed: number,
  faults: readonly string[],
  expected: ReadonlySet<CauseId>,
  incident: Incident | undefined,
): Planted {
  const found = incident === undefined ? [] : documentOf(incident).rootCauses.map(({ id }) => id);
  return { seed, faults, expected: [...expected], found };
}

function timeAt(minute: number): string {
  return new Date(Date.UTC(2026, 0, 5, 10, minute)).toISOString();
}

/** What the controller adds to an incident. */
async function look(world: World, minute: number): Promise<Observation> {
  const { ledger, cluster } = world;
  const drift = compare({ ledger, cluster });
  const plan = { id: "plan-x", drift, steps: [], heldBack: [], refused: [], mode: "observe" };
  const round = {
    result: "compared",
    at: timeAt(minute),
    drift,
    found: drift,
    plan: plan as unknown as SyncPlan,
    applied: undefined,
    usages: ledger.usages,
  } as const;
  const asked = { pools: async () => ledger.pools } as unknown as Ledger;
  return observationOf(round as RoundResult, asked, "c1");
}

/** What has nothing to do with it, and what is not there. */
function decoyed(seen: Observation, { random }: World): Observation {
  const decoys: Observation = {
    at: seen.at,
    drift: seen.drift,
    logs: random.isTrue(0.4)
      ? [
          {
            at: seen.at,
            origin: "app.log:1",
            text: random.pick([
              'level=error msg="user record not found" id=0',
              "dial tcp 10.1.1.1:443: connection refused",
              "pool of workers is full",
              "ledger export finished",
            ]),
          },
        ]
      : [],
    events: random.isTrue(0.3)
      ? [
          {
            at: seen.at,
            source: "event",
            kind: "FailedScheduling",
            subject: "pod/web/a",
            message: "Event FailedScheduling about pod/web/a: no nodes.",
          },
        ]
      : [],
    objects: random.isTrue(0.5)
      ? [{ subject: "pool/none-of-these", createdAt: seen.at, createdBy: "kubectl" }]
      : [],
    ...(random.isTrue(0.5) && {
      run: { how: "controller", mode: "observe", by: "plexaubnet-sync", heldBack: 1 } as const,
    }),
    refused: random.isTrue(0.2)
      ? [
          {
            guard: "in-use",
            message: "pool/x would lose 192.0.2.1; free it first.",
            step: { subject: "pool/x" } as never,
          },
        ]
      : [],
  };
  return { ...seen, ...decoys };
}

/** A side that did not answer, before or while something else is wrong. */
async function outage(seed: number, world: World): Promise<Planted> {
  const { random } = world;
  const side = random.isTrue() ? "ledger" : "cluster";
  const kind = random.isTrue(0.8) ? "unreachable" : "not-believed";
  const failure = {
    side: kind === "unreachable" ? side : "comparison",
    kind,
    message: `the ${side} failed.`,
  };
  const expected = new Set<CauseId>(kind === "unreachable" ? [`${side}-unavailable`] : []);
  let incident = openIncident(`INC-${seed}`, { at: timeAt(0), drift: undefined, failure }, LIFE);
  const faults = [`${side} ${kind}`];
  const then = random.below(4);
  if (then < 2) {
    const fault = random.pick(FAULTS);
    for (const cause of fault.plant(world)) expected.add(cause);
    faults.push(fault.name);
    incident = moveIncident(incident, decoyed(await look(world, 5), world), LIFE);
  } else if (then === 2) incident = moveIncident(incident, { at: timeAt(5), drift: [] }, LIFE);
  return scored(seed, faults, expected, incident);
}

export interface Score {
  readonly incidents: number;
  readonly precision: number;
  readonly recall: number;
  readonly wrong: readonly Planted[];
}

export async function score(seeds: readonly number[]): Promise<Score> {
  let [hits, named, planted] = [0, 0, 0];
  const wrong: Planted[] = [];
  for (const seed of seeds) {
    const one = await plantAndAnalyse(seed);
    const right = one.found.filter((id) => one.expected.includes(id)).length;
    hits += right;
    named += one.found.length;
    // An analysis names three at most: of more, any three are right.
    const nameable = Math.min(one.expected.length, MOST_CAUSES);
    planted += nameable;
    if (right !== one.found.length || right !== nameable) wrong.push(one);
  }
  return {
    incidents: seeds.length,
    precision: named === 0 ? 1 : hits / named,
    recall: planted === 0 ? 1 : hits / planted,
    wrong,
  };
}

/** The first so many of those that were read (even), or that were not (odd). */
export function seedsOf(which: "looked-at" | "unseen", count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => 2 * at + (which === "looked-at" ? 2 : 1));
}
