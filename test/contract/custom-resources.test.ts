/**
 * Custom resources:
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

function widget(name: string, spec: object = { size: 1 }, more: object = {}): AnyObject {
  return { apiVersion: `${api.group}/v1`, kind: "Widget", metadata: named(name), spec, ...more };
}

describe("a custom resource", () => {
  test("of a kind that is not defined is NotFound", async () => {
    const gadgets = { ...widgets, kind: "Gadget", plural: "gadgets" };
    expect((await refusal(api.client.list(gadgets))).code).toBe(404);
  });

  test("is created, listed, watched and deleted like any other", async () => {
    const empty = await api.client.list(widgets, { namespace: api.namespace });
    const { resourceVersion } = empty.metadata;
    const watch = await api.client.watch(widgets, { namespace: api.namespace, resourceVersion });
    const created = await api.client.create(widgets, widget("one"));
    const list = await api.client.list(widgets, { namespace: api.namespace });
    expect(list.kind).toBe("WidgetList");
    expect(list.items).toEqual([created]);
    await api.client.delete(widgets, named("one"));
    const { lines, objects } = await take(watch, 2);
    expect(lines).toEqual(["ADDED one", "DELETED one"]);
    expect(objects[0]).toEqual(created);
  });

  // …/#specifying-a-structural-schema
  test("gets its defaults", async () => {
    expect((await api.client.create(widgets, widget("defaults"))).spec).toEqual({ size: 1, colour: "red" });
  });

  // …/#field-pruning
  test("loses fields that its schema does not know", async () => {
    const created = await api.client.create(widgets, widget("pruned", { size: 1, unknown: true }));
    expect(created.spec).toEqual({ size: 1, colour: "red" });
  });

  // …/#validation
  test.each([
    ["a missing field", {}, "spec.size"],
    ["a number that is too large", { size: 101 }, "spec.size"],
    ["a wrong type", { size: "1" }, "spec.size"],
    ["a value outside the enumeration", { size: 1, colour: "blue" }, "spec.colour"],
    ["a wrong type in a list", { size: 1, tags: [1] }, "spec.tags[0]"],
  ])("with %s is refused as Invalid, naming the field", async (_, spec, field) => {
    const error = await refusal(api.client.create(widgets, widget("invalid", spec)));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(error.details?.causes?.map((cause) => cause.field)).toContain(field);
  });

  // api-conventions.md#concurrency-control-and-consistency: custom resources take no unconditional update.
  test("is not updated without a revision", async () => {
    await api.client.create(widgets, widget("unconditional"));
    const error = await refusal(api.client.update(widgets, widget("unconditional", { size: 2 })));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });
});

// …/#status-subresource
describe("the status sub-resource", () => {
  const body = (phase: string) => ({ status: { phase } });

  test("is all that a write to it changes, and is left alone by all other writes", async () => {
    const created = await api.client.create(widgets, widget("status-1", { size: 1 }, body("ignored")));
    expect(created.status).toBeUndefined();
    const options = { subresource: "status" as const };
    const both = { ...body("Ready"), spec: { size: 50 } };
    const set = await api.client.patch(widgets, named("status-1"), "merge", both, options);
    expect([set.status, set.spec]).toEqual([{ phase: "Ready" }, { size: 1, colour: "red" }]);
    const other = await api.client.patch(widgets, named("status-1"), "merge", {
      ...body("no"),
      spec: { size: 7 },
    });
    expect([other.status, other.spec]).toEqual([{ phase: "Ready" }, { size: 7, colour: "red" }]);
  });

  test("does not raise the generation; the spec does; metadata does not", async () => {
    const created = await api.client.create(widgets, widget("status-2"));
    expect(created.metadata.generation).toBe(1);
    const set = await api.client.patch(widgets, named("status-2"), "merge", body("Ready"), {
      subresource: "status",
    });
    expect(set.metadata.generation).toBe(1);
    expect(set.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);
    const labels = { metadata: { labels: { a: "b" } } };
    expect((await api.client.patch(widgets, named("status-2"), "merge", labels)).metadata.generation).toBe(1);
    const spec = { spec: { size: 9 } };
    expect((await api.client.patch(widgets, named("status-2"), "merge", spec)).metadata.generation).toBe(2);
  });

  test("PS-06 is patched under the revision in the body, or refused as Conflict", async () => {
    const { metadata } = await api.client.create(widgets, widget("status-3"));
    const patch = (revision: string | undefined, phase: string) => {
      const conditional = { metadata: { uid: metadata.uid, resourceVersion: revision }, ...body(phase) };
      return api.client.patch(widgets, named("status-3"), "merge", conditional, { subresource: "status" });
    };
    const first = await patch(metadata.resourceVersion, "One");
    const error = await refusal(patch(metadata.resourceVersion, "Two"));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
    expect((await patch(first.metadata.resourceVersion, "Three")).status).toEqual({ phase: "Three" });
  });

  test("that changes nothing leaves the revision alone", async () => {
    await api.client.create(widgets, widget("status-4"));
    const patch = () =>
      api.client.patch(widgets, named("status-4"), "merge", body("Ready"), { subresource: "status" });
    const first = await patch();
    expect((await patch()).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("is validated", async () => {
    await api.client.create(widgets, widget("status-5"));
    const wrong = { status: { ready: "yes" } };
    const error = await refusal(
      api.client.patch(widgets, named("status-5"), "merge", wrong, { subresource: "status" }),
    );
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });
});
