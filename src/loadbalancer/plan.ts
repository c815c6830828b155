/**
 * From differences to steps: drift → steps → policy → guards → plan. Pure. What a mode does not allow is held back and
 * stays visible; what a guard stops says why.
 */
import {
  type DriftRow,
  fingerprintOf,
  type PlanBasis,
  type PlanStep,
  type PoolContent,
  type SyncPlan,
  sha256,
} from "../ledger/index.ts";
import { balancerSubject, usageKey } from "./compare.ts";
import { applyGuards, type GuardContext } from "./guards.ts";
import type { ClusterPool, LoadBalancer } from "./metallb.ts";
import type { SyncMode, SyncSettings } from "./settings.ts";
import type { Sides } from "./sides.ts";

export interface PlanInput {
  readonly id: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly sides: Sides;
  readonly drift: readonly DriftRow[];
  readonly settings: SyncSettings;
  /** Why a pool cannot be written into the ledger's table. */
  readonly unfit: (content: PoolContent) => string | undefined;
}

export function makePlan(input: PlanInput): SyncPlan {
  const { id, createdAt, sides, drift, settings } = input;
  const all = numbered(stepsFor(sides, drift, settings));
  const { allowed, heldBack } = filterByMode(all, settings.mode);
  const context: GuardContext = { sides, settings, unfit: input.unfit };
  const { passed, refused } = applyGuards(allowed, context);
  const body = {
    cluster: settings.cluster,
    mode: settings.mode,
    drift,
    steps: passed,
    heldBack,
    refused,
    basis: basisOf(passed, sides),
  };
  return { id, createdAt, hash: hashOf(body), ...body };
}

/** Of the content: an edited plan has another one. */
export function hashOf(plan: Omit<SyncPlan, "id" | "createdAt" | "hash">): string {
  const { cluster, mode, drift, steps, heldBack, refused, basis } = plan;
  return sha256([
    cluster,
    mode,
    drift,
    steps,
    heldBack,
    refused,
    Object.entries(basis.ledger),
    Object.entries(basis.cluster),
  ]);
}

type Draft = Omit<PlanStep, "id">;

function numbered(steps: readonly Draft[]): PlanStep[] {
  return steps.map((step, at) => ({ id: String(at + 1), ...step }));
}

/** What usage needs comes before it, what goes comes last. */
const ORDER: readonly PlanStep["does"][] = [
  "pool-create",
  "pool-update",
  "usage-record",
  "usage-move",
  "usage-release",
  "pool-delete",
];

function stepsFor(sides: Sides, drift: readonly DriftRow[], settings: SyncSettings): Draft[] {
  const world = new World(sides, settings);
  const steps = mergeUpdates(drift.flatMap((row) => world.stepFor(row) ?? []));
  return steps.sort((a, b) => ORDER.indexOf(a.does) - ORDER.indexOf(b.does));
}

class World {
  readonly #settings: SyncSettings;
  readonly #ledgerPools: ReadonlyMap<string, Sides["ledger"]["pools"][number]>;
  readonly #clusterPools: ReadonlyMap<string, ClusterPool>;
  readonly #balancers: ReadonlyMap<string, LoadBalancer>;
  readonly #usages: ReadonlyMap<string, Sides["ledger"]["usages"][number]>;
  readonly #usageByKey: ReadonlyMap<string, Sides["ledger"]["usages"][number]>;

  constructor({ ledger, cluster }: Sides, settings: SyncSettings) {
    this.#settings = settings;
    this.#ledgerPools = new Map(ledger.pools.map((pool) => [`pool/${pool.name}`, pool]));
    this.#clusterPools = new Map(cluster.pools.map((pool) => [`pool/${pool.name}`, pool]));
    this.#balancers = new Map(cluster.balancers.map((one) => [balancerSubject(one), one]));
    this.#usages = new Map(ledger.usages.map((usage) => [balancerSubject(usage), usage]));
    this.#usageByKey = new Map(ledger.usages.map((usage) => [usageKey(usage), usage]));
  }

