/**
 * What is to happen to usage records, given the pools as they will be: recorded against the pool that holds the address
 * then, moved to it, or released. Pure.
 */
import { defined } from "../../kernel/index.ts";
import type { LedgerPool, Usage } from "../ledger/index.ts";
import { ByUsage, type Identity } from "./by-usage.ts";
import { type Attribution, balancerSubject, usageKey } from "./compare.ts";
import type { DriftRow } from "./drift.ts";
import type { LoadBalancer } from "./metallb.ts";
import type { DiscoveredRecord, PoolDraft, UsageDraftStep, UsageMove, UsageRecording } from "./plan-step.ts";
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
    drift.flatMap(({ kind, of }) => (kind === "usage-gone" || kind === "usage-unrecorded" ? [of] : [])),
  );
  const records = ofServices(sides.ledger.usages, wanted);
  const balancers = ofServices(sides.cluster.balancers, wanted);
  const released = new ByUsage<Identity>();
  const steps: UsageDraftStep[] = [];
  for (const row of drift) {
    const identity = identityOf(row);
    if (identity === undefined) continue;
    const before = records.get(identity);
    if (row.kind === "usage-gone") {
      if (before === undefined) continue;
      released.add(before);
      steps.push({ ...baseOf(row), verb: "delete", does: "usage-release", before });
    } else if (row.kind === "usage-unrecorded") {
      const after = balancers.get(identity);
      if (after === undefined) continue;
      const pool = context.attribute(after.ip)?.name;
      steps.push(recording(row, before, after, pool));
    }
  }
  return [...steps, ...moves(context, released)];
}

/** One literal for each shape: objects that are put together from parts take twice the memory, and there may be 100,000. */
function recording(
  row: DriftRow,
  record: Usage | undefined,
  after: LoadBalancer,
  pool: string | undefined,
): UsageRecording {
  if (record === undefined || pool === undefined) {
    return {
      ...baseOf(row),
      verb: "create",
      does: "usage-record",
      ...defined({ before: record && discoveredOf(record, after) }),
      after,
      ...defined({ pool }),
    };
  }
  const before = discoveredOf(record, after);
  const { id: driftId, subject, message } = row;
  return {
    driftId,
    side: "ledger",
    subject,
    message,
    verb: "create",
    does: "usage-record",
    before,
    after,
    pool,
  };
}

/** With the texts of the load balancer that it is of: what both sides say alike is held once. */
function discoveredOf({ id, cluster, poolId, state }: Usage, after: LoadBalancer): DiscoveredRecord {
  const { ip, family, serviceUid, namespace, service } = after;
  return { id, cluster, ip, family, serviceUid, namespace, service, poolId, state };
}

/** Of nearly all Services nothing is to be done. */
function ofServices<T extends Identity>(items: readonly T[], wanted: ReadonlySet<string | undefined>) {
  return new ByUsage<T>(wanted.size === 0 ? [] : items.filter(({ serviceUid }) => wanted.has(serviceUid)));
}

/** Undefined: the row is about no usage of one Service. */
function identityOf({ subject, of }: DriftRow): Identity | undefined {
  return of === undefined ? undefined : { ip: subject.slice(subject.lastIndexOf("/") + 1), serviceUid: of };
}

/** Rows of a kind by the usage that they are about. */
function rowsOf(drift: readonly DriftRow[], kind: DriftRow["kind"]): ReadonlyMap<string, DriftRow> {
  return new Map(
    drift.flatMap((row) => {
      const identity = row.kind === kind ? identityOf(row) : undefined;
      return identity === undefined ? [] : [[usageKey(identity), row] as const];
    }),
  );
}

function baseOf({ id, subject, message }: DriftRow) {
  return { driftId: id, side: "ledger", subject, message } as const;
}

/** Every record whose address is in another pool than the recorded one, now or after the steps for pools. */
function* moves({ sides, drift, poolSteps, attribute }: UsageContext, released: ByUsage<Identity>) {
  const rows = rowsOf(drift, "usage-in-other-pool");
  const names = new Map(sides.ledger.pools.map(({ id, name }) => [id, name]));
  const unclear = rowsOf(drift, "ip-in-two-pools");
  // A record in another pool is not a difference then, so there is none to end.
  if (rows.size === 0 && unclear.size === 0 && poolSteps.length === 0) return;
  const causes = causesOf(poolSteps);
  for (const usage of sides.ledger.usages) {
    if (usage.poolId === undefined || usage.state === "discovered") continue;
    const to = attribute(usage.ip);
    if (to === undefined || to.id === usage.poolId) continue;
    const key = usageKey(usage);
    if (released.has(usage)) continue;
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
