/**
 * From differences of pools to steps. A row of the ledger whose pool is gone, and a pool without a row that has addresses
 * of it, are one: the row gets the new name, and keeps its key, its usage and what people wrote into it. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { defined } from "../../kernel/index.ts";
import type { LedgerPool, PoolContent } from "../ledger/index.ts";
import { alike, withoutIgnored } from "./compare.ts";
import type { DriftRow } from "./drift.ts";
import { intervalsOf, sharedCount } from "./intervals.ts";
import type { ClusterPool } from "./metallb.ts";
import type { PoolCreation, PoolDeletion, PoolDraft, PoolRename, PoolUpdate, StepSide } from "./plan-step.ts";
import type { SyncSettings } from "./settings.ts";
import type { Sides } from "./sides.ts";

export function poolSteps(sides: Sides, drift: readonly DriftRow[], settings: SyncSettings): PoolDraft[] {
  const pools = new PoolDrafts(sides, settings);
  const twice = new Set(
    drift.flatMap(({ kind, subject }) => (kind === "pool-twice-in-ledger" ? [alike(subject)] : [])),
  );
  const rows = drift.filter(({ subject }) => !twice.has(alike(subject)));
  return renamed(mergeUpdates(rows.flatMap((row) => pools.stepFor(row) ?? [])));
}

class PoolDrafts {
  readonly #settings: SyncSettings;
  readonly #ledgerPools: ReadonlyMap<string, LedgerPool>;
  readonly #clusterPools: ReadonlyMap<string, ClusterPool>;

  constructor(sides: Sides, settings: SyncSettings) {
    const { ledger, cluster } = sides;
    this.#settings = settings;
    this.#ledgerPools = new Map(ledger.pools.map((pool) => [`pool/${pool.name}`, pool]));
    this.#clusterPools = new Map(
      cluster.pools.map((pool) => [`pool/${pool.name}`, withoutIgnored(pool, sides)]),
    );
  }

  stepFor(row: DriftRow): PoolDraft | undefined {
    const { truth } = this.#settings;
    if (row.kind === "pool-missing-in-ledger" || row.kind === "pool-missing-in-cluster") {
      return this.#existence(row);
    }
    if (row.kind === "range-differs") return this.#field(row, "ranges", truth.pools);
    if (row.kind === "range-unreadable" && row.ledger !== undefined && truth.pools === "cluster") {
      return this.#field(row, "ranges", "cluster");
    }
    const { field } = row;
    if (row.kind !== "setting-differs" || (field !== "autoAssign" && field !== "avoidBuggyIPs"))
      return undefined;
    return this.#field(row, field, truth[field]);
  }

  #existence(row: DriftRow): PoolDraft | undefined {
    const truth = this.#settings.truth.pools;
    const presentIn = row.kind === "pool-missing-in-ledger" ? "cluster" : "ledger";
    const side = presentIn === "cluster" ? "ledger" : "cluster";
    const base = { driftId: row.id, subject: row.subject, message: row.message };
    const pool = (presentIn === "cluster" ? this.#clusterPools : this.#ledgerPools).get(row.subject);
    if (pool === undefined) return undefined;
    const content = contentOf(pool);
    if (presentIn === truth) return { ...base, side, verb: "create", does: "pool-create", after: content };
    return {
      ...base,
      side: presentIn,
      verb: "delete",
      does: "pool-delete",
      before: content,
      ...this.#stateFor(presentIn, row),
    };
  }

  #field(
    row: DriftRow,
    field: "ranges" | "autoAssign" | "avoidBuggyIPs",
    truth: "cluster" | "ledger",
  ): PoolUpdate | undefined {
    const cluster = this.#clusterPools.get(row.subject);
    // The row may have the name in another case.
    const ledger =
      this.#ledgerPools.get(row.subject) ??
      [...this.#ledgerPools.values()].find(({ name }) => alike(`pool/${name}`) === alike(row.subject));
    if (ledger === undefined || cluster === undefined) return undefined;
    const [from, to] = truth === "cluster" ? [cluster, ledger] : [ledger, cluster];
    const after = { ...contentOf(to), [field]: from[field] };
    const side = truth === "cluster" ? "ledger" : "cluster";
    return {
      driftId: row.id,
      subject: `pool/${to.name}`,
      message: row.message,
      side,
      verb: "update",
      does: "pool-update",
      before: contentOf(to),
      after,
      ...this.#stateFor(side, row),
    };
  }

  /** Of the pool that a step changes in the cluster. */
  #stateFor(side: StepSide, { subject }: DriftRow): Pick<PoolUpdate, "of"> {
    const pool = side === "cluster" ? this.#clusterPools.get(subject) : undefined;
    return pool === undefined ? {} : { of: pool.state };
  }
}

