import { describe, expect, test } from "vitest";
import { drainMicrotasks } from "../../kernel/index.ts";
import type { CacheDelta } from "../flow.ts";
import { stored, type Thing, thing, things } from "../testing/things.ts";
import { type IndexDefinition, NAME_INDEX } from "./field-index.ts";
import { ObjectCache } from "./object-cache.ts";

const byOwner: IndexDefinition<Thing> = {
  resource: things,
  name: "spec.owner",
  values: (object) => (object.spec?.owner === undefined ? [] : [object.spec.owner]),
};

/** A cache with its deltas as lines: `+a@5 list`, `~a@6 watch`, `-a@6 watch`. */
function setUp(indexes: readonly IndexDefinition<Thing>[] = [byOwner]) {
  const lines: string[] = [];
  const deltas: CacheDelta<Thing>[] = [];
  const errors: string[] = [];
  const cache = new ObjectCache<Thing>({
    resource: things,
    indexes,
    onDeltas: (found) => {
      deltas.push(...found);
      for (const { type, new: fresh, old, origin } of found) {
        const { name, resourceVersion } = (fresh ?? old).metadata;
        lines.push(`${{ added: "+", updated: "~", deleted: "-" }[type]}${name}@${resourceVersion} ${origin}`);
      }
    },
    onIndexError: (index) => errors.push(index),
  });
  return { cache, source: cache.source(), lines, deltas, errors };
}

const names = (objects: readonly Thing[]) => objects.map((object) => object.metadata.name).sort();

describe("what a list does", () => {
  test("the first one adds everything, once", () => {
    const { cache, source, lines } = setUp();
    expect(cache.synced).toBe(false);
    source.replace([stored(thing("a"), "3"), stored(thing("b"), "5")], "7");
    expect(cache.synced).toBe(true);
    expect(cache.size).toBe(2);
    expect(lines).toEqual(["+a@3 list", "+b@5 list"]);
  });

  test("the first one is held page by page, and is read when it is complete", () => {
    const { cache, source, lines } = setUp();
    const pages = [source.admit?.([stored(thing("a"), "3")]), source.admit?.([stored(thing("b"), "5")])];
    expect(lines).toEqual(["+a@3 list", "+b@5 list"]);
    expect(cache.synced).toBe(false);
    source.replace(
      pages.flatMap((page) => page ?? []),
      "7",
    );
    expect(cache.synced).toBe(true);
    expect(lines).toHaveLength(2);
  });

  test("RQ-09 of a first one that failed only what the next one has stays, though the server went back", () => {
    const { cache, source, lines } = setUp();
    source.admit?.([stored(thing("gone"), "3"), stored(thing("older", { owner: "x" }), "9")]);
    const page = source.admit?.([stored(thing("older", { owner: "y" }), "4"), stored(thing("new"), "5")]);
    source.replace(page ?? [], "5");
    expect(names([...cache.values()])).toEqual(["new", "older"]);
    expect(cache.byIndex("spec.owner", "x")).toEqual([]);
    expect(names(cache.byIndex("spec.owner", "y"))).toEqual(["older"]);
    expect(lines).toEqual(["+gone@3 list", "+older@9 list", "~older@4 list", "+new@5 list", "-gone@3 list"]);
  });

  test("RQ-09 a later one changes nothing before it is complete", () => {
    const { cache, source, lines } = setUp();
    source.replace([stored(thing("a"), "3")], "7");
    const page = source.admit?.([stored(thing("a"), "8"), stored(thing("b"), "9")]);
    expect(lines).toEqual(["+a@3 list"]);
    expect(cache.get("ns", "b")).toBeUndefined();
    source.replace(page ?? [], "9");
    expect(lines).toEqual(["+a@3 list", "~a@8 list", "+b@9 list"]);
  });

  test("RQ-09 what it no longer has becomes a tombstone with the last known state", () => {
    const { cache, source, lines, deltas } = setUp();
    source.replace([stored(thing("a", { owner: "x" }), "3"), stored(thing("b"), "5")], "7");
    source.replace([stored(thing("b"), "5")], "9");
    expect(lines.slice(2)).toEqual(["-a@3 list"]);
    expect(deltas.at(-1)?.old?.spec).toEqual({ owner: "x" });
    expect(cache.byIndex("spec.owner", "x")).toEqual([]);
  });

  test("RQ-07 another UID under the same name is a deletion and an addition", () => {
    const { cache, source, lines } = setUp();
    source.replace([stored(thing("a", { owner: "x" }), "3", "uid-1")], "7");
    source.replace([stored(thing("a", { owner: "y" }), "8", "uid-2")], "9");
    expect(lines.slice(1)).toEqual(["-a@3 list", "+a@8 list"]);
    expect(cache.size).toBe(1);
    expect(cache.countByIndex("spec.owner", "x")).toBe(0);
    expect(names(cache.byIndex("spec.owner", "y"))).toEqual(["a"]);
  });

  test("what has not changed makes no delta", () => {
    const { source, lines } = setUp();
    source.replace([stored(thing("a"), "3")], "7");
    source.replace([stored(thing("a"), "3")], "9");
    expect(lines).toEqual(["+a@3 list"]);
  });

  test("handlers see the whole list in the cache from the first delta on", () => {
    const sizes: number[] = [];
    const cache: ObjectCache<Thing> = new ObjectCache<Thing>({
      resource: things,
      onDeltas: (deltas) => sizes.push(...deltas.map(() => cache.size)),
    });
    cache.source().replace([stored(thing("a"), "3"), stored(thing("b"), "4")], "7");
    expect(sizes).toEqual([2, 2]);
  });

  test("a server that was restored from a backup takes the cache back with it", () => {
    const { cache, source, lines } = setUp();
    source.replace([stored(thing("a", { size: 2 }), "8")], "9");
    source.replace([stored(thing("a", { size: 1 }), "3")], "5");
    expect(lines.at(-1)).toBe("~a@3 list");
    expect(cache.get("n", "a")?.spec?.size).toBe(1);
    expect(cache.hasSeen("6")).toBe(false);
  });
});

