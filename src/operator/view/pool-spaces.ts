/**
 * What is free and taken in every pool, kept in step with the cache delta by delta (RQ-03): the one place that both
 * allocation and pool status read. Fed before any controller runs.
 *
 * The space of a pool is the union of its live Subnets, of the Subnets that are being created right now and have not come
 * back on the watch yet ("holds": `docs/allocation-protocol.md#rule-1`), and of what is promised without a Subnet (`promises.ts`).
 */

import type { Fault } from "../../api/index.ts";
import {
  isLive,
  type PoolSettings,
  readPoolSettings,
  readSubnetBlock,
  type Subnet,
  type SubnetPool,
  sameSettings,
} from "../../api/index.ts";
import { equals, PoolSpace, type Prefix } from "../../ipam/index.ts";
import type { Clock, Result, Timer } from "../../kernel/index.ts";
import { type CacheDelta, type CacheReader, keyOf, objectKey } from "../../runtime/index.ts";
import { POOL_REF_INDEX } from "../model/indexes.ts";

/** A pool as allocation and status see it. */
export interface PoolView {
  /** Or what is wrong with the spec; then there is no space. */
  readonly settings: Result<PoolSettings, readonly Fault[]>;
  readonly space: PoolSpace | undefined;
  /** Subnets whose phase is `Allocated`. */
  readonly allocatedCount: number;
}

class TrackedPool implements PoolView {
  settings: Result<PoolSettings, readonly Fault[]>;
  space: PoolSpace | undefined;
  allocatedCount = 0;

  constructor(settings: Result<PoolSettings, readonly Fault[]>) {
    this.settings = settings;
    if (settings.ok) this.space = new PoolSpace(settings.value);
  }
}

interface Hold {
  readonly poolKey: string;
  readonly prefix: Prefix;
  /** Known once the creation was acknowledged. */
  revision: string | undefined;
  readonly sinceMs: number;
}

/**
 * A creation whose outcome is never read, because its claim is gone, must not keep a block for ever. Giving it
 * back early is safe: who gets a block is decided by the order of revisions, not by holds.
 */
const LONGEST_HOLD_MS = 10_000;

/** Holds end when the watch shows the creation; those few that end otherwise are looked for this often. */
const HOLD_CHECK_MS = 1_000;

export class PoolSpaces {
  readonly #pools = new Map<string, TrackedPool>();
  /** By the key of the Subnet that is being created. */
  readonly #holds = new Map<string, Hold>();
  /** Pool → owner → block: what is held without a Subnet, whether or not the pool exists. */
  readonly #promises = new Map<string, Map<string, Prefix>>();
  readonly #subnets: CacheReader<Subnet>;
  readonly #clock: Clock;

  readonly #onFreed: (poolKey: string) => void;
  readonly #onCreationEnded: (subnetKey: string) => void;
  #holdCheck: Timer | undefined;

  /**
   * @param onFreed Called, with the pool's key, whenever space may have become free.
   * @param onCreationEnded Called, with the Subnet's key, when a hold ended and no Subnet took its place.
   */
  constructor(
    subnets: CacheReader<Subnet>,
    clock: Clock,
    onFreed: (poolKey: string) => void,
    onCreationEnded: (subnetKey: string) => void = () => {},
  ) {
    this.#onCreationEnded = onCreationEnded;
    this.#subnets = subnets;
    this.#clock = clock;
    this.#onFreed = onFreed;
  }

  /** Undefined when there is no such pool. */
  view(poolKey: string): PoolView | undefined {
    return this.#pools.get(poolKey);
  }

  applyPool(delta: CacheDelta<SubnetPool>): void {
    if (delta.type === "deleted") {
      this.#pools.delete(objectKey(delta.old));
      return;
    }
    const key = objectKey(delta.new);
    const settings = readPoolSettings(delta.new);
    const before = this.#pools.get(key);
    if (before?.space !== undefined && settings.ok) {
      const { cidr, reserved } = settings.value;
      if (before.space.cidr.family === cidr.family) {
        if (before.settings.ok && !sameSettings(before.settings.value, settings.value)) {
          before.space.resize(cidr);
          before.space.setReserved(reserved);
        }
        before.settings = settings;
        return;
      }
    }
    this.#pools.set(key, this.#build(key, settings));
  }

