/**
 * What a plan rests on: the state of everything that its steps touch, on both sides. Made with the plan, and compared with
 * what is so when the plan is applied. Pure, and careful with memory: a plan may have 100,000 steps, so that of all usage
 * together there is one digest.
 */
import { createHash } from "node:crypto";
import { fingerprintOf } from "../ledger/index.ts";
import { balancerSubject } from "./compare.ts";
import type { LoadBalancer } from "./metallb.ts";
import { isUsageStep, type PlanBasis, type PlanStep, type StepSide } from "./plan-step.ts";
import type { Sides } from "./sides.ts";

const ABSENT = "absent";
/** The entry of the digests. No subject has this name. */
const USAGE = "usage";

interface SubjectState {
  readonly subject: string;
  readonly ledger: string;
  readonly cluster: string;
}

export interface Change {
  readonly subject: string;
  readonly side: StepSide;
}

export function basisOf(steps: readonly PlanStep[], sides: Sides): PlanBasis {
  const basis: { ledger: Record<string, string>; cluster: Record<string, string> } = {
    ledger: {},
    cluster: {},
  };
  for (const { subject, ledger, cluster } of poolStates(steps, sides)) {
    basis.ledger[subject] = ledger;
    basis.cluster[subject] = cluster;
  }
  if (!steps.some(isUsageStep)) return basis;
  const { ledger, cluster } = digestsOf(usageStates(steps, sides));
  return {
    ledger: { ...basis.ledger, [USAGE]: ledger },
    cluster: { ...basis.cluster, [USAGE]: cluster },
  };
}

/** The first subject that is not as it was, and on which side. */
export function changedSubject(
  basis: PlanBasis,
  steps: readonly PlanStep[],
  sides: Sides,
): Change | undefined {
  const isOfBefore = basis.ledger[USAGE] === undefined;
  for (const states of isOfBefore ? [poolStates, usageStates] : [poolStates]) {
    for (const { subject, ledger, cluster } of states(steps, sides)) {
      if (basis.ledger[subject] !== ledger) return { subject, side: "ledger" };
      if (basis.cluster[subject] !== cluster) return { subject, side: "cluster" };
    }
  }
  if (isOfBefore) return undefined;
  const { ledger, cluster } = digestsOf(usageStates(steps, sides));
  if (basis.ledger[USAGE] === ledger && basis.cluster[USAGE] === cluster) return undefined;
  const side = basis.ledger[USAGE] === ledger ? "cluster" : "ledger";
  return changedUsage(steps, sides) ?? { subject: "usage", side };
}

function* poolStates(steps: readonly PlanStep[], { ledger, cluster }: Sides): Generator<SubjectState> {
  const ledgerPools = new Map(ledger.pools.map((pool) => [`pool/${pool.name}`, pool]));
  const clusterPools = new Map(cluster.pools.map((pool) => [`pool/${pool.name}`, pool]));
  for (const subject of subjectsOf(steps)) {
    if (!subject.startsWith("pool/")) continue;
    const pool = ledgerPools.get(subject);
    const fingerprint = pool === undefined ? ABSENT : fingerprintOf(pool);
    yield { subject, ledger: fingerprint, cluster: clusterPools.get(subject)?.version ?? ABSENT };
  }
}

function* usageStates(steps: readonly PlanStep[], { ledger, cluster }: Sides): Generator<SubjectState> {
  const subjects = subjectsOf(steps);
  const usages = ofSubjects(ledger.usages, subjects);
  const seen = ofSubjects(cluster.balancers, subjects);
  for (const subject of subjects) {
    if (subject.startsWith("pool/")) continue;
    const records = listed(usages.get(subject)).map(recordText);
    const uids = listed(seen.get(subject)).map(({ serviceUid }) => serviceUid);
    yield { subject, ledger: stateText(records), cluster: stateText([...new Set(uids)]) };
  }
}

function digestsOf(states: Iterable<SubjectState>): Omit<SubjectState, "subject"> {
  const [ledgerHash, clusterHash] = [createHash("sha256"), createHash("sha256")];
  for (const { subject, ledger, cluster } of states) {
    ledgerHash.update(`${subject} ${ledger}\n`);
    clusterHash.update(`${subject} ${cluster}\n`);
  }
  return { ledger: ledgerHash.digest("hex"), cluster: clusterHash.digest("hex") };
}

/** Of what a step has as before or after, the first that is there no more. */
function changedUsage(steps: readonly PlanStep[], sides: Sides): Change | undefined {
  const states = new Map([...usageStates(steps, sides)].map((state) => [state.subject, state]));
  for (const step of steps) {
    const state = states.get(step.subject);
    if (state === undefined || !isUsageStep(step)) continue;
    const { subject, before } = step;
    const records = state.ledger.split(" ");
    if (before === undefined ? state.ledger !== ABSENT : !records.includes(recordText(before)))
      return { subject, side: "ledger" };
    if (step.does === "usage-record" && !state.cluster.split(" ").includes(step.after.serviceUid))
      return { subject, side: "cluster" };
  }
  return undefined;
}

interface RecordState {
  readonly id: string;
  readonly state: string;
  readonly poolId?: string | undefined;
}

function recordText({ id, state, poolId }: RecordState): string {
  return `${id}/${state}/${poolId ?? ""}`;
}

function stateText(parts: readonly string[]): string {
  return parts.length === 0 ? ABSENT : parts.toSorted().join(" ");
}

function listed<T>(found: T | T[] | undefined): readonly T[] {
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

/** Those that a plan touches: nearly none in ordinary life, and nearly always one of a subject. */
function ofSubjects<T extends Pick<LoadBalancer, "namespace" | "service" | "ip">>(
  items: readonly T[],
  subjects: ReadonlySet<string>,
): ReadonlyMap<string, T | T[] | undefined> {
  // The keys are the texts that are there already.
  const found = new Map<string, T | T[] | undefined>();
  for (const subject of subjects) if (!subject.startsWith("pool/")) found.set(subject, undefined);
  if (found.size === 0) return found;
  for (const item of items) {
    const subject = balancerSubject(item);
    if (!found.has(subject)) continue;
    const there = found.get(subject);
    found.set(subject, there === undefined ? item : [...listed(there), item]);
  }
  return found;
}

function subjectsOf(steps: readonly PlanStep[]): ReadonlySet<string> {
  const subjects = new Set<string>();
  for (const step of steps) {
    subjects.add(step.subject);
    if (step.does === "pool-rename") subjects.add(`pool/${step.after.name}`);
  }
  return subjects;
}
