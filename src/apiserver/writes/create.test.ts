import { describe, expect, test } from "vitest";
import { refusalOf, verbsFixture } from "../testing/verbs-fixture.ts";
import { create } from "./create.ts";

describe("create", () => {
  test("fills in what the server knows, and defaults", async () => {
    const { created } = await verbsFixture();
    expect(await created("a")).toMatchObject({
      metadata: {
        name: "a",
        namespace: "default",
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: "2",
        generation: 1,
        creationTimestamp: "2026-01-01T00:00:00Z",
        managedFields: [{ manager: "tester", operation: "Update" }],
      },
      spec: { size: 1, colour: "red" },
    });
  });

  test("drops status, and metadata that only the server sets", async () => {
    const { created } = await verbsFixture();
    const metadata = { name: "a", uid: "mine", generation: 7, deletionTimestamp: "2026-01-01T00:00:00Z" };
    const object = await created("a", { metadata, status: { size: 3 } });
    expect(object).not.toHaveProperty("status");
    expect(object.metadata).toMatchObject({ generation: 1 });
    expect(object.metadata.uid).not.toBe("mine");
    expect(object.metadata).not.toHaveProperty("deletionTimestamp");
  });

  test("makes a name from generateName", async () => {
    const { created } = await verbsFixture();
    const metadata = { generateName: "w-" };
    const names = [await created("", { metadata }), await created("", { metadata })].map(
      (w) => w.metadata.name,
    );
    expect(names[0]).toMatch(/^w-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(new Set(names).size).toBe(2);
  });

  test("of a name that is taken is AlreadyExists", async () => {
    const { created } = await verbsFixture();
    await created("a");
    const { body } = await refusalOf(created("a"));
    expect(body).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: 'widgets.example.com "a" already exists',
      details: { name: "a", group: "example.com", kind: "widgets" },
    });
  });

  test("with dryRun=All answers as if, and keeps nothing", async () => {
    const { context, request, widget, stored, store } = await verbsFixture();
    const before = store.revision;
    const view = await create(context, request("", "dryRun=All"), widget("a"));
    expect(view.object.metadata.uid).toBeDefined();
    expect([stored("a"), store.revision]).toEqual([undefined, before]);
    expect((await refusalOf(create(context, request("", "dryRun=Some"), widget("a")))).code).toBe(422);
  });

  test("asks admission, with what is about to be stored", async () => {
    const { created, admitted } = await verbsFixture();
    await created("a");
    expect(admitted).toMatchObject([
      { operation: "CREATE", object: { spec: { colour: "red" }, metadata: { name: "a" } } },
    ]);
  });

  test.each([
    ["a namespace that does not exist", "namespaces", 404, 'namespaces "nowhere" not found'],
  ])("in %s is refused", async (_, __, code, message) => {
    const { context, request, widget } = await verbsFixture();
    const refused = await refusalOf(create(context, { ...request(), namespace: "nowhere" }, widget("a")));
    expect([refused.code, refused.message]).toEqual([code, message]);
  });

  test("in a namespace that is going is Forbidden, and reports why", async () => {
    const { created, store } = await verbsFixture();
    const address = { kind: "namespaces", namespace: "", name: "default" };
    const current = store.get(address);
    const metadata = { name: "default", deletionTimestamp: "2026-01-01T00:00:00Z" };
    const object = { apiVersion: "v1", kind: "Namespace", metadata };
    await store.write({ do: "put", ...address, object, expectedRevision: current?.revision ?? 0 });
    const { code, body } = await refusalOf(created("late"));
    expect(code).toBe(403);
    expect(body.details?.causes).toMatchObject([{ reason: "NamespaceTerminating" }]);
  });
});

describe("a body", () => {
  test.each([
    ["without a kind", { kind: undefined }, /^Object 'Kind' is missing in/],
    ["of another kind", { kind: "Gadget" }, /kind in the data \(Gadget\) does not match/],
    ["of another version", { apiVersion: "example.com/v2" }, /API version in the data \(example.com\/v2\)/],
    [
      "for another namespace",
      { metadata: { name: "a", namespace: "other" } },
      /does not match the namespace/,
    ],
    [
      "with labels that are no strings",
      { metadata: { name: "a", labels: { a: 1 } } },
      /cannot unmarshal number/,
    ],
  ])("%s is a BadRequest", async (_, change, message) => {
    const { created } = await verbsFixture();
    const { body } = await refusalOf(created("a", change));
    expect([body.code, body.reason]).toEqual([400, "BadRequest"]);
    expect(body.message).toMatch(message);
  });

  // As kube-apiserver has it: the store finds the revision, and reports no more than that.
  test("with a resourceVersion is refused without a reason, unless it is none", async () => {
    const { created } = await verbsFixture();
    const { body } = await refusalOf(created("a", { metadata: { name: "a", resourceVersion: "5" } }));
    expect([body.code, body.reason]).toEqual([500, undefined]);
    await created("b", { metadata: { name: "b", resourceVersion: "abc" } });
  });

  test.each([
    ["no name", { metadata: {} }, "metadata.name"],
    ["a name that is not DNS", { metadata: { name: "Upper_Case" } }, "metadata.name"],
    ["a label key that is none", { metadata: { name: "a", labels: { "a b": "c" } } }, "metadata.labels"],
    ["a label value that is none", { metadata: { name: "a", labels: { a: "-" } } }, "metadata.labels"],
    [
      "an annotation key that is none",
      { metadata: { name: "a", annotations: { "/": "" } } },
      "metadata.annotations",
    ],
    [
      "half an owner",
      { metadata: { name: "a", ownerReferences: [{ kind: "X" }] } },
      "metadata.ownerReferences.name",
    ],
    [
      "a finalizer that is no name",
      { metadata: { name: "a", finalizers: ["no name"] } },
      "metadata.finalizers",
    ],
    ["a value beyond the schema", { spec: { size: 11 } }, "spec.size"],
  ])("with %s is Invalid, naming the field", async (_, change, field) => {
    const { created } = await verbsFixture();
    const { body } = await refusalOf(created("a", change));
    expect([body.code, body.reason, body.details?.kind]).toEqual([422, "Invalid", "Widget"]);
    expect(body.details?.causes?.map((cause) => cause.field)).toContain(field);
    expect(body.message).toContain(`Widget.example.com "`);
  });

  test("with unknown fields gets a warning, an error, or silence, as fieldValidation requests", async () => {
    const { context, request, widget, warnings } = await verbsFixture();
    const body = (name: string) => widget(name, { spec: { size: 1, sise: 2 } });
    const view = await create(context, request(), body("a"));
    expect(view.object.spec).toEqual({ size: 1, colour: "red" });
    expect(warnings).toEqual(['unknown field "spec.sise"']);
    await create(context, request("", "fieldValidation=Ignore"), body("b"));
    expect(warnings).toHaveLength(1);
    const refused = await refusalOf(create(context, request("", "fieldValidation=Strict"), body("c")));
    expect([refused.code, refused.message]).toEqual([
      400,
      expect.stringContaining('strict decoding error: unknown field "spec.sise"'),
    ]);
  });
});
