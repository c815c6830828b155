/**
 * What no plan may do, whatever asks for it: take away addresses in use, the last pool of a cluster, or more than a few
 * things at once. Guards look at what will be so after the plan, and stop steps until what is left may happen. Each
 * refusal names the guard and the cure. Pure.
 */
import { type PoolContent, PoolIndex, parsePoolRange, type Usage } from "../ledger/index.ts";
import { ByUsage, type Identity } from "./by-usage.ts";
import { balancerSubject } from "./compare.ts";
import { ambiguities, firstAddress, intervalsOf, sharedCount, without } from "./intervals.ts";
import type { LoadBalancer } from "./metallb.ts";
import {
  type Draft,
  isPoolStep,
  isUsageStep,
  type PoolDraft,
  type UsageDraftStep,
  type UsageRelease,
} from "./plan-step.ts";
import type { SyncSettings } from "./settings.ts";
import type { Sides } from "./sides.ts";
import { ledgerPoolsAfter } from "./simulate.ts";

export interface GuardContext {
  readonly sides: Sides;
  readonly settings: SyncSettings;
  readonly unfit: (content: PoolContent) => string | undefined;
  /** Whether the cluster shows this load balancer. */
  readonly isSeen: (of: Identity) => boolean;
}

export function guardContext(
  sides: Sides,
  settings: SyncSettings,
  unfit: GuardContext["unfit"],
): GuardContext {
  let seen: ByUsage<LoadBalancer> | undefined;
  const isSeen = (of: Identity) => {
    seen ??= new ByUsage(sides.cluster.balancers);
    return seen.has(of);
  };
  return { sides, settings, unfit, isSeen };
}

export interface Verdict {
  readonly guard: string;
  /** One sentence with the cure. */
  readonly message: string;
  /** The command that resolves it, where it does not follow from the guard. */
  readonly command?: string;
}

export type Verdicts = ReadonlyMap<Draft, Verdict>;

/** Guards that a person may confirm for one run, and what is confirmed by it. */
export const CONFIRMABLE: Readonly<Record<string, string>> = {
  "last-pool": "the last pool goes",
  "not-ours": "a pool of the cluster that Plexaubnet did not create is deleted",
  "not-confirmed": "what this comparison does not see is gone",
  "short-read": "a side is right though it shows little",
  "too-many-deletions": "all deletions of the plan are applied",
};

function isConfirmed({ confirmed = [] }: SyncSettings, guard: string): boolean {
  return confirmed.includes(guard);
}

function cure(guard: string): string {
  return `if it is right, run \`plexaubnet lb repair --confirm ${guard}\``;
}

/** Of a step for itself, whatever else the plan does. */
export function ownVerdict(step: Draft, context: GuardContext): Verdict | undefined {
  if (step.does === "usage-release") return releaseVerdict(step, context);
  if (!isPoolStep(step)) return undefined;
  const { after } = step;
  const unreadable = after?.ranges.find((text) => !parsePoolRange(text).ok);
  if (unreadable !== undefined) {
    const message = `the range ${JSON.stringify(unreadable)} cannot be read; correct it where it comes from, or run \`plexaubnet lb resolve ${step.subject}\`.`;
    return { guard: "range-unreadable", message };
  }
  if (step.side === "cluster") return clusterVerdict(step, context);
  const unfit = after === undefined ? undefined : context.unfit(after);
  return unfit === undefined ? undefined : { guard: "does-not-fit", message: unfit };
}

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** MetalLB takes the IP of a Service as soon as its pool lacks it, even for a moment: there each pool keeps its own. */
function clusterVerdict(step: PoolDraft, context: GuardContext): Verdict | undefined {
  const { sides, settings } = context;
  const { before, after } = step;
  if (after !== undefined && !OBJECT_NAME.test(after.name)) {
    const message = `${JSON.stringify(after.name)} cannot be the name of an IPAddressPool; rename the pool in the ledger.`;
    return { guard: "name", message };
  }
  if (before !== undefined) {
    const had = new PoolIndex([before]);
    const has = new PoolIndex(after === undefined ? [] : [after]);
    const isLost = ({ ip }: Identity) => had.holds(ip) && !has.holds(ip);
    const lost = sides.cluster.balancers.find(isLost) ?? sides.ledger.usages.find(isLost);
    if (lost !== undefined) return lostVerdict(step, lost, context);
  }
  if (step.does !== "pool-delete") return undefined;
  const pool = sides.cluster.pools.find(({ name }) => `pool/${name}` === step.subject);
  if (sides.cluster.pools.length <= 1 && !isConfirmed(settings, "last-pool")) {
    const message = `${step.subject} is the last pool of the cluster: MetalLB would take the IP of every Service; it stays; ${cure("last-pool")}.`;
    return { guard: "last-pool", message };
  }
  if (pool?.ours === true || isConfirmed(settings, "not-ours")) return undefined;
  const message = `${step.subject} of the cluster was not created by Plexaubnet; delete it with kubectl if it is not needed, or ${cure("not-ours")}.`;
  return { guard: "not-ours", message };
}

type InUse = LoadBalancer | Usage;

