/**
 * What goes on beside the decisions: metrics, and Events about what no single decision sees happen (PX-08).
 */
import type { Registry } from "@prometheus-io/client";
import { SUBNET_CLAIMS, SUBNET_POOLS, SUBNETS, type Subnet, type SubnetPool } from "../../api/index.ts";
import {
  type CacheDelta,
  type Decision,
  keyOf,
  type Logger,
  type Manager,
  requestFor,
} from "../../runtime/index.ts";
import { ALLOCATION_CONFLICT, noteOf } from "../decide/decision.ts";
import { OperatorMetrics } from "../metrics.ts";
import type { OperatorWorld } from "../view/world.ts";
import { recalculationAsked } from "./triggers.ts";

export interface Bookkeeping {
  readonly metrics: OperatorMetrics;
  /** Compares the pool's accounting with one from scratch, and repairs and reports what differs. */
  verify(pool: SubnetPool): void;
  countConflicts(decision: Decision | undefined): void;
}

export interface Books {
  readonly registry: Registry;
  readonly logger: Logger;
}

export function startBookkeeping(
  manager: Manager,
  world: OperatorWorld,
  { registry, logger }: Books,
): Bookkeeping {
  const metrics = new OperatorMetrics(registry, world);
  const verify = (pool: SubnetPool) => {
    const { namespace, name } = pool.metadata;
    const differences = world.spaces.verify(keyOf({ namespace, name }));
    if (differences.length === 0) return;
    metrics.accountingMismatch();
    logger.error({ controller: "PoolStatus", namespace, name, differences }, "Accounting repaired");
    const message = `the accounting differed from a computation from scratch and was repaired: ${differences.join("; ")}`;
    manager.emit(noteOf(pool, "Warning", "AccountingRepaired", message));
  };
  manager.onDelta(SUBNETS, (delta) => {
    metrics.subnetEvent(delta);
    announceRelease(manager, world, delta);
  });
  manager.onDelta(SUBNET_CLAIMS, (delta) => metrics.claimChanged(delta));
  manager.onDelta(SUBNET_POOLS, (delta) => {
    const target = requestFor(delta.new ?? delta.old);
    if (delta.type === "deleted" && target !== undefined) metrics.poolGone(target);
    announceResize(manager, delta);
    // Before PoolStatus is woken by the same, so that it reports what is right.
    if (delta.new !== undefined && recalculationAsked(delta)) verify(delta.new);
  });
  return {
    metrics,
    verify,
    countConflicts(decision) {
      if (decision?.counts === ALLOCATION_CONFLICT) metrics.allocationConflict();
    },
  };
}

/** A Subnet that is gone cannot carry an Event; its pool can. A deletion that was missed is not announced late. */
function announceRelease(manager: Manager, { pools }: OperatorWorld, delta: CacheDelta<Subnet>): void {
  if (delta.type !== "deleted" || delta.origin !== "watch") return;
  const phase = delta.old.status?.phase;
  if (phase !== "Allocated" && phase !== "Released") return;
  if (!manager.isLeader()) return;
  const { spec, metadata } = delta.old;
  const pool = pools.get(metadata.namespace, spec.poolRef);
  if (pool === undefined) return;
  const message = `${spec.cidr} of ${spec.clusterID} is free again`;
  manager.emit(noteOf(pool, "Normal", "SubnetReleased", message));
}

function announceResize(manager: Manager, delta: CacheDelta<SubnetPool>): void {
  if (delta.type !== "updated" || delta.origin !== "watch" || delta.old.spec.cidr === delta.new.spec.cidr)
    return;
  if (!manager.isLeader()) return;
  const message = `the range changed from ${delta.old.spec.cidr} to ${delta.new.spec.cidr}`;
  manager.emit(noteOf(delta.new, "Normal", "PoolResized", message));
}