/** What both sides say of a pool, in one order of keys. A field that the ledger has no column for stays out. */
export function contentOf({ name, ranges, autoAssign, avoidBuggyIPs }: PoolContent): PoolContent {
  return {
    name,
    ranges,
    ...defined({ autoAssign, avoidBuggyIPs }),
  };
}

/** Several fields of a pool are one step a side: each takes from the next what that changes. */
function mergeUpdates(steps: readonly PoolDraft[]): PoolDraft[] {
  const merged = new Map<string, PoolDraft>();
  for (const [at, step] of steps.entries()) {
    const key = step.does === "pool-update" ? `${step.side} ${step.subject}` : `${at}`;
    const first = merged.get(key);
    if (first?.does !== "pool-update" || step.does !== "pool-update") merged.set(key, step);
    else
      merged.set(key, {
        ...first,
        ends: [...(first.ends ?? []), step.driftId],
        after: mergeContent(first, step),
        message: `${first.message} ${step.message}`,
      });
  }
  return [...merged.values()];
}

const FIELDS = ["name", "ranges", "autoAssign", "avoidBuggyIPs"] as const;

function mergeContent(first: PoolUpdate, second: PoolUpdate): PoolContent {
  const { before, after } = second;
  const changed = FIELDS.filter(
    (field) => field in after && !isDeepStrictEqual(after[field], before[field]),
  ).map((field) => [field, after[field]] as const);
  return { ...first.after, ...Object.fromEntries(changed) };
}

interface Pair {
  readonly gone: PoolDeletion;
  readonly made: PoolCreation;
  readonly shared: bigint;
}

/** Those that share most become one first. MetalLB's objects cannot get another name. */
function renamed(steps: readonly PoolDraft[]): PoolDraft[] {
  const inLedger = steps.filter(({ side }) => side === "ledger");
  const gone = inLedger
    .filter((step) => step.does === "pool-delete")
    .map((step) => ({ step, intervals: intervalsOf(step.before.ranges) }));
  const made = inLedger
    .filter((step) => step.does === "pool-create")
    .map((step) => ({ step, intervals: intervalsOf(step.after.ranges) }));
  const pairs: Pair[] = [];
  for (const one of gone) {
    for (const other of made) {
      const shared = sharedCount(one.intervals, other.intervals);
      if (shared > 0n) pairs.push({ gone: one.step, made: other.step, shared });
    }
  }
  pairs.sort((a, b) => (a.shared > b.shared ? -1 : a.shared < b.shared ? 1 : 0));
  const renames = new Map<PoolDraft, PoolRename>();
  const taken = new Set<PoolDraft>();
  for (const { gone: row, made: pool } of pairs) {
    if (taken.has(row) || taken.has(pool)) continue;
    taken.add(row).add(pool);
    renames.set(row, renameOf(row, pool));
  }
  return steps.flatMap((step) => renames.get(step) ?? (taken.has(step) ? [] : [step]));
}

function renameOf(gone: PoolDeletion, made: PoolCreation): PoolRename {
  return {
    driftId: made.driftId,
    ends: [gone.driftId],
    side: "ledger",
    verb: "update",
    does: "pool-rename",
    subject: gone.subject,
    before: gone.before,
    after: made.after,
    message: `${made.message} Its addresses are those of ${gone.subject}, which MetalLB does not know: the row gets the new name.`,
  };
}