describe("what an event does", () => {
  test("added, modified and deleted become deltas with the states between which they lie", () => {
    const { source, lines, deltas } = setUp();
    source.replace([], "1");
    source.apply({ type: "ADDED", object: stored(thing("a", { size: 1 }), "2") });
    source.apply({ type: "MODIFIED", object: stored(thing("a", { size: 2 }), "3") });
    source.apply({ type: "DELETED", object: stored(thing("a", { size: 2 }), "4") });
    expect(lines).toEqual(["+a@2 watch", "~a@3 watch", "-a@3 watch"]);
    expect(deltas[1]?.old).toBe(deltas[0]?.new);
    // A view takes away exactly what it was given.
    expect(deltas[2]?.old).toBe(deltas[1]?.new);
  });

  test("the cache never goes backwards", () => {
    const { cache, source, lines } = setUp();
    source.replace([stored(thing("a", { size: 2 }), "8")], "9");
    source.apply({ type: "MODIFIED", object: stored(thing("a", { size: 1 }), "3") });
    expect(lines).toEqual(["+a@8 list"]);
    expect(cache.get("n", "a")?.spec?.size).toBe(2);
    expect(cache.hasSeen("9")).toBe(true);
  });

  test("the deletion of a former object of that name leaves the present one alone", () => {
    const { cache, source, lines } = setUp();
    source.replace([stored(thing("a"), "8", "uid-2")], "9");
    source.apply({ type: "DELETED", object: stored(thing("a"), "10", "uid-1") });
    expect(lines).toEqual(["+a@8 list"]);
    expect(cache.size).toBe(1);
  });

  test("deletion and re-creation of which only the latter was seen is two deltas", () => {
    const { source, lines } = setUp();
    source.replace([stored(thing("a"), "3", "uid-1")], "7");
    source.apply({ type: "MODIFIED", object: stored(thing("a"), "9", "uid-2") });
    expect(lines.slice(1)).toEqual(["-a@3 watch", "+a@9 watch"]);
  });

  test("what a handler throws reaches the reflector, and the change stays", () => {
    const cache = new ObjectCache<Thing>({
      resource: things,
      onDeltas: () => {
        throw new Error("a handler broke");
      },
    });
    const source = cache.source();
    expect(() => source.replace([stored(thing("a"), "3")], "7")).toThrow("a handler broke");
    expect(cache.size).toBe(1);
  });
});

