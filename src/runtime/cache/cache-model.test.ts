/** Any history, as events or by relists, leaves the cache and each index as the history ends. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CacheDelta } from "../flow.ts";
import { stored, type Thing, thing, things } from "../testing/things.ts";
import { ObjectCache } from "./object-cache.ts";

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put"), name: fc.nat(4), owner: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove"), name: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("disconnect") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("relist") }) },
);

test("cache, indexes and the sum of the deltas agree with the server after any history", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const server = new Map<string, Thing>();
      const replayed = new Map<string, Thing>();
      const follow = (delta: CacheDelta<Thing>) => {
        if (delta.type !== "added") {
          expect(replayed.get(delta.old.metadata.name)).toBe(delta.old);
          replayed.delete(delta.old.metadata.name);
        }
        if (delta.type === "updated") expect(delta.new.metadata.uid).toBe(delta.old.metadata.uid);
        if (delta.type !== "deleted") {
          expect(replayed.has(delta.new.metadata.name)).toBe(false);
          replayed.set(delta.new.metadata.name, delta.new);
        }
      };
      const owner = (object: Thing) => [object.spec?.owner ?? ""];
      const cache = new ObjectCache<Thing>({
        resource: things,
        indexes: [{ resource: things, name: "owner", values: owner }],
        onDeltas: (deltas) => deltas.forEach(follow),
      });
      const source = cache.source();
      let revision = 1;
      let connected = true;
      source.replace([], String(revision));
      const relist = () => {
        source.replace(structuredClone([...server.values()]), String(revision));
        connected = true;
      };
      for (const action of steps) {
        if (action.do === "disconnect") connected = false;
        else if (action.do === "relist") relist();
        else {
          const name = `t${action.name}`;
          const before = server.get(name);
          if (action.do === "remove" && before === undefined) continue;
          revision++;
          if (action.do === "remove") {
            server.delete(name);
            const object = stored(before!, String(revision), before!.metadata.uid);
            if (connected) source.apply({ type: "DELETED", object });
          } else {
            const uid = before?.metadata.uid ?? `uid-${revision}`;
            const object = stored(thing(name, { owner: `o${action.owner}` }), String(revision), uid);
            server.set(name, object);
            const type = before === undefined ? "ADDED" : "MODIFIED";
            if (connected) source.apply({ type, object: structuredClone(object) });
          }
        }
      }
      relist();
      const expected = [...server.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      const sorted = (objects: Iterable<Thing>) =>
        [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      expect(sorted(cache.values())).toEqual(expected);
      expect(sorted(replayed.values())).toEqual(expected);
      for (const value of ["o0", "o1", "o2"]) {
        const found = expected.filter((object) => object.spec?.owner === value);
        expect(sorted(cache.byIndex("owner", value))).toEqual(found);
        expect(cache.countByIndex("owner", value)).toBe(found.length);
      }
    }),
  );
});
