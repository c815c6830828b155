import fc from "fast-check";
import { expect, test } from "vitest";
import { stored, type Thing, thing } from "../testing/things.ts";
import { ObjectTable } from "./object-table.ts";

const step = fc.record({
  remove: fc.boolean(),
  namespace: fc.constantFrom("", "n", "m"),
  name: fc.nat(40).map((n) => `t-${n}`),
});

test("it holds what a map from namespace and name would hold, after any history", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new ObjectTable<Thing>();
      const model = new Map<string, Thing>();
      let revision = 0;
      for (const { remove, namespace, name } of steps) {
        const key = `${namespace}/${name}`;
        if (remove) expect(table.delete(namespace, name)).toBe(model.delete(key));
        else {
          const object = stored(thing(name, {}, namespace), String(++revision));
          model.set(key, object);
          table.set(object);
        }
        expect(table.size).toBe(model.size);
        expect(table.get(namespace, name)).toBe(model.get(key));
      }
      expect(new Set(table.values())).toEqual(new Set(model.values()));
      for (const [key, object] of model) {
        const [namespace = "", name = ""] = key.split("/");
        expect(table.get(namespace, name)).toBe(object);
      }
    }),
  );
});

test("objects whose names have one hash are distinguished, and stay found when one of them goes", () => {
  // 31 × "an" = 31 × "c0", so these eight collide in every table.
  const names = ["an", "c0"].flatMap((a) => ["an", "c0"].flatMap((b) => ["an", "c0"].map((c) => a + b + c)));
  for (const gone of names) {
    const table = new ObjectTable<Thing>();
    for (const name of names) table.set(thing(name));
    expect(table.delete("n", gone)).toBe(true);
    expect(names.filter((name) => table.get("n", name) === undefined)).toEqual([gone]);
  }
});
