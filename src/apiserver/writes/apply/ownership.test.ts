import fc from "fast-check";
import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { allSteps } from "../../steps.ts";
import { applyPatch } from "./apply-patch.ts";
import { allFields, withoutUnowned } from "./compare-fields.ts";
import {
  difference,
  equalFields,
  type FieldsV1,
  intersection,
  NO_FIELDS,
  pathsOf,
  union,
} from "./fields-v1.ts";
import type { ManagedFieldsEntry } from "./managed-fields.ts";
import { defaultManager, ownershipSchema, trackUpdate } from "./track-update.ts";

const fieldsOf = (...args: Parameters<typeof allFields>) => allSteps(allFields(...args));
const shared = (...args: Parameters<typeof intersection>) => allSteps(intersection(...args));

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        a: { type: "integer" },
        b: { type: "object", properties: { c: { type: "integer" } } },
        map: { type: "object", additionalProperties: { type: "integer" } },
        set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
        list: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
          items: { type: "object", properties: { k: { type: "string" }, v: { type: "integer" } } },
        },
      },
    },
  },
};

const small = fc.integer({ min: 0, max: 2 });
const key = fc.constantFrom("x", "y", "z");
const spec = fc.record(
  {
    a: small,
    b: fc.record({ c: small }, { requiredKeys: [] }),
    map: fc.dictionary(key, small),
    set: fc.uniqueArray(key),
    list: fc.uniqueArray(fc.record({ k: key, v: small }, { requiredKeys: ["k"] }), {
      selector: (item) => item.k,
    }),
  },
  { requiredKeys: [] },
);

type Step = { readonly do: "apply" | "update"; readonly manager: string; readonly spec: object };
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("apply", "update"),
  manager: fc.constantFrom("one", "two", "three"),
  spec,
});

const object = (content: object, metadata: object = {}): AnyObject => ({
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: { name: "a", ...metadata },
  spec: content,
});

function carryOut(live: AnyObject | undefined, { do: verb, manager, spec: content }: Step): AnyObject {
  const nowText = "2026-01-01T00:00:00Z";
  if (verb === "update") {
    const managedFields = trackUpdate({ schema, live, next: object(content), manager, nowText });
    return object(content, { managedFields });
  }
  const applied = applyPatch({
    schema,
    live,
    config: object(content),
    manager,
    force: true,
    hasStatus: false,
    nowText,
  });
  if (!applied.ok) throw new Error("a forced apply met a conflict");
  return applied.value.object;
}

const entriesOf = (of: AnyObject) => (of.metadata.managedFields ?? []) as readonly ManagedFieldsEntry[];
const ownedOf = (of: AnyObject) =>
  entriesOf(of).reduce<FieldsV1>((set, entry) => union(set, entry.fieldsV1), NO_FIELDS);

/**
 * Scalars that are there. A container that others have emptied, and the key of an item, may have no owner.
 */
function leaves(of: AnyObject): readonly string[] {
  const paths = pathsOf(withoutUnowned(fieldsOf(withoutEmpty(of) as AnyObject, ownershipSchema(schema))));
  const isLeaf = (path: string) =>
    !paths.some((each) => each.startsWith(`${path}.`) || each.startsWith(`${path}[`));
  return paths.filter((path) => isLeaf(path) && !path.endsWith("].k"));
}

function withoutEmpty(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  const members = Object.entries(value)
    .map(([name, member]) => [name, withoutEmpty(member)] as const)
    .filter(([, member]) => member !== undefined);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

test("after any history of applies and updates every field has an owner, and no manager owns what is not there", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      let live: AnyObject | undefined;
      for (const each of steps) {
        live = carryOut(live, each);
        const owned = new Set(pathsOf(ownedOf(live)));
        const there = new Set(pathsOf(fieldsOf(live, ownershipSchema(schema))));
        for (const path of leaves(live)) expect([path, owned.has(path)]).toEqual([path, true]);
        for (const path of owned) expect([path, there.has(path)]).toEqual([path, true]);
      }
    }),
    { numRuns: 300 },
  );
});