function lostVerdict(step: PoolDraft, lost: InUse, context: GuardContext): Verdict {
  const loses = `${step.subject} would lose ${lost.ip}, which`;
  const service = `the Service ${lost.namespace}/${lost.service}`;
  if (context.isSeen(lost) || !("state" in lost)) {
    const message = `${loses} ${service} uses, and no other pool would hold it; free it first.`;
    return { guard: "in-use", message, command: `plexaubnet lb lookup ${lost.ip}` };
  }
  return recordedVerdict(
    lost,
    `${loses} is recorded for ${service}; that has it no more, and the record`,
    context,
  );
}

/** The Service has lost its address, and the record of it is not over yet: it waits, or its release is stopped as well. */
function recordedVerdict(usage: Usage, sentence: string, { settings }: GuardContext): Verdict {
  if (usage.state === "missing") {
    const command = `plexaubnet lb resolve ${balancerSubject(usage)} --release`;
    return { guard: "in-use", message: `${sentence} is not released yet; release it first.`, command };
  }
  const { missingAfterRounds: rounds, missingAfterSeconds: seconds } = settings.usage;
  const message = `${sentence} ends after ${rounds} comparisons and ${seconds} s without it; to end it now, run \`plexaubnet lb repair --confirm not-confirmed\`.`;
  return { guard: "not-confirmed", message };
}

function releaseVerdict(
  { before: usage }: UsageRelease,
  { settings, isSeen }: GuardContext,
): Verdict | undefined {
  if (usage.state === "missing" && !isSeen(usage)) return undefined;
  const { missingAfterRounds, missingAfterSeconds } = settings.usage;
  const message = `${usage.ip} was missed by ${usage.missedRounds} comparisons; it counts as missing after ${missingAfterRounds} and ${missingAfterSeconds} s.`;
  return { guard: "not-confirmed", message };
}

/** Too many deletions of a kind: then none of them is applied, because it is unknown which are right. */
export function deletionVerdicts(steps: readonly Draft[], { settings, sides }: GuardContext): Verdicts {
  const verdicts = new Map<Draft, Verdict>();
  if (isConfirmed(settings, "too-many-deletions")) return verdicts;
  const { maxDeletions, maxDeletionPercent } = settings.guards;
  const totals: Readonly<Record<string, number>> = {
    "ledger pool-delete": sides.ledger.pools.length,
    "cluster pool-delete": sides.cluster.pools.length,
    "ledger usage-release": sides.ledger.usages.length,
  };
  const isKept = keptAddresses(steps, sides);
  const deletions = steps.filter((step) => step.verb === "delete" && !isKept(step));
  for (const [kind, all] of Map.groupBy(deletions, ({ side, does }) => `${side} ${does}`)) {
    const share = Math.max(1, Math.floor(((totals[kind] ?? 0) * maxDeletionPercent) / 100));
    // A record is released only when several comparisons missed it: of those the larger number may go.
    const most = kind.endsWith("usage-release")
      ? Math.max(maxDeletions, share)
      : Math.min(maxDeletions, share);
    if (all.length <= most) continue;
    const message = `${all.length} deletions of this kind in one round are more than ${most}; look at them; ${cure("too-many-deletions")}, or raise guards.maxDeletions or guards.maxDeletionPercent.`;
    for (const step of all) verdicts.set(step, { guard: "too-many-deletions", message });
  }
  return verdicts;
}

/** Of a row that goes while others hold all of its addresses, nothing is lost: two pools were made one. */
function keptAddresses(steps: readonly Draft[], { ledger }: Sides): (step: Draft) => boolean {
  const rows = steps.filter((step) => step.does === "pool-delete").filter(({ side }) => side === "ledger");
  if (rows.length === 0) return () => false;
  const after = intervalsOf(ledgerPoolsAfter(ledger.pools, steps).flatMap(({ ranges }) => ranges));
  const kept = new Set<Draft>(
    rows.filter(({ before }) => without(intervalsOf(before.ranges), after).length === 0),
  );
  return (step) => kept.has(step);
}

/** What the steps of the ledger's pools come to together, with the steps of usage that will be done beside them. */
export function ledgerVerdicts(
  pools: readonly PoolDraft[],
  usages: readonly UsageDraftStep[],
  context: GuardContext,
): Verdicts {
  const { sides, settings } = context;
  const verdicts = new Map<Draft, Verdict>();
  const steps = pools.filter(({ side }) => side === "ledger");
  if (steps.length === 0) return verdicts;
  const after = ledgerPoolsAfter(sides.ledger.pools, steps);
  loseNothing(steps, usages, after, context, verdicts);
  orphanNothing(steps, usages, context, verdicts);
  staySpecific(steps, after, sides, verdicts);
  const deletions = steps.filter(({ does }) => does === "pool-delete");
  if (after.length === 0 && !isConfirmed(settings, "last-pool")) {
    for (const step of deletions.slice(-1)) {
      const message = `${step.subject} is the last pool of the ledger; it stays; ${cure("last-pool")}.`;
      if (!verdicts.has(step)) verdicts.set(step, { guard: "last-pool", message });
    }
  }
  return verdicts;
}

