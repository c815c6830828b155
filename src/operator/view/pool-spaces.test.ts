import { describe, expect, test } from "vitest";
import type { Subnet, SubnetPool } from "../../api/index.ts";
import { freeCount } from "../../ipam/index.ts";
import { ManualClock } from "../../kernel/index.ts";
import type { CacheDelta, CacheReader } from "../../runtime/index.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { prefix } from "../testing/usable-pool.ts";
import { PoolSpaces } from "./pool-spaces.ts";

const KEY = `${NAMESPACE}/prod`;

/** The views with just as much of a cache behind them as they read. */
class World {
  readonly clock = new ManualClock();
  readonly freed: string[] = [];
  readonly ended: string[] = [];
  readonly #subnets = new Map<string, Subnet>();
  seen = 0;
  readonly spaces: PoolSpaces;

  constructor() {
    const reader = {
      byIndex: (_index: string, value: string) =>
        [...this.#subnets.values()].filter((s) => `${NAMESPACE}/${s.spec.poolRef}` === value),
      hasSeen: (revision: string) => this.seen >= Number(revision),
    } as unknown as CacheReader<Subnet>;
    this.spaces = new PoolSpaces(
      reader,
      this.clock,
      (key) => this.freed.push(key),
      (key) => this.ended.push(key),
    );
  }

  putPool(next: SubnetPool, old?: SubnetPool): void {
    const delta: CacheDelta<SubnetPool> =
      old === undefined
        ? { type: "added", new: next, origin: "watch" }
        : { type: "updated", old, new: next, origin: "watch" };
    this.spaces.applyPool(delta);
  }

  put(next: Subnet): void {
    const old = this.#subnets.get(next.metadata.name);
    this.#subnets.set(next.metadata.name, next);
    this.spaces.applySubnet(
      old === undefined
        ? { type: "added", new: next, origin: "watch" }
        : { type: "updated", old, new: next, origin: "watch" },
    );
  }

  /** Into the cache, past the views. */
  slip(next: Subnet): void {
    this.#subnets.set(next.metadata.name, next);
  }

  remove(name: string): void {
    const old = this.#subnets.get(name) as Subnet;
    this.#subnets.delete(name);
    this.spaces.applySubnet({ type: "deleted", old, origin: "watch" });
  }

  free(length = 24): number {
    const accounting = this.spaces.view(KEY)?.space?.accounting();
    return accounting === undefined ? Number.NaN : freeCount(accounting, length);
  }

  get allocatedCount(): number | undefined {
    return this.spaces.view(KEY)?.allocatedCount;
  }
}

function worldWithPool(cidr = "10.0.0.0/22"): World {
  const world = new World();
  world.putPool(pool("prod", cidr));
  return world;
}

describe("what is free in a pool, kept step by step (RQ-03)", () => {
  test("RQ-03 a Subnet takes its block when it appears and frees it when it goes", () => {
    const world = worldWithPool();
    world.put(subnet("a", "prod", "10.0.0.0/24"));
    expect(world.free()).toBe(3);
    world.remove("a");
    expect(world.free()).toBe(4);
    expect(world.freed).toEqual([KEY]);
  });

  test("only Allocated Subnets are counted, all live ones take space", () => {
    const world = worldWithPool();
    world.put(subnet("a", "prod", "10.0.0.0/24"));
    expect([world.allocatedCount, world.free()]).toEqual([0, 3]);
    world.put(subnet("a", "prod", "10.0.0.0/24", { status: allocated() }));
    expect([world.allocatedCount, world.free()]).toEqual([1, 3]);
    world.put(subnet("a", "prod", "10.0.0.0/24", { status: { phase: "Failed" } }));
    expect([world.allocatedCount, world.free()]).toEqual([0, 4]);
  });

  test("RQ-16 a Subnet that changes its pool leaves the one and enters the other", () => {
    const world = worldWithPool();
    world.putPool(pool("staging", "10.0.0.0/22"));
    world.put(subnet("a", "staging", "10.0.0.0/24", { status: allocated() }));
    world.put(subnet("a", "prod", "10.0.0.0/24", { status: allocated() }));
    expect([world.allocatedCount, world.free()]).toEqual([1, 3]);
    expect(world.spaces.view(`${NAMESPACE}/staging`)?.allocatedCount).toBe(0);
  });

  test("PX-03 a pool that appears after its Subnets knows them", () => {
    const world = new World();
    world.put(subnet("a", "prod", "10.0.0.0/24", { status: allocated() }));
    world.putPool(pool("prod", "10.0.0.0/22"));
    expect([world.allocatedCount, world.free()]).toEqual([1, 3]);
  });

  test("PS-15 a pool that grows has the new space, and keeps what is taken", () => {
    const world = worldWithPool("10.0.0.0/23");
    world.put(subnet("a", "prod", "10.0.0.0/24"));
    world.putPool(pool("prod", "10.0.0.0/22"), pool("prod", "10.0.0.0/23"));
    expect(world.free()).toBe(3);
  });

  test("a spec with faults has no space until it is fixed", () => {
    const world = worldWithPool();
    world.put(subnet("a", "prod", "10.0.0.0/24"));
    world.putPool(pool("prod", "nonsense"), pool("prod", "10.0.0.0/22"));
    expect(world.spaces.view(KEY)?.space).toBeUndefined();
    world.putPool(pool("prod", "10.0.0.0/22"), pool("prod", "nonsense"));
    expect(world.free()).toBe(3);
  });
});

describe("blocks that are being written (rule 1)", () => {
  test("PX-02 a block is taken from the decision on", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    expect(world.free()).toBe(3);
  });

  test("a creation that was refused frees it, and signals it", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.spaces.releaseHold(`${NAMESPACE}/a`);
    expect(world.free()).toBe(4);
    expect(world.freed).toEqual([KEY]);
  });