describe("reading", () => {
  test("objects are frozen all the way down", () => {
    const { cache, source } = setUp();
    source.replace([stored({ ...thing("a", { owner: "x" }), status: { phase: "Up" } }, "3")], "7");
    const object = cache.get("n", "a");
    for (const part of [object, object?.metadata, object?.spec, object?.status]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  test("RQ-08 indexes follow their objects through changes of value", () => {
    const { cache, source } = setUp();
    source.replace([stored(thing("a", { owner: "x" }), "2"), stored(thing("b", { owner: "x" }), "3")], "3");
    expect(names(cache.byIndex("spec.owner", "x"))).toEqual(["a", "b"]);
    source.apply({ type: "MODIFIED", object: stored(thing("a", { owner: "y" }), "4") });
    expect(names(cache.byIndex("spec.owner", "x"))).toEqual(["b"]);
    expect(names(cache.byIndex("spec.owner", "y"))).toEqual(["a"]);
    source.apply({ type: "MODIFIED", object: stored(thing("a"), "5") });
    source.apply({ type: "DELETED", object: stored(thing("b"), "6") });
    expect(cache.countByIndex("spec.owner", "x") + cache.countByIndex("spec.owner", "y")).toBe(0);
  });

  test("every cache finds its objects by name", () => {
    const { cache, source } = setUp([]);
    source.replace([stored(thing("a"), "2")], "3");
    expect(names(cache.byIndex(NAME_INDEX, "n/a"))).toEqual(["a"]);
    expect(cache.countByIndex(NAME_INDEX, "n/b")).toBe(0);
  });

  test("an index that is not declared is a bug of the caller", () => {
    const { cache } = setUp([]);
    expect(() => cache.byIndex("spec.owner", "x")).toThrow("Thing has no index spec.owner");
  });

  test("PS-09 an index that is declared twice is a bug as well", () => {
    expect(() => setUp([byOwner, byOwner])).toThrow("index spec.owner of Thing is declared twice");
    expect(() => setUp([{ ...byOwner, name: NAME_INDEX }])).toThrow("declared twice");
  });

  test("an index function that throws costs its object the index, and nothing else", () => {
    const values = (object: Thing) => {
      if (object.metadata.name === "bad") throw new Error("no idea");
      return ["all"];
    };
    const { cache, source, errors } = setUp([{ resource: things, name: "all", values }]);
    source.replace([stored(thing("good"), "2"), stored(thing("bad"), "3")], "3");
    expect(names(cache.byIndex("all", "all"))).toEqual(["good"]);
    expect(cache.size).toBe(2);
    expect(errors).toEqual(["all"]);
  });
});

describe("how far it has come", () => {
  test("events and bookmarks move it on, and those who wait are notified", async () => {
    const { cache, source } = setUp();
    const seen: string[] = [];
    void cache.waitFor("8").then(() => seen.push("8"));
    void cache.waitFor("10").then(() => seen.push("10"));
    source.replace([stored(thing("a"), "3")], "7");
    await drainMicrotasks();
    expect(seen).toEqual([]);
    source.apply({ type: "MODIFIED", object: stored(thing("a"), "8") });
    await drainMicrotasks();
    expect(seen).toEqual(["8"]);
    source.apply({ type: "BOOKMARK", resourceVersion: "12" });
    await drainMicrotasks();
    expect(seen).toEqual(["8", "10"]);
    expect([cache.hasSeen("12"), cache.hasSeen("13")]).toEqual([true, false]);
  });

  test("revisions are numbers of any length", () => {
    const { cache, source } = setUp();
    source.replace([], "99999999999999999999");
    expect(cache.hasSeen("100000000000000000000")).toBe(false);
    expect(cache.hasSeen("99999999999999999998")).toBe(true);
  });

  test("a waiter that stops gets the reason, and nothing later", async () => {
    const { cache, source } = setUp();
    const abort = new AbortController();
    const waiting = cache.waitFor("5", undefined, abort.signal);
    abort.abort(new Error("too late"));
    await expect(waiting).rejects.toThrow("too late");
    source.replace([], "9");
  });

  test("each namespace that is watched on its own has come as far as it has", () => {
    const cache = new ObjectCache<Thing>({ resource: things });
    const [one, two] = [cache.source("one"), cache.source("two")];
    one.replace([stored(thing("a", {}, "one"), "3")], "7");
    expect(cache.synced).toBe(false);
    two.replace([stored(thing("a", {}, "two"), "4")], "9");
    expect(cache.synced).toBe(true);
    expect([cache.hasSeen("8"), cache.hasSeen("8", "two"), cache.hasSeen("8", "one")]).toEqual([
      false,
      true,
      false,
    ]);
    // A list of one namespace does not contain the other.
    one.replace([], "12");
    expect(cache.get("one", "a")).toBeUndefined();
    expect(cache.get("two", "a")).toBeDefined();
  });
});
