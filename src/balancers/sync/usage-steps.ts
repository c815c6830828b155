/**
 * What is to happen to usage records, given the pools as they will be: recorded against the pool that holds the address
 * then, moved to it, or released. Pure.
 */
import { defined } from "../../kernel/index.ts";
import type { LedgerPool, Usage } from "../ledger/index.ts";
import type { Identity } from "./by-usage.ts";
import { type Attribution, balancerSubject, usageKey } from "./compare.ts";
import type { DriftRow } from "./drift.ts";
import type { PoolDraft, UsageDraftStep, UsageMove } from "./plan-step.ts";
import type { Sides } from "./sides.ts";

export interface UsageContext {
  readonly sides: Sides;
  readonly drift: readonly DriftRow[];
  /** Steps of pools that will be done. */
  readonly poolSteps: readonly PoolDraft[];
  /** The pool of an address after them. */
  readonly attribute: Attribution;
}

export function usageSteps(context: UsageContext): UsageDraftStep[] {
  const { sides, drift } = context;
  const wanted = new Set(
    drift.flatMap(({ kind, of }) =>
      (kind === "usage-gone" || kind === "usage-unrecorded") && of !== undefined ? [of] : [],
    ),
  );
  const records = keyed(sides.ledger.usages, wanted);
  const balancers = keyed(sides.cluster.balancers, wanted);
  const released = new Set<string>();
  const steps: UsageDraftStep[] = [];
  for (const row of drift) {
    const key = row.of ?? "";
    const before = records.get(key);
    if (row.kind === "usage-gone") {
      if (before === undefined) continue;
      released.add(key);
      steps.push({ ...baseOf(row), verb: "delete", does: "usage-release", before });
    } else if (row.kind === "usage-unrecorded") {
      const after = balancers.get(key);
      if (after === undefined) continue;
      const pool = context.attribute(after.ip)?.name;
      steps.push({
        ...baseOf(row),
        verb: "create",
        does: "usage-record",
        ...defined({ before }),
        after,
        ...defined({ pool }),
      });
    }
  }
  return [...steps, ...moves(context, released)];
}

/** Those that are wanted: of nearly all nothing is to be done. */
function keyed<T extends Identity>(items: readonly T[], wanted: ReadonlySet<string>): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  if (wanted.size === 0) return found;
  for (const item of items) {
    const key = usageKey(item);
    if (wanted.has(key)) found.set(key, item);
  }
  return found;
}

function baseOf({ id, subject, message }: DriftRow) {
  return { driftId: id, side: "ledger", subject, message } as const;
}

/** Every record whose address is in another pool than the recorded one, now or after the steps for pools. */
function* moves({ sides, drift, poolSteps, attribute }: UsageContext, released: ReadonlySet<string>) {
  const rows = new Map(
    drift.flatMap((row) => (row.kind === "usage-in-other-pool" ? [[row.of ?? "", row] as const] : [])),
  );
  const names = new Map(sides.ledger.pools.map(({ id, name }) => [id, name]));
  const unclear = new Map(
    drift.flatMap((row) => (row.kind === "ip-in-two-pools" ? [[row.of ?? "", row] as const] : [])),
  );
  // A record in another pool is not a difference then, so there is none to end.
  if (rows.size === 0 && unclear.size === 0 && poolSteps.length === 0) return;
  const causes = causesOf(poolSteps);
  for (const usage of sides.ledger.usages) {
    if (usage.poolId === undefined || usage.state === "discovered") continue;
    const to = attribute(usage.ip);
    if (to === undefined || to.id === usage.poolId) continue;
    const key = usageKey(usage);
    if (released.has(key)) continue;
    const row = rows.get(key);
    const from = names.get(usage.poolId);
    // Of a pool that held it as well, if it is neither of these two that changes.
    const cause = causes.get(from ?? "") ?? causes.get(to.name) ?? unclear.get(key) ?? poolSteps[0];
    const driftId = row?.id ?? (cause !== undefined && "driftId" in cause ? cause.driftId : cause?.id);
    // It is not a difference, so there is none to end.
    if (driftId === undefined) continue;
    yield move(usage, driftId, row?.message ?? `${usage.ip} will lie in ${to.name}.`, from, to);
  }
}

function causesOf(steps: readonly PoolDraft[]): ReadonlyMap<string, PoolDraft> {
  const causes = new Map<string, PoolDraft>();
  for (const step of steps) {
    for (const content of [step.after, step.before]) {
      if (content !== undefined && step.side === "ledger") causes.set(content.name, step);
    }
  }
  return causes;
}

function move(
  usage: Usage,
  driftId: string,
  message: string,
  from: string | undefined,
  to: LedgerPool,
): UsageMove {
  return {
    driftId,
    side: "ledger",
    verb: "update",
    does: "usage-move",
    subject: balancerSubject(usage),
    message,
    before: usage,
    after: { ...defined({ from }), pool: to.name },
    pool: to.name,
  };
}