  test("one that came back on the watch is the cache's from then on", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.put(subnet("a", "prod", "10.0.1.0/24"));
    world.spaces.releaseHold(`${NAMESPACE}/a`);
    expect(world.spaces.view(KEY)?.space?.prefixOf("a")).toEqual(prefix("10.0.1.0/24"));
  });

  test("one that was acknowledged and never shows up is freed once the cache is past it", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.spaces.acknowledge(`${NAMESPACE}/a`, "7");
    world.seen = 6;
    expect(world.free()).toBe(3);
    world.seen = 7;
    world.clock.advance(1_000);
    expect(world.free()).toBe(4);
  });

  test("one that is acknowledged when the cache is past it already, and is not there, is freed at once", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.seen = 7;
    world.spaces.acknowledge(`${NAMESPACE}/a`, "7");
    expect(world.free()).toBe(4);
    expect(world.ended).toEqual([`${NAMESPACE}/a`]);
  });

  test("PX-03 one that was acknowledged and never shows up is noticed although nothing reads it", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.spaces.acknowledge(`${NAMESPACE}/a`, "7");
    world.clock.advance(10_000);
    expect(world.freed).toEqual([]);
    world.seen = 7;
    world.clock.advance(10_000);
    expect(world.freed).toEqual([KEY]);
    expect(world.ended).toEqual([`${NAMESPACE}/a`]);
  });

  test("PX-03 one whose outcome is never known is given up in the end", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.clock.advance(5_000);
    expect(world.free()).toBe(3);
    expect(world.spaces.isBeingWritten(KEY)).toBe(true);
    world.clock.advance(10_000);
    expect(world.spaces.isBeingWritten(KEY)).toBe(false);
    expect(world.freed).toEqual([KEY]);
    expect(world.free()).toBe(4);
  });

  test("PX-03 the block that was held is reported free when another came in its place", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.put(subnet("a", "prod", "10.0.1.0/24"));
    expect(world.freed).toEqual([KEY]);
  });

  test("a hold ends when a Subnet of that name comes for another pool", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    world.put(subnet("a", "staging", "10.0.0.0/24"));
    expect(world.free()).toBe(4);
  });

  test("RQ-10.5 a recomputation from scratch agrees, with what is being written", () => {
    const world = worldWithPool();
    world.spaces.hold(KEY, `${NAMESPACE}/a`, prefix("10.0.0.0/24"));
    expect(world.spaces.verify(KEY)).toEqual([]);
    expect(world.free()).toBe(3);
  });
});

describe("self-check (RQ-03)", () => {
  test("RQ-03 what went by unseen is found and repaired", () => {
    const world = worldWithPool();
    world.put(subnet("a", "prod", "10.0.0.0/24", { status: allocated() }));
    world.slip(subnet("b", "prod", "10.0.1.0/24", { status: allocated() }));
    expect([world.allocatedCount, world.free()]).toEqual([1, 3]);
    expect(world.spaces.verify(KEY)).toEqual(["allocatedCount: 1 is 2", "Subnet b was not accounted for"]);
    expect([world.allocatedCount, world.free()]).toEqual([2, 2]);
    expect(world.spaces.verify(KEY)).toEqual([]);
  });
});
