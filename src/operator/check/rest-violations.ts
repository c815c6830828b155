/**
 * Invariants 6, 7 and 8 (`docs/allocation-protocol.md#invariants`): at rest, an operator that starts afresh finds nothing to do. The controllers'
 * own decisions are taken over a world computed from scratch, and whatever they would write is missing.
 */
import { readPoolSettings, type SubnetPool } from "../../api/index.ts";
import { formatTime, ManualClock } from "../../kernel/index.ts";
import { isWrite, keyOf, type Reconcile, requestFor } from "../../runtime/index.ts";
import { claimReconciler } from "../controllers/claim.ts";
import { poolReconciler } from "../controllers/pool.ts";
import { poolClaimReconciler } from "../controllers/pool-claim.ts";
import { snapshotOf } from "../controllers/pool-status.ts";
import { subnetReconciler } from "../controllers/subnet.ts";
import { decidePoolStatus } from "../decide/pool-status.ts";
import type { OperatorWorld } from "../view/world.ts";
import { allObjects, type FleetObject, type FleetObjects } from "./fleet-objects.ts";
import { recomputeWorld } from "./recomputed-world.ts";
import { type Violation, violation } from "./violation.ts";

export function findRestViolations(objects: FleetObjects, nowMs: number): Violation[] {
  const world = recomputeWorld(allObjects(objects), new ManualClock(nowMs));
  return [
    ...objects.pools.flatMap((pool) => [
      ...findWrongStatus(world, pool),
      ...findWrongAccounting(world, pool),
    ]),
    ...objects.pools.flatMap((pool) => findOverlappingPools(world, pool)),
    ...findOpenWork(poolReconciler(world), objects.pools),
    ...findOpenWork(poolClaimReconciler(world), objects.poolClaims),
    ...findOpenWork(subnetReconciler(world), objects.subnets),
    ...findOpenWork(claimReconciler(world), objects.claims),
  ];
}

function keyOfMeta({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return keyOf({ namespace, name });
}

function findOpenWork(reconcile: Reconcile, objects: readonly FleetObject[]): Violation[] {
  return objects.flatMap((object): Violation[] => {
    const request = requestFor(object);
    if (request === undefined) return [];
    const decision = reconcile(request);
    const isOpen = decision.verdict === "again" || decision.actions.some(isWrite);
    if (!isOpen) return [];
    return [violation("unsettled", [object], `the operator has not acted on it: ${decision.message}`)];
  });
}

// ── pools ──────────────────────────────────────────────────────────────────────────────────────────────────

function findWrongStatus(world: OperatorWorld, pool: SubnetPool): Violation[] {
  const view = world.spaces.view(keyOfMeta(pool.metadata));
  if (view === undefined) return [];
  const decision = decidePoolStatus({
    ...snapshotOf(world, pool, view),
    nowText: formatTime(world.clock.now()),
  });
  const patch = decision.actions.find((action) => action.do === "patch-status")?.status ?? {};
  const fields = Object.entries(patch);
  if (fields.length === 0) return [];
  const status = (pool.status ?? {}) as Readonly<Record<string, unknown>>;
  const differences = fields.map(([field, wanted]) => describeDifference(field, status[field], wanted));
  return [violation("status", [pool], `its status is not what it should be: ${differences.join("; ")}`)];
}

/** Long maps and lists are named, not printed. */
function describeDifference(field: string, actual: unknown, wanted: unknown): string {
  if (field === "conditions") return `conditions: ${describeConditions(actual, wanted)}`;
  if (typeof wanted !== "object" || wanted === null) {
    return `${field} is ${JSON.stringify(actual) ?? "missing"} and should be ${wanted === null ? "missing" : JSON.stringify(wanted)}`;
  }
  const inner = (actual ?? {}) as Readonly<Record<string, unknown>>;
  const keys = Object.entries(wanted);
  const shown = keys.slice(0, 3).map(([key, value]) => describeDifference(key, inner[key], value));
  return `${field}: ${shown.join(", ")}${keys.length > shown.length ? ` and ${keys.length - shown.length} more` : ""}`;
}

type Condition = { readonly type: string; readonly status: string; readonly reason: string };

function describeConditions(actual: unknown, wanted: unknown): string {
  const before = new Map(((actual ?? []) as Condition[]).map((condition) => [condition.type, condition]));
  const worded = (condition: Condition | undefined) =>
    condition === undefined ? "missing" : `${condition.status} (${condition.reason})`;
  const changed = (wanted as Condition[]).filter(({ type, status, reason }) => {
    const other = before.get(type);
    return other?.status !== status || other.reason !== reason;
  });
  if (changed.length === 0) return "their messages are out of date";
  return changed
    .map(
      (condition) =>
        `${condition.type} is ${worded(before.get(condition.type))} and should be ${worded(condition)}`,
    )
    .join(", ");
}

function findWrongAccounting(world: OperatorWorld, pool: SubnetPool): Violation[] {
  const differences = world.spaces.view(keyOfMeta(pool.metadata))?.space?.selfCheck() ?? [];
  if (differences.length === 0) return [];
  const worded = differences.map(({ field, left, right }) => `${field} ${left} against ${right}`).join("; ");
  const message = `the engine and a computation from scratch differ, which is a bug: ${worded}`;
  return [violation("accounting", [pool], message)];
}

/** Each pair once. */
function findOverlappingPools(world: OperatorWorld, pool: SubnetPool): Violation[] {
  if (!readPoolSettings(pool).ok) return [];
  return world
    .overlappingPools(pool)
    .filter((other) => pool.metadata.name < other.metadata.name)
    .map((other) => {
      const message = `${pool.spec.cidr} and ${other.spec.cidr} overlap, and neither pool is a child of the other`;
      return violation("overlapping-pools", [pool, other], message);
    });
}