  /** Undefined: nobody but a person can end this difference. */
  stepFor(row: DriftRow): Draft | undefined {
    switch (row.kind) {
      case "pool-missing-in-ledger":
      case "pool-missing-in-cluster":
        return this.#existence(row);
      case "range-differs":
        return this.#field(row, "ranges", this.#settings.truth.pools);
      case "setting-differs":
        return this.#field(row, row.field as "autoAssign", this.#settings.truth[row.field as "autoAssign"]);
      case "usage-unrecorded":
        return this.#record(row);
      case "usage-gone": {
        const before = this.#usages.get(row.subject);
        return { ...this.#usageStep(row, "delete", "usage-release"), before, after: undefined };
      }
      case "usage-in-other-pool": {
        const balancer = this.#balancers.get(row.subject);
        const before = balancer === undefined ? undefined : this.#usageByKey.get(usageKey(balancer));
        return { ...this.#usageStep(row, "update", "usage-move"), before, after: { pool: row.cluster } };
      }
      case "ip-outside-every-pool":
      case "ip-in-two-pools":
      case "range-unreadable":
        return undefined;
    }
  }

  #existence(row: DriftRow): Draft {
    const truth = this.#settings.truth.pools;
    const presentIn = row.kind === "pool-missing-in-ledger" ? "cluster" : "ledger";
    const side = presentIn === "cluster" ? "ledger" : "cluster";
    const base = { driftId: row.id, subject: row.subject, because: row.says };
    const pool = (presentIn === "cluster" ? this.#clusterPools : this.#ledgerPools).get(row.subject);
    const content = pool === undefined ? undefined : contentOf(pool);
    if (presentIn === truth) {
      return { ...base, side, verb: "create", does: "pool-create", before: undefined, after: content };
    }
    return {
      ...base,
      side: presentIn,
      verb: "delete",
      does: "pool-delete",
      before: content,
      after: undefined,
      ...this.#stateFor(presentIn, row),
    };
  }

  #field(
    row: DriftRow,
    field: "ranges" | "autoAssign" | "avoidBuggyIPs",
    truth: "cluster" | "ledger",
  ): Draft | undefined {
    const ledger = this.#ledgerPools.get(row.subject);
    const cluster = this.#clusterPools.get(row.subject);
    if (ledger === undefined || cluster === undefined) return undefined;
    const [from, to] = truth === "cluster" ? [cluster, ledger] : [ledger, cluster];
    const after = { ...contentOf(to), [field]: from[field] };
    const side = truth === "cluster" ? "ledger" : "cluster";
    const base = { driftId: row.id, subject: row.subject, because: row.says };
    return {
      ...base,
      side,
      verb: "update",
      does: "pool-update",
      before: contentOf(to),
      after,
      ...this.#stateFor(side, row),
    };
  }

  /** Of the pool that a step changes in the cluster. */
  #stateFor(side: PlanStep["side"], { subject }: DriftRow): Pick<PlanStep, "of"> {
    const pool = side === "cluster" ? this.#clusterPools.get(subject) : undefined;
    return pool === undefined ? {} : { of: pool.state };
  }

  #record(row: DriftRow): Draft | undefined {
    const balancer = this.#balancers.get(row.subject);
    if (balancer === undefined) return undefined;
    const before = this.#usageByKey.get(usageKey(balancer));
    return { ...this.#usageStep(row, "create", "usage-record"), before, after: balancer };
  }

  #usageStep(row: DriftRow, verb: PlanStep["verb"], does: PlanStep["does"]) {
    return { driftId: row.id, side: "ledger" as const, verb, does, subject: row.subject, because: row.says };
  }
}

/** What both sides say of a pool, in one order of keys. A field that the ledger has no column for stays out. */
export function contentOf({ name, ranges, autoAssign, avoidBuggyIPs }: PoolContent): PoolContent {
  return {
    name,
    ranges,
    ...(autoAssign !== undefined && { autoAssign }),
    ...(avoidBuggyIPs !== undefined && { avoidBuggyIPs }),
  };
}

/** Several fields of a pool are one step a side: each takes from the next what that changes. */
function mergeUpdates(steps: readonly Draft[]): Draft[] {
  const merged = new Map<string, Draft>();
  for (const [at, step] of steps.entries()) {
    const key = step.does === "pool-update" ? `${step.side} ${step.subject}` : `${at}`;
    const first = merged.get(key);
    if (first === undefined) merged.set(key, step);
    else
      merged.set(key, {
        ...first,
        after: mergeContent(first, step),
        because: `${first.because} ${step.because}`,
      });
  }
  return [...merged.values()];
}

function mergeContent(first: Draft, second: Draft): PoolContent {
  const before = second.before as Readonly<Record<string, unknown>>;
  const changed = Object.entries(second.after as object).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
  );
  return { ...(first.after as PoolContent), ...Object.fromEntries(changed) };
}

function filterByMode(steps: readonly PlanStep[], mode: SyncMode) {
  const verbs = {
    observe: [],
    "create-only": ["create"],
    upsert: ["create", "update"],
    sync: ["create", "update", "delete"],
  };
  const may: readonly string[] = verbs[mode];
  return {
    allowed: steps.filter(({ verb }) => may.includes(verb)),
    heldBack: steps.filter(({ verb }) => !may.includes(verb)),
  };
}

const ABSENT = "absent";

/** The state of all that the steps touch, on both sides. */
export function basisOf(steps: readonly PlanStep[], { ledger, cluster }: Sides): PlanBasis {
  const ledgerPools = new Map(ledger.pools.map((pool) => [`pool/${pool.name}`, pool]));
  const clusterPools = new Map(cluster.pools.map((pool) => [`pool/${pool.name}`, pool]));
  const usages = new Map(ledger.usages.map((usage) => [balancerSubject(usage), usage]));
  const seen = new Map(cluster.balancers.map((one) => [balancerSubject(one), one]));
  const basis: { ledger: Record<string, string>; cluster: Record<string, string> } = {
    ledger: {},
    cluster: {},
  };
  for (const { subject } of steps) {
    if (subject.startsWith("pool/")) {
      const pool = ledgerPools.get(subject);
      basis.ledger[subject] = pool === undefined ? ABSENT : fingerprintOf(pool);
      basis.cluster[subject] = clusterPools.get(subject)?.version ?? ABSENT;
    } else {
      const usage = usages.get(subject);
      basis.ledger[subject] =
        usage === undefined ? ABSENT : `${usage.id}/${usage.state}/${usage.poolId ?? ""}`;
      basis.cluster[subject] = seen.get(subject)?.serviceUid ?? ABSENT;
    }
  }
  return basis;
}
