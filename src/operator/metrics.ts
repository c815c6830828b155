/**
 * What the operator measures besides the runtime's own metrics (RQ-13; `docs/reference/metrics.md`). What can be counted from
 * the state is read on each scrape, so a series disappears with its object.
 */
import { Counter, Gauge, Histogram, type Registry } from "@prometheus-io/client";
import { MEANT_TO_BE_FULL_ANNOTATION, type PoolSettings, type SubnetClaim } from "../api/index.ts";
import { type Accounting, freeCount } from "../ipam/index.ts";
import type { Clock } from "../kernel/index.ts";
import { type CacheDelta, keyOf, type ReconcileReport, type Request } from "../runtime/index.ts";
import type { OperatorWorld } from "./view/world.ts";

const ALLOCATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const RECONCILE_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90,
];

export class OperatorMetrics {
  readonly #requeues: Counter<"event_type">;
  readonly #durations: Histogram<"result">;
  readonly #inflightGauge: Gauge;
  readonly #allocations: Histogram<"result">;
  readonly #conflicts: Counter;
  readonly #mismatches: Counter;
  readonly #clock: Clock;
  readonly #inflight = new Set<string>();
  /** When each pool's status was last written. */
  readonly #writtenAtMs = new Map<string, Request & { readonly atMs: number }>();
  /** When each claim that is not Bound yet was first seen, by UID. */
  readonly #seenAtMs = new Map<string, number>();

