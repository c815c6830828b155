import { expect, test } from "vitest";
import { freezeJson } from "../../kinds/schema/json-value.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

const container = {
  type: "object",
  properties: {
    name: { type: "string" },
    image: { type: "string" },
    args: { type: "array", items: { type: "string" } },
  },
};
const schema = {
  type: "object",
  properties: {
    containers: {
      type: "array",
      items: container,
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
    },
    finalizers: { type: "array", items: { type: "string" }, "x-kubernetes-patch-strategy": "merge" },
    tolerations: { type: "array", items: { type: "object" } },
    strategy: {
      type: "object",
      "x-kubernetes-patch-strategy": "retainKeys",
      properties: { type: { type: "string" }, rollingUpdate: { type: "object" } },
    },
    labels: { type: "object", additionalProperties: { type: "string" } },
  },
};

function patched(original: object, patch: object): unknown {
  const result = applyStrategicMergePatch(schema, freezeJson(original), freezeJson(patch));
  return result.ok ? result.value : `${result.error.kind}: ${result.error.message}`;
}

const nginx = { name: "nginx", image: "nginx:1" };
const redis = { name: "redis", image: "redis" };

test.each([
  // "Use a strategic merge patch to update a Deployment", Kubernetes documentation.
  [
    "merges a list by its key",
    { containers: [nginx] },
    { containers: [redis] },
    { containers: [nginx, redis] },
  ],
  [
    "merges into the item of the same key",
    { containers: [nginx, redis] },
    { containers: [{ name: "nginx", image: "nginx:2" }] },
    { containers: [{ name: "nginx", image: "nginx:2" }, redis] },
  ],
  [
    "replaces a list without a strategy",
    { tolerations: [{ key: "a" }] },
    { tolerations: [{ key: "b" }] },
    { tolerations: [{ key: "b" }] },
  ],
  [
    "deletes an item",
    { containers: [nginx, redis] },
    { containers: [{ $patch: "delete", name: "nginx" }] },
    { containers: [redis] },
  ],
  [
    "replaces a merged list",
    { containers: [nginx] },
    { containers: [redis, { $patch: "replace" }] },
    { containers: [redis] },
  ],
  [
    "replaces an object",
    { labels: { a: "1" } },
    { labels: { $patch: "replace", b: "2" } },
    { labels: { b: "2" } },
  ],
  ["deletes an object", { labels: { a: "1" } }, { labels: { $patch: "delete" } }, {}],
  [
    "deletes a member by null",
    { labels: { a: "1", b: "2" } },
    { labels: { a: null } },
    { labels: { b: "2" } },
  ],
  [
    "adds to a list of primitives once",
    { finalizers: ["a"] },
    { finalizers: ["a", "b"] },
    { finalizers: ["a", "b"] },
  ],
  [
    "deletes from a list of primitives",
    { finalizers: ["a", "b"] },
    { "$deleteFromPrimitiveList/finalizers": ["a"] },
    { finalizers: ["b"] },
  ],
  [
    "orders primitives",
    { finalizers: ["a", "b"] },
    { "$setElementOrder/finalizers": ["c", "b", "a"], finalizers: ["c"] },
    { finalizers: ["c", "b", "a"] },
  ],
  [
    "orders items, others keep their place",
    { containers: [nginx, { name: "sidecar" }, redis] },
    {
      "$setElementOrder/containers": [{ name: "nginx" }, { name: "new" }, { name: "redis" }],
      containers: [{ name: "new" }],
    },
    { containers: [nginx, { name: "new" }, { name: "sidecar" }, redis] },
  ],
  [
    "retains only named keys",
    { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } },
    { strategy: { $retainKeys: ["type"], type: "Recreate" } },
    { strategy: { type: "Recreate" } },
  ],
  [
    "leaves no directive behind in new values",
    {},
    { labels: { $patch: "merge", a: "1" } },
    { labels: { a: "1" } },
  ],
])("%s", (_name, original, patch, expected) => {
  expect(patched(original, patch)).toEqual(expected);
});

test("finalizers and owners are merged in every kind", () => {
  const metadata = { finalizers: ["a"], ownerReferences: [{ uid: "1", name: "x" }] };
  const patch = {
    metadata: { finalizers: ["b"], ownerReferences: [{ uid: "2" }, { uid: "1", controller: true }] },
  };
  expect(patched({ metadata }, patch)).toEqual({
    metadata: {
      finalizers: ["a", "b"],
      ownerReferences: [{ uid: "1", name: "x", controller: true }, { uid: "2" }],
    },
  });
});

test("a patch that is none is reported", () => {
  expect(patched({}, { labels: { $patch: "explode" } })).toBe('malformed: unknown patch type: "explode"');
  expect(patched({ containers: [nginx] }, { containers: [{ image: "x" }] })).toBe(
    'unprocessable: map: {"image":"x"} does not contain declared merge key: name',
  );
  expect(applyStrategicMergePatch(schema, {}, [])).toMatchObject({ ok: false, error: { kind: "malformed" } });
});

test("an item that is named again and again is not copied without end", () => {
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`f${i}`, i]));
  const again = Array.from({ length: 5_000 }, (_, i) => ({ name: "a", f0: i }));
  expect(patched({ containers: [{ name: "a", ...wide }] }, { containers: again })).toMatch(/^too-large: /);
});

test("items that are deleted, and made again, leave the order of the others", () => {
  const named = (name: string) => ({ name });
  expect(
    patched(
      { containers: ["a", "b", "a", "c"].map(named) },
      { containers: [{ name: "a", $patch: "delete" }, { name: "a", image: "x" }, named("c")] },
    ),
  ).toEqual({ containers: [named("b"), named("c"), { name: "a", image: "x" }] });
});