  applySubnet(delta: CacheDelta<Subnet>): void {
    const { old, new: current } = delta;
    if (old !== undefined && (current === undefined || old.spec.poolRef !== current.spec.poolRef)) {
      this.#remove(old);
    }
    if (current === undefined) return;
    this.#dropHold(current);
    const pool = this.#poolOf(current);
    if (pool === undefined) return;
    const before = old !== undefined && old.spec.poolRef === current.spec.poolRef ? old : undefined;
    pool.allocatedCount += countOf(current) - (before === undefined ? 0 : countOf(before));
    this.#place(pool, current);
  }

  /** Holds a block that only its owner may get, although no Subnet shows it; undefined: ends the hold. */
  promise(poolKey: string, owner: string, prefix: Prefix | undefined): void {
    const promises = this.#promises.get(poolKey) ?? new Map<string, Prefix>();
    const space = this.#pools.get(poolKey)?.space;
    if (prefix !== undefined) {
      promises.set(owner, prefix);
      this.#promises.set(poolKey, promises);
      space?.occupy(owner, prefix);
    } else if (promises.delete(owner)) {
      if (promises.size === 0) this.#promises.delete(poolKey);
      space?.vacate(owner);
      this.#onFreed(poolKey);
    }
  }

  /** Who holds a block of the pool without a Subnet of it, whether or not the pool exists. */
  promisedOwners(poolKey: string): Iterable<string> {
    return this.#promises.get(poolKey)?.keys() ?? [];
  }

  /** Takes a block for a Subnet that is about to be created. */
  hold(poolKey: string, subnetKey: string, prefix: Prefix): void {
    this.#holds.set(subnetKey, { poolKey, prefix, revision: undefined, sinceMs: this.#clock.now() });
    this.#pools.get(poolKey)?.space?.occupy(nameIn(subnetKey), prefix);
    this.#checkHoldsLater();
  }

  /** Whether blocks of the pool are held for what is being created. How that ends may show on no watch. */
  isBeingWritten(poolKey: string): boolean {
    for (const hold of this.#holds.values()) if (hold.poolKey === poolKey) return true;
    return false;
  }

  /** The creation was acknowledged at this revision; the hold ends when the cache has come that far. */
  acknowledge(subnetKey: string, revision: string | undefined): void {
    const hold = this.#holds.get(subnetKey);
    if (hold === undefined) return;
    hold.revision = revision;
    if (this.#isSettled(hold)) this.releaseHold(subnetKey);
  }

  /** The creation did not happen. */
  releaseHold(subnetKey: string): void {
    const hold = this.#holds.get(subnetKey);
    if (hold === undefined) return;
    this.#holds.delete(subnetKey);
    this.#pools.get(hold.poolKey)?.space?.vacate(nameIn(subnetKey));
    this.#onFreed(hold.poolKey);
    this.#onCreationEnded(subnetKey);
  }

  /**
   * Compares what is kept with the result of a computation from scratch over the cache (RQ-03), and takes the latter
   * where they differ. Returns the differences; none, unless something is broken. O(n log n).
   */
  verify(poolKey: string): readonly string[] {
    const pool = this.#pools.get(poolKey);
    if (pool === undefined) return [];
    const fresh = this.#build(poolKey, pool.settings);
    const differences = differencesBetween(pool, fresh);
    if (differences.length > 0) {
      this.#pools.set(poolKey, fresh);
      this.#onFreed(poolKey);
    }
    return differences;
  }

  #build(poolKey: string, settings: Result<PoolSettings, readonly Fault[]>): TrackedPool {
    const pool = new TrackedPool(settings);
    for (const subnet of this.#subnets.byIndex(POOL_REF_INDEX, poolKey)) {
      pool.allocatedCount += countOf(subnet);
      this.#place(pool, subnet);
    }
    for (const [subnetKey, hold] of this.#holds) {
      if (hold.poolKey === poolKey) pool.space?.occupy(nameIn(subnetKey), hold.prefix);
    }
    for (const [owner, prefix] of this.#promises.get(poolKey) ?? []) pool.space?.occupy(owner, prefix);
    return pool;
  }

  #place(pool: TrackedPool, subnet: Subnet): void {
    const block = isLive(subnet) ? readSubnetBlock(subnet) : undefined;
    if (!block?.ok) {
      this.#vacate(pool, subnet);
      return;
    }
    const before = pool.space?.prefixOf(subnet.metadata.name);
    pool.space?.occupy(subnet.metadata.name, block.value);
    // It has another block than it had, or than was held for it.
    if (before !== undefined && !equals(before, block.value)) this.#onFreed(poolKeyOf(subnet));
  }

  #vacate(pool: TrackedPool, subnet: Subnet): void {
    pool.space?.vacate(subnet.metadata.name);
    this.#onFreed(poolKeyOf(subnet));
  }

