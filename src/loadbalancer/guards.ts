/**
 * What no plan may do, whatever asks for it: take away addresses in use, the last pool of a cluster, or more than a few
 * things at once. Each refusal says which guard it was and what would help. Pure.
 */
import { type AddressRange, parseAddress, parseRange, rangeContains } from "../ipam/index.ts";
import { type PlanStep, type PoolContent, PoolIndex, type Refusal, type Usage } from "../ledger/index.ts";
import type { LoadBalancer } from "./metallb.ts";
import type { SyncSettings } from "./settings.ts";
import type { Sides } from "./sides.ts";

export interface GuardContext {
  readonly sides: Sides;
  readonly settings: SyncSettings;
  readonly unfit: (content: PoolContent) => string | undefined;
}

export interface Guarded {
  readonly passed: readonly PlanStep[];
  readonly refused: readonly Refusal[];
}

type Verdict = { readonly guard: string; readonly says: string } | undefined;

export function applyGuards(steps: readonly PlanStep[], context: GuardContext): Guarded {
  const inUse = addressesInUse(context.sides);
  const first = sift(steps, (step) => poolVerdict(step, context, inUse) ?? releaseVerdict(step, context));
  const counted = siftDeletions(first.passed, context);
  const pools = poolsAfter(counted.passed, context.sides);
  const usage = sift(counted.passed, (step) => recordVerdict(step, pools));
  return { passed: usage.passed, refused: [...first.refused, ...counted.refused, ...usage.refused] };
}

function sift(steps: readonly PlanStep[], judge: (step: PlanStep) => Verdict): Guarded {
  const passed: PlanStep[] = [];
  const refused: Refusal[] = [];
  for (const step of steps) {
    const verdict = judge(step);
    if (verdict === undefined) passed.push(step);
    else refused.push({ step, ...verdict });
  }
  return { passed, refused };
}

/** Every IP that either side knows to be in use, with who uses it. */
function addressesInUse({ ledger, cluster }: Sides): ReadonlyMap<string, string> {
  const inUse = new Map<string, string>();
  for (const { ip, namespace, service } of [...ledger.usages, ...cluster.balancers]) {
    inUse.set(ip, `${namespace}/${service}`);
  }
  return inUse;
}

function rangesOf(ranges: readonly string[]): AddressRange[] {
  return ranges.flatMap((text) => {
    const range = parseRange(text);
    return range.ok ? [range.value] : [];
  });
}

function poolVerdict(step: PlanStep, context: GuardContext, inUse: ReadonlyMap<string, string>): Verdict {
  if (!step.does.startsWith("pool-")) return undefined;
  const before = (step.before as PoolContent | undefined)?.ranges ?? [];
  const after = (step.after as PoolContent | undefined)?.ranges ?? [];
  const unreadable = after.find((text) => !parseRange(text).ok);
  if (unreadable !== undefined) {
    const says = `the range ${JSON.stringify(unreadable)} cannot be read; correct it where it comes from.`;
    return { guard: "range-unreadable", says };
  }
  const lost = lostAddress(rangesOf(before), rangesOf(after), inUse);
  if (lost !== undefined) {
    const says = `${step.subject} would lose ${lost.ip}, which the Service ${lost.user} uses; free it first.`;
    return { guard: "in-use", says };
  }
  if (step.does === "pool-delete") return deletionVerdict(step, context);
  const unfit = step.side === "ledger" ? context.unfit(step.after as PoolContent) : undefined;
  return unfit === undefined ? undefined : { guard: "does-not-fit", says: unfit };
}

function lostAddress(
  before: readonly AddressRange[],
  after: readonly AddressRange[],
  inUse: ReadonlyMap<string, string>,
): { readonly ip: string; readonly user: string } | undefined {
  if (before.length === 0) return undefined;
  for (const [ip, user] of inUse) {
    const address = parseAddress(ip);
    if (!address.ok) continue;
    const held = (ranges: readonly AddressRange[]) =>
      ranges.some((range) => rangeContains(range, address.value));
    if (held(before) && !held(after)) return { ip, user };
  }
  return undefined;
}

