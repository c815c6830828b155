/**
 * What a schema can say:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, take, useCluster } from "./cluster.ts";

const api = useCluster();
let widgets: Resource<AnyObject>;
const named = (name: string) => ({ namespace: api.namespace, name });

beforeAll(async () => {
  widgets = await api.installWidgets();
});

function widget(name: string, spec: object): AnyObject {
  return { apiVersion: `${api.group}/v1`, kind: "Widget", metadata: named(name), spec: { size: 1, ...spec } };
}

const create = (name: string, spec: object = {}) => api.client.create(widgets, widget(name, spec));
const patch = (name: string, spec: object) => api.client.patch(widgets, named(name), "merge", { spec });

// …/#validation-rules
describe("rules", () => {
  test("across fields are kept, and their message is passed on", async () => {
    const error = await refusal(create("rule-1", { size: 60 }));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    const [cause] = error.details?.causes ?? [];
    expect(cause).toMatchObject({
      field: "spec",
      message: expect.stringContaining("large widgets are green"),
    });
    expect((await create("rule-1", { size: 60, colour: "green" })).spec).toMatchObject({ size: 60 });
  });

  test("see defaults", async () => {
    expect((await refusal(patch("rule-1", { colour: null }))).code).toBe(422);
  });

  // …/#transition-rules
  test("about changes hold for changes alone", async () => {
    await create("rule-2", { owner: "jane" });
    const error = await refusal(patch("rule-2", { owner: "joan" }));
    expect(error.details?.causes).toEqual([
      expect.objectContaining({ field: "spec.owner", message: expect.stringContaining("the owner stays") }),
    ]);
    await patch("rule-2", { size: 2 });
    await create("rule-3");
    expect((await patch("rule-3", { owner: "first" })).spec).toMatchObject({ owner: "first" });
  });
});

describe("types", () => {
  test.each([
    ["a pattern", { code: "abc" }, "spec.code"],
    ["a length", { code: "ABCD" }, "spec.code"],
    ["a fraction for an integer", { size: 1.5 }, "spec.size"],
    ["a boolean for an int-or-string", { amount: true }, "spec.amount"],
    ["a list for a mapping", { anything: [] }, "spec.anything"],
    ["a missing field in a list", { parts: [{ count: 1 }] }, "spec.parts[0].name"],
    ["one key twice", { parts: [{ name: "a" }, { name: "a" }] }, "spec.parts[1]"],
  ])("that do not fit are Invalid: %s", async (_, spec, field) => {
    const error = await refusal(create("types-bad", spec));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(error.details?.causes?.map((cause) => cause.field)).toContain(field);
  });

  test("all faults are reported at once", async () => {
    const error = await refusal(create("types-many", { colour: "blue", tags: [1], code: "x" }));
    // One more may say that rules were not evaluated because of these.
    const fields = error.details?.causes?.map((cause) => cause.field);
    expect(fields).toEqual(expect.arrayContaining(["spec.code", "spec.colour", "spec.tags[0]"]));
  });

  // …/#controlling-pruning, …/#intorstring
  test("that are open keep what they are given", async () => {
    const anything = { deep: { er: [1, "two", null] } };
    const created = await create("types-open", { anything, amount: "10%" });
    expect(created.spec).toMatchObject({ anything, amount: "10%" });
    expect((await patch("types-open", { amount: 7 })).spec).toMatchObject({ amount: 7 });
  });

  test("within lists get their defaults and lose what is unknown", async () => {
    const created = await create("types-list", {
      parts: [
        { name: "a", unknown: 1 },
        { name: "b", count: 3 },
      ],
    });
    expect(created.spec).toMatchObject({
      parts: [
        { name: "a", count: 1 },
        { name: "b", count: 3 },
      ],
    });
  });
});

// https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
describe("lists with keys", () => {
  const apply = (fieldManager: string, parts: readonly object[]) => {
    const object = { ...widget("merged", {}), spec: { size: 1, parts } };
    return api.client.patch(widgets, named("merged"), "apply", object, { fieldManager });
  };

  test("are merged by key when two apply to them, and each takes away its own", async () => {
    await apply("contract-a", [{ name: "a", count: 1 }]);
    const both = await apply("contract-b", [{ name: "b", count: 2 }]);
    expect(both.spec).toMatchObject({
      parts: [
        { name: "a", count: 1 },
        { name: "b", count: 2 },
      ],
    });
    const left = await apply("contract-a", []);
    expect((left.spec as { parts: unknown }).parts).toEqual([{ name: "b", count: 2 }]);
  });
});

// https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/#custom-resources-fields
describe("selectable fields", () => {
  test("select in lists and in watches", async () => {
    const { metadata } = await api.client.list(widgets, { namespace: api.namespace });
    const scope = { namespace: api.namespace, fieldSelector: "spec.colour=green,metadata.name!=rule-1" };
    const watch = await api.client.watch(widgets, { ...scope, resourceVersion: metadata.resourceVersion });
    await create("select-red");
    await create("select-green", { colour: "green" });
    await patch("select-red", { colour: "green" });
    await patch("select-red", { colour: "red" });
    const { items } = await api.client.list(widgets, scope);
    expect(items.map((item) => item.metadata.name)).toEqual(["select-green"]);
    const { lines } = await take(watch, 3);
    expect(lines).toEqual(["ADDED select-green", "ADDED select-red", "DELETED select-red"]);
  });

  test("that are not declared are refused as BadRequest", async () => {
    const scope = { namespace: api.namespace, fieldSelector: "spec.size=1" };
    expect((await refusal(api.client.list(widgets, scope))).code).toBe(400);
  });
});