  /** The Subnet has come; it may be another one of that name, in another pool. */
  #dropHold(subnet: Subnet): void {
    const key = objectKey(subnet);
    if (this.#holds.get(key)?.poolKey === poolKeyOf(subnet)) this.#holds.delete(key);
    else this.releaseHold(key);
  }

  #remove(subnet: Subnet): void {
    const pool = this.#poolOf(subnet);
    if (pool === undefined) return;
    pool.allocatedCount -= countOf(subnet);
    this.#vacate(pool, subnet);
  }

  #poolOf(subnet: Subnet): TrackedPool | undefined {
    return this.#pools.get(poolKeyOf(subnet));
  }

  #checkHoldsLater(): void {
    if (this.#holdCheck !== undefined) return;
    this.#holdCheck = this.#clock.setTimer(
      HOLD_CHECK_MS,
      () => {
        this.#holdCheck = undefined;
        this.#releaseSettledHolds();
        if (this.#holds.size > 0) this.#checkHoldsLater();
      },
      true,
    );
  }

  /**
   * A Subnet that was created and deleted within a gap of the watch never shows up; its hold ends once the cache is
   * past its creation, or when it has lasted too long.
   */
  #releaseSettledHolds(): void {
    for (const [subnetKey, hold] of this.#holds) if (this.#isSettled(hold)) this.releaseHold(subnetKey);
  }

  #isSettled({ revision, sinceMs }: Hold): boolean {
    const isSeen = revision !== undefined && this.#subnets.hasSeen(revision);
    return isSeen || this.#clock.now() - sinceMs > LONGEST_HOLD_MS;
  }
}

function differencesBetween(kept: TrackedPool, fresh: TrackedPool): string[] {
  const differences: string[] = [];
  if (kept.allocatedCount !== fresh.allocatedCount) {
    differences.push(`allocatedCount: ${kept.allocatedCount} is ${fresh.allocatedCount}`);
  }
  if (kept.space === undefined || fresh.space === undefined) return differences;
  for (const { field, left, right } of kept.space.selfCheck())
    differences.push(`${field}: ${left} is ${right}`);
  for (const { owner, prefix } of fresh.space.occupants()) {
    const known = kept.space.prefixOf(owner);
    if (known === undefined || !equals(known, prefix))
      differences.push(`Subnet ${owner} was not accounted for`);
  }
  if (kept.space.occupantCount > fresh.space.occupantCount) {
    differences.push(`occupants: ${kept.space.occupantCount} are ${fresh.space.occupantCount}`);
  }
  return differences;
}

function countOf(subnet: Subnet): number {
  return subnet.status?.phase === "Allocated" ? 1 : 0;
}

function poolKeyOf(subnet: Subnet): string {
  return keyOf({ namespace: subnet.metadata.namespace, name: subnet.spec.poolRef });
}

function nameIn(subnetKey: string): string {
  return subnetKey.slice(subnetKey.indexOf("/") + 1);
}
