import { describe, expect, test } from "vitest";
import { RECALCULATE_ANNOTATION, type SubnetPool } from "../../api/index.ts";
import { type CacheDelta, type CacheReader, keyOf } from "../../runtime/index.ts";
import { claim, pool, subnet } from "../testing/objects.ts";
import { childConcernsParent, promiseChanged, toParents, toPools } from "./pool-status.ts";
import { recalculationAsked } from "./triggers.ts";

const noPools = { get: () => undefined } as unknown as CacheReader<SubnetPool>;
const keys = (requests: readonly ({ namespace: string; name: string } | undefined)[]) =>
  requests.filter((target) => target !== undefined).map(keyOf);

const a = subnet("a", "prod", "10.0.0.0/24");
const child = pool("web", "10.1.0.0/16", { spec: { parentRef: { name: "corp" } } });
const labelled = pool("web", "10.1.0.0/16", { metadata: { labels: { "plexaubnet.io/parent": "corp" } } });
const orphan = pool("web", "10.1.0.0/16");
const update = (old: SubnetPool, next: SubnetPool): CacheDelta<SubnetPool> => ({
  type: "updated",
  old,
  new: next,
  origin: "watch",
});

describe("RQ-15 the mapper from a Subnet to its pool", () => {
  const map = toPools(noPools);

  test("RQ-15 RQ-10.1 a Subnet with a poolRef requeues that pool", () => {
    expect(keys(map({ type: "added", new: a, origin: "watch" }))).toEqual(["fleet/prod"]);
  });

  test("RQ-15 RQ-09 a Subnet without a poolRef requeues nothing", () => {
    const nowhere = subnet("a", "", "10.0.0.0/24");
    expect(keys(map({ type: "added", new: nowhere, origin: "watch" }))).toEqual([]);
  });

  test("RQ-15 RQ-09 a tombstone requeues the pool of the last known state", () => {
    expect(keys(map({ type: "deleted", old: a, origin: "list" }))).toEqual(["fleet/prod"]);
  });

  test("RQ-15 RQ-04 no request has an empty namespace", () => {
    const homeless = subnet("a", "prod", "10.0.0.0/24", { metadata: { namespace: "" } });
    expect(keys(map({ type: "added", new: homeless, origin: "watch" }))).toEqual([]);
  });

  test("RQ-15 the same event twice returns the same requests", () => {
    const delta = { type: "added", new: a, origin: "watch" } as const;
    expect(map(delta)).toEqual(map(delta));
  });

  test("RQ-16 a change of poolRef requeues the old and the new pool", () => {
    const moved = subnet("a", "staging", "10.0.0.0/24");
    expect(keys(map({ type: "updated", old: a, new: moved, origin: "watch" }))).toEqual([
      "fleet/prod",
      "fleet/staging",
    ]);
  });

  test("the parent, whose childPools sums over the pool, is requeued too", () => {
    const pools = { get: () => child } as unknown as CacheReader<SubnetPool>;
    expect(keys(toPools(pools)({ type: "added", new: a, origin: "watch" }))).toEqual([
      "fleet/prod",
      "fleet/corp",
    ]);
  });
});

describe("from a child pool to its parent", () => {
  test("PS-02 RQ-10.2 a deleted child requeues its parent", () => {
    const delta: CacheDelta<SubnetPool> = { type: "deleted", old: child, origin: "watch" };
    expect(childConcernsParent(delta)).toBe(true);
    expect(keys(toParents(delta))).toEqual(["fleet/corp"]);
  });

  test("PS-08 a created pool passes only when it names a parent", () => {
    expect(childConcernsParent({ type: "added", new: child, origin: "watch" })).toBe(true);
    expect(childConcernsParent({ type: "added", new: orphan, origin: "watch" })).toBe(false);
  });

  test("PS-05 the label names the parent as the reference does", () => {
    expect(keys(toParents({ type: "added", new: labelled, origin: "watch" }))).toEqual(["fleet/corp"]);
  });

  test("PS-02 RQ-10.3 a changed range or parent passes, a changed strategy does not", () => {
    const moved = pool("web", "10.1.0.0/16", { spec: { parentRef: { name: "other" } } });
    const resized = pool("web", "10.1.0.0/17", { spec: { parentRef: { name: "corp" } } });
    const tuned = pool("web", "10.1.0.0/16", { spec: { parentRef: { name: "corp" }, strategy: "Buddy" } });
    expect(childConcernsParent(update(child, moved))).toBe(true);
    expect(childConcernsParent(update(child, resized))).toBe(true);
    expect(childConcernsParent(update(child, tuned))).toBe(false);
  });

  test("PS-08 the beginning of a deletion passes", () => {
    const going = { ...child, metadata: { ...child.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    expect(childConcernsParent(update(child, going))).toBe(true);
  });

  test("PS-02 a change of parent requeues the old and the new one", () => {
    const moved = pool("web", "10.1.0.0/16", { spec: { parentRef: { name: "other" } } });
    expect(keys(toParents(update(child, moved)))).toEqual(["fleet/corp", "fleet/other"]);
  });
});

test("RQ-10.5 a new value of the recalculate annotation requeues the pool, the same one does not", () => {
  const asked = pool("web", "10.1.0.0/16", { metadata: { annotations: { [RECALCULATE_ANNOTATION]: "1" } } });
  const again = pool("web", "10.1.0.0/16", { metadata: { annotations: { [RECALCULATE_ANNOTATION]: "2" } } });
  expect(recalculationAsked(update(orphan, asked))).toBe(true);
  expect(recalculationAsked(update(asked, again))).toBe(true);
  expect(recalculationAsked(update(asked, asked))).toBe(false);
});

test("PX-11 a claim concerns its pool when what it was promised, or has on record, changes", () => {
  const plain = claim("a", "prod");
  const recorded = claim("a", "prod", { metadata: { labels: { "plexaubnet.io/block": "10.0.0.0_24" } } });
  const bound = claim("a", "prod", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } });
  const origin = "watch";
  expect(promiseChanged({ type: "added", new: plain, origin })).toBe(false);
  expect(promiseChanged({ type: "added", new: recorded, origin })).toBe(true);
  expect(promiseChanged({ type: "updated", old: plain, new: recorded, origin })).toBe(true);
  expect(promiseChanged({ type: "updated", old: recorded, new: bound, origin })).toBe(true);
  expect(promiseChanged({ type: "updated", old: bound, new: bound, origin })).toBe(false);
  expect(promiseChanged({ type: "deleted", old: plain, origin })).toBe(true);
});