function deletionVerdict(step: PlanStep, { sides }: GuardContext): Verdict {
  const pools = step.side === "cluster" ? sides.cluster.pools : sides.ledger.pools;
  if (pools.length <= 1) {
    const where = step.side === "cluster" ? "cluster: MetalLB would take the IP of every Service" : "ledger";
    return { guard: "last-pool", says: `${step.subject} is the last pool of the ${where}; it stays.` };
  }
  if (step.side === "cluster") {
    const pool = sides.cluster.pools.find(({ name }) => `pool/${name}` === step.subject);
    if (pool?.ours !== true) {
      const says = `${step.subject} of the cluster was made by somebody else; delete it with kubectl if it is not wanted.`;
      return { guard: "not-ours", says };
    }
    return undefined;
  }
  const row = sides.ledger.pools.find(({ name }) => `pool/${name}` === step.subject);
  const usage = sides.ledger.usages.find(({ poolId }) => poolId !== undefined && poolId === row?.id);
  if (usage === undefined) return undefined;
  const says = `${step.subject} has the usage record of ${usage.ip} (${usage.namespace}/${usage.service}, ${usage.state}); release it first.`;
  return { guard: "in-use", says };
}

function releaseVerdict(step: PlanStep, { settings, sides }: GuardContext): Verdict {
  if (step.does !== "usage-release") return undefined;
  const usage = step.before as Usage | undefined;
  if (
    usage?.state === "missing" &&
    !sides.cluster.balancers.some(({ ip, serviceUid }) => ip === usage.ip && serviceUid === usage.serviceUid)
  ) {
    return undefined;
  }
  const { missingAfterRounds, missingAfterSeconds } = settings.usage;
  const says = `${usage?.ip ?? step.subject} was missed by ${usage?.missedRounds ?? 0} comparisons; it counts as missing after ${missingAfterRounds} and ${missingAfterSeconds} s.`;
  return { guard: "not-confirmed", says };
}

/** Too many deletions of a kind: then none of them happens, since which are right cannot be told. */
function siftDeletions(steps: readonly PlanStep[], { settings, sides }: GuardContext): Guarded {
  const { maxDeletions, maxDeletionPercent } = settings.guards;
  const totals: Readonly<Record<string, number>> = {
    "ledger pool-delete": sides.ledger.pools.length,
    "cluster pool-delete": sides.cluster.pools.length,
    "ledger usage-release": sides.ledger.usages.length,
  };
  const kindOf = ({ side, does }: PlanStep) => `${side} ${does}`;
  return sift(steps, (step) => {
    if (step.verb !== "delete") return undefined;
    const count = steps.filter((other) => kindOf(other) === kindOf(step)).length;
    const share = Math.max(1, Math.floor(((totals[kindOf(step)] ?? 0) * maxDeletionPercent) / 100));
    const most = Math.min(maxDeletions, share);
    if (count <= most) return undefined;
    const says = `${count} deletions of this kind in one round are more than ${most}; look at them, and raise guards.maxDeletions or guards.maxDeletionPercent if they are right.`;
    return { guard: "too-many-deletions", says };
  });
}

function poolsAfter(steps: readonly PlanStep[], { ledger }: Sides): PoolIndex<PoolContent> {
  const pools = new Map<string, PoolContent>(ledger.pools.map((pool) => [pool.name, pool]));
  for (const step of steps) {
    if (step.side !== "ledger" || !step.does.startsWith("pool-")) continue;
    const content = (step.after ?? step.before) as PoolContent;
    if (step.after === undefined) pools.delete(content.name);
    else pools.set(content.name, content);
  }
  return new PoolIndex(pools.values());
}

/** A usage record needs a pool of the ledger, after what the plan does to the pools. */
function recordVerdict(step: PlanStep, pools: PoolIndex<PoolContent>): Verdict {
  if (step.does !== "usage-record") return undefined;
  const { ip } = step.after as LoadBalancer;
  const found = pools.lookUp(ip);
  if (found.result === "found") return undefined;
  if (found.result === "ambiguous") {
    const names = found.pools.map(({ name }) => name).join(", ");
    return {
      guard: "ambiguous-pool",
      says: `${ip} lies in several pools of the ledger (${names}); make their ranges disjoint.`,
    };
  }
  const says = `no pool of the ledger holds ${ip}, and this plan adds none; it stays recorded as discovered.`;
  return { guard: "no-pool", says };
}