test("a client that applies gets what it applied, and applying it again changes nothing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), spec, (steps, content) => {
      let live: AnyObject | undefined;
      for (const each of steps) live = carryOut(live, each);
      const once = carryOut(live, { do: "apply", manager: "one", spec: content });
      const again = applyPatch({
        schema,
        live: once,
        config: object(content),
        manager: "one",
        force: false,
        hasStatus: false,
        nowText: "2027-01-01T00:00:00Z",
      });
      expect(again.ok && again.value.object).toEqual(once);
      expect(again.ok && again.value.unchanged).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("sets of fields obey the laws of sets", () => {
  const fields: fc.Arbitrary<FieldsV1> = spec.map((content) =>
    withoutUnowned(fieldsOf(object(content), ownershipSchema(schema))),
  );
  fc.assert(
    fc.property(fields, fields, (a, b) => {
      expect(equalFields(union(a, b), union(b, a))).toBe(true);
      expect(equalFields(union(difference(a, b), shared(a, b)), a)).toBe(true);
      expect(shared(difference(a, b), b)).toEqual({});
      expect(difference(a, a)).toEqual({});
    }),
  );
});

test("an update takes over what it changes and leaves the rest to its owners", () => {
  const created = carryOut(undefined, {
    do: "update",
    manager: "kubectl-create",
    spec: { a: 1, map: { x: 1 } },
  });
  expect(entriesOf(created)).toEqual([
    {
      manager: "kubectl-create",
      operation: "Update",
      apiVersion: "example.com/v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": { ".": {}, "f:a": {}, "f:map": { ".": {}, "f:x": {} } } },
    },
  ]);
  const edited = carryOut(created, {
    do: "update",
    manager: "kubectl-edit",
    spec: { a: 2, map: { x: 1, y: 1 } },
  });
  expect(entriesOf(edited).map((entry) => [entry.manager, entry.fieldsV1])).toEqual([
    ["kubectl-create", { "f:spec": { ".": {}, "f:map": { ".": {}, "f:x": {} } } }],
    ["kubectl-edit", { "f:spec": { "f:a": {}, "f:map": { "f:y": {} } } }],
  ]);
  const removed = carryOut(edited, { do: "update", manager: "kubectl-edit", spec: { a: 2 } });
  expect(entriesOf(removed).map((entry) => entry.fieldsV1)).toEqual([
    { "f:spec": {} },
    { "f:spec": { "f:a": {} } },
  ]);
});

test("an update without a change leaves the entries as they are", () => {
  const created = carryOut(undefined, { do: "update", manager: "one", spec: { a: 1 } });
  const next = { ...created, metadata: { ...created.metadata, resourceVersion: "9" } };
  expect(trackUpdate({ schema, live: created, next, manager: "two", nowText: "x" })).toBe(
    created.metadata.managedFields,
  );
});

test("writes of a sub-resource have an entry of their own", () => {
  const created = carryOut(undefined, { do: "update", manager: "one", spec: { a: 1 } });
  const next = { ...created, status: { phase: "Up" } };
  const entries = trackUpdate({
    schema,
    live: created,
    next,
    manager: "one",
    subresource: "status",
    nowText: "2026-01-01T00:00:01Z",
  });
  expect(entries.map((entry) => [entry.subresource, entry.fieldsV1])).toEqual([
    [undefined, { "f:spec": { ".": {}, "f:a": {} } }],
    ["status", { "f:status": { ".": {}, "f:phase": {} } }],
  ]);
});

test("a client may set the owners, or have them forgotten", () => {
  const created = carryOut(undefined, { do: "update", manager: "one", spec: { a: 1 } });
  const [entry] = entriesOf(created);
  const migrated = {
    ...created,
    metadata: { ...created.metadata, managedFields: [{ ...entry, manager: "kubectl", operation: "Apply" }] },
  };
  expect(trackUpdate({ schema, live: created, next: migrated, manager: "x", nowText: "x" })).toEqual(
    migrated.metadata.managedFields,
  );
  const reset = { ...created, metadata: { ...created.metadata, managedFields: [{}] } };
  expect(trackUpdate({ schema, live: created, next: reset, manager: "x", nowText: "x" })).toEqual([]);
  const broken = { ...created, metadata: { ...created.metadata, managedFields: [{ manager: 1 }] } };
  expect(trackUpdate({ schema, live: created, next: broken, manager: "x", nowText: "x" })).toEqual([entry]);
});

test("of many who update an object the earliest become one", () => {
  let live: AnyObject | undefined;
  for (let i = 0; i < 15; i++) {
    const labels = Object.fromEntries(Array.from({ length: i + 1 }, (_, n) => [`l${n}`, "x"]));
    const next = object({}, { labels });
    const nowText = `2026-01-01T00:00:${String(i).padStart(2, "0")}Z`;
    const managedFields = trackUpdate({ schema, live, next, manager: `m${i}`, nowText });
    live = object({}, { labels, managedFields });
  }
  const entries = entriesOf(live as AnyObject);
  expect(entries.map((entry) => entry.manager)).toEqual([
    "ancient-changes",
    ...[5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((i) => `m${i}`),
  ]);
  expect(entries[0]?.time).toBe("2026-01-01T00:00:04Z");
  expect(
    pathsOf(ownedOf(live as AnyObject)).filter((path) => path.startsWith(".metadata.labels.")),
  ).toHaveLength(15);
});

test("a manager without a name is called after its user agent", () => {
  expect(defaultManager("kubectl/v1.30.0 (linux/amd64)")).toBe("kubectl");
  expect(defaultManager(undefined)).toBe("unknown");
});
