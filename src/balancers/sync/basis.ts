/**
 * What a plan rests on: the state of everything that its steps touch, on both sides. Made with the plan, and compared with
 * what is so when the plan is applied. Pure, and careful with memory: a plan may have 100,000 steps.
 */
import { fingerprintOf } from "../ledger/index.ts";
import { balancerSubject } from "./compare.ts";
import type { LoadBalancer } from "./metallb.ts";
import type { PlanBasis, PlanStep, StepSide } from "./plan-step.ts";
import type { Sides } from "./sides.ts";

const ABSENT = "absent";

interface SubjectState {
  readonly subject: string;
  readonly ledger: string;
  readonly cluster: string;
}

export function basisOf(steps: readonly PlanStep[], sides: Sides): PlanBasis {
  const basis: { ledger: Record<string, string>; cluster: Record<string, string> } = {
    ledger: {},
    cluster: {},
  };
  for (const { subject, ledger, cluster } of statesOf(steps, sides)) {
    basis.ledger[subject] = ledger;
    basis.cluster[subject] = cluster;
  }
  return basis;
}

/** The first subject that is not as it was, and on which side. */
export function changedSubject(
  basis: PlanBasis,
  steps: readonly PlanStep[],
  sides: Sides,
): { readonly subject: string; readonly side: StepSide } | undefined {
  for (const { subject, ledger, cluster } of statesOf(steps, sides)) {
    if (basis.ledger[subject] !== ledger) return { subject, side: "ledger" };
    if (basis.cluster[subject] !== cluster) return { subject, side: "cluster" };
  }
  return undefined;
}

function* statesOf(steps: readonly PlanStep[], { ledger, cluster }: Sides): Generator<SubjectState> {
  const ledgerPools = new Map(ledger.pools.map((pool) => [`pool/${pool.name}`, pool]));
  const clusterPools = new Map(cluster.pools.map((pool) => [`pool/${pool.name}`, pool]));
  const subjects = new Set<string>();
  for (const step of steps) for (const subject of subjectsOf(step)) subjects.add(subject);
  const usages = ofSubjects(ledger.usages, subjects);
  const seen = ofSubjects(cluster.balancers, subjects);
  for (const subject of subjects) {
    if (subject.startsWith("pool/")) {
      const pool = ledgerPools.get(subject);
      const fingerprint = pool === undefined ? ABSENT : fingerprintOf(pool);
      yield { subject, ledger: fingerprint, cluster: clusterPools.get(subject)?.version ?? ABSENT };
    } else {
      const records = listed(usages.get(subject)).map(
        ({ id, state, poolId }) => `${id}/${state}/${poolId ?? ""}`,
      );
      const uids = listed(seen.get(subject)).map(({ serviceUid }) => serviceUid);
      yield { subject, ledger: stateText(records), cluster: stateText([...new Set(uids)]) };
    }
  }
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

function subjectsOf(step: PlanStep): readonly string[] {
  const { subject } = step;
  return step.does === "pool-rename" ? [subject, `pool/${step.after.name}`] : [subject];
}