  constructor(registry: Registry, world: OperatorWorld) {
    this.#clock = world.clock;
    const registers = [registry];
    this.#requeues = new Counter({
      name: "subnetpool_parent_requeue_total",
      help: "Pools put into the queue of PoolStatus by events of their Subnets",
      labelNames: ["event_type"],
      registers,
    });
    for (const event_type of ["create", "update", "delete"]) this.#requeues.inc({ event_type }, 0);
    this.#durations = new Histogram({
      name: "subnetpool_parent_reconcile_duration_seconds",
      help: "Length of a reconcile of PoolStatus, its writes included",
      labelNames: ["result"],
      buckets: RECONCILE_BUCKETS,
      registers,
    });
    for (const result of ["success", "error"]) this.#durations.zero({ result });
    this.#inflightGauge = new Gauge({
      name: "subnetpool_parent_reconcile_inflight",
      help: "Reconciles of PoolStatus under way",
      registers,
    });
    this.#inflightGauge.set(0);
    this.#allocations = new Histogram({
      name: "plexaubnet_allocation_duration_seconds",
      help: "From the moment a claim was seen to the moment it was seen Bound, or refused",
      labelNames: ["result"],
      buckets: ALLOCATION_BUCKETS,
      registers,
    });
    this.#conflicts = new Counter({
      name: "plexaubnet_allocation_conflicts_total",
      help: "Subnets that lost their block to one that was first",
      registers,
    });
    this.#mismatches = new Counter({
      name: "plexaubnet_accounting_mismatch_total",
      help: "Self-checks in which the incremental accounting differed from one from scratch",
      registers,
    });
    this.#addPoolGauges(registers, world);
    this.#addClaimGauge(registers, world);
  }

  subnetEvent(delta: CacheDelta): void {
    const event_type = { added: "create", updated: "update", deleted: "delete" }[delta.type];
    this.#requeues.inc({ event_type });
  }

  poolStatusStarted(target: Request): void {
    this.#inflight.add(keyOf(target));
    this.#inflightGauge.set(this.#inflight.size);
  }

  poolStatusEnded({ request, error, durationMs }: ReconcileReport): void {
    this.#inflight.delete(keyOf(request));
    this.#inflightGauge.set(this.#inflight.size);
    this.#durations.observe({ result: error === undefined ? "success" : "error" }, durationMs / 1000);
  }

  poolStatusWritten(target: Request): void {
    this.#writtenAtMs.set(keyOf(target), { ...target, atMs: this.#clock.now() });
  }

  poolGone(target: Request): void {
    this.#writtenAtMs.delete(keyOf(target));
  }

  claimChanged(delta: CacheDelta<SubnetClaim>): void {
    const { uid = "" } = (delta.new ?? delta.old).metadata;
    const phase = delta.new?.status?.phase;
    if (delta.type === "deleted") {
      this.#seenAtMs.delete(uid);
    } else if (phase === "Bound" || phase === "Error") {
      const seenMs = this.#seenAtMs.get(uid);
      if (seenMs === undefined) return;
      this.#seenAtMs.delete(uid);
      const result = phase === "Bound" ? "bound" : "refused";
      this.#allocations.observe({ result }, (this.#clock.monotonicMs() - seenMs) / 1000);
    } else if (!this.#seenAtMs.has(uid) && delta.origin === "watch") {
      this.#seenAtMs.set(uid, this.#clock.monotonicMs());
    }
  }

  allocationConflict(): void {
    this.#conflicts.inc();
  }

  accountingMismatch(): void {
    this.#mismatches.inc();
  }

  #addPoolGauges(registers: Registry[], world: OperatorWorld): void {
    const labelNames = ["namespace", "pool"] as const;
    const poolGauge = (name: string, help: string, measure: (accounting: Accounting) => number) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const { namespace, pool, accounting } of measuredPools(world)) {
            this.set({ namespace, pool }, measure(accounting));
          }
        },
      });
    poolGauge("plexaubnet_pool_capacity_addresses", "Addresses of the pool", (a) => Number(a.capacity));
    poolGauge("plexaubnet_pool_allocated_addresses", "Addresses in live Subnets", (a) => Number(a.allocated));
    poolGauge(
      "plexaubnet_pool_utilization_ratio",
      "Allocated share, 0 to 1",
      (a) => a.utilizationPercent / 100,
    );
    poolGauge(
      "plexaubnet_pool_fragmentation_ratio",
      "1 minus largest free block by free addresses",
      (a) => a.fragmentationPercent / 100,
    );
    new Gauge({
      name: "plexaubnet_pool_allocated_total",
      help: "Allocated Subnets",
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { namespace, pool, allocatedCount } of measuredPools(world))
          this.set({ namespace, pool }, allocatedCount);
      },
    });
    this.#addFreeBlocksGauge(registers, world);
    new Gauge({
      name: "plexaubnet_pool_meant_to_be_full",
      help: "1 for each pool with the annotation plexaubnet.io/meant-to-be-full, which no alert about free space concerns",
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { metadata } of world.pools.values()) {
          if (metadata.annotations?.[MEANT_TO_BE_FULL_ANNOTATION] !== "true") continue;
          this.set({ namespace: metadata.namespace, pool: metadata.name }, 1);
        }
      },
    });
    const written = this.#writtenAtMs;
    new Gauge({
      name: "subnetpool_parent_status_last_timestamp_seconds",
      help: "When the status of the pool was last written",
      labelNames: ["namespace", "name"],
      registers,
      collect() {
        this.reset();
        for (const { namespace, name, atMs } of written.values()) this.set({ namespace, name }, atMs / 1000);
      },
    });
  }

  #addFreeBlocksGauge(registers: Registry[], world: OperatorWorld): void {
    new Gauge({
      name: "plexaubnet_pool_free_blocks",
      help: "Free aligned blocks of the pool's default, least and greatest length",
      labelNames: ["namespace", "pool", "size"],
      registers,
      collect() {
        this.reset();
        for (const { namespace, pool, accounting, settings } of measuredPools(world)) {
          const { defaultLength, minLength, maxLength } = settings;
          for (const length of new Set([defaultLength, minLength, maxLength])) {
            this.set({ namespace, pool, size: String(length) }, freeCount(accounting, length));
          }
        }
      },
    });
  }

  #addClaimGauge(registers: Registry[], world: OperatorWorld): void {
    new Gauge({
      name: "plexaubnet_claim_phase",
      help: "Claims by phase",
      labelNames: ["phase"],
      registers,
      collect() {
        const counts = new Map([
          ["Pending", 0],
          ["Bound", 0],
          ["Error", 0],
        ]);
        for (const claim of world.claims.values()) {
          const phase = claim.status?.phase ?? "Pending";
          counts.set(phase, (counts.get(phase) ?? 0) + 1);
        }
        for (const [phase, count] of counts) this.set({ phase }, count);
      },
    });
  }
}

interface MeasuredPool {
  readonly namespace: string;
  readonly pool: string;
  readonly accounting: Accounting;
  readonly settings: PoolSettings;
  readonly allocatedCount: number;
}

/** Pools whose spec can be read. */
function* measuredPools(world: OperatorWorld): Generator<MeasuredPool> {
  for (const { metadata } of world.pools.values()) {
    const { namespace, name } = metadata;
    const view = world.spaces.view(keyOf({ namespace, name }));
    if (view?.space === undefined || !view.settings.ok) continue;
    const { allocatedCount, settings } = view;
    yield {
      namespace,
      pool: name,
      accounting: view.space.accounting(),
      settings: settings.value,
      allocatedCount,
    };
  }
}