/** Of a plan that was made before: what stops it now. */
export function verdictNow(steps: readonly Draft[], context: GuardContext): Verdict | undefined {
  for (const step of steps) {
    const own = ownVerdict(step, context);
    if (own !== undefined) return own;
  }
  const [many] = deletionVerdicts(steps, context).values();
  const [together] = ledgerVerdicts(steps.filter(isPoolStep), steps.filter(isUsageStep), context).values();
  return many ?? together;
}

type Found = Map<Draft, Verdict>;

function loseNothing(
  steps: readonly PoolDraft[],
  usages: readonly UsageDraftStep[],
  after: readonly PoolContent[],
  context: GuardContext,
  verdicts: Found,
): void {
  const { ledger, cluster } = context.sides;
  const released = releasedBy(usages);
  const had = new PoolIndex(ledger.pools);
  const has = new PoolIndex(after);
  const isLost = ({ ip }: Identity) => !has.holds(ip) && had.holds(ip);
  // What a Service has first: of a record alone less is known.
  const lost: readonly InUse[] = [
    ...cluster.balancers.filter(isLost),
    ...ledger.usages.filter((usage) => isLost(usage) && !released.has(usage)),
  ];
  if (lost.length === 0) return;
  for (const step of steps) {
    if (step.before === undefined) continue;
    const before = new PoolIndex([step.before]);
    const first = lost.find(({ ip }) => before.holds(ip));
    if (first !== undefined) verdicts.set(step, lostVerdict(step, first, context));
  }
}

function releasedBy(usages: readonly UsageDraftStep[]): ByUsage<Identity> {
  return new ByUsage(usages.flatMap((step) => (step.does === "usage-release" ? [step.before] : [])));
}

/** The row of a pool stays while a record refers to it. */
function orphanNothing(
  steps: readonly PoolDraft[],
  usages: readonly UsageDraftStep[],
  context: GuardContext,
  verdicts: Found,
): void {
  const { ledger } = context.sides;
  if (steps.every(({ does }) => does !== "pool-delete")) return;
  const leaving = new ByUsage<Identity>(usages.flatMap(({ before }) => before ?? []));
  const left = new Map(
    ledger.usages.flatMap((usage) =>
      usage.poolId !== undefined && !leaving.has(usage) ? [[usage.poolId as string, usage] as const] : [],
    ),
  );
  const rows = new Map(ledger.pools.map((pool) => [pool.name, pool.id]));
  for (const step of steps) {
    if (step.does !== "pool-delete" || verdicts.has(step)) continue;
    const usage = left.get(rows.get(step.before.name) ?? "");
    if (usage === undefined) continue;
    const message = `${step.subject} has the usage record of ${usage.ip} (${usage.namespace}/${usage.service}, ${usage.state}), and no other pool would hold it; it goes when that is released.`;
    const command = context.isSeen(usage)
      ? `plexaubnet lb lookup ${usage.ip}`
      : `plexaubnet lb resolve ${balancerSubject(usage)} --release`;
    verdicts.set(step, { guard: "in-use", message, command });
  }
}

/** No step makes it unclear which pool an address lies in, if it was clear or in no pool. */
function staySpecific(
  steps: readonly PoolDraft[],
  after: readonly PoolContent[],
  { ledger }: Sides,
  verdicts: Found,
): void {
  const found = ambiguities(after);
  if (found.length === 0) return;
  const before = ambiguities(ledger.pools);
  const fresh = found.filter(
    ({ family, first, last, pools }) =>
      !before.some(
        (one) =>
          one.family === family &&
          one.first <= first &&
          one.last >= last &&
          pools.every((name) => one.pools.includes(name)),
      ),
  );
  if (fresh.length === 0) return;
  for (const step of steps) {
    if (verdicts.has(step)) continue;
    const name = step.after?.name;
    const had = intervalsOf(step.before?.ranges ?? []);
    // One of them, or the more specific one that goes.
    const spot = fresh.find(
      (one) => (name !== undefined && one.pools.includes(name)) || sharedCount(had, [one]) > 0n,
    );
    if (spot === undefined) continue;
    const message = `from ${firstAddress(spot)} on the pools ${spot.pools.join(" and ")} would hold the same addresses in ranges of one size; make their ranges disjoint in MetalLB.`;
    verdicts.set(step, { guard: "ambiguous-pool", message });
  }
}

/** A usage record needs a pool of the ledger, after what the plan does to the pools. */
export function recordVerdict(step: Draft, after: PoolIndex<PoolContent>): Verdict | undefined {
  if (step.does !== "usage-record" || step.pool !== undefined) return undefined;
  const { ip } = step.after;
  const found = after.lookUp(ip);
  if (found.result === "ambiguous") {
    const names = found.pools.map(({ name }) => name).join(", ");
    const message = `${ip} lies in several pools of the ledger (${names}); make their ranges disjoint, or run \`plexaubnet lb resolve ${step.subject} --pool NAME\`.`;
    return { guard: "ambiguous-pool", message };
  }
  const message = `no pool of the ledger holds ${ip}, and this plan adds none; it stays recorded as discovered.`;
  return { guard: "no-pool", message };
}
