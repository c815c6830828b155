import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../kube/object.ts";
import type { ServerContext } from "../context.ts";
import { StatusError } from "../status-error.ts";
import { refusalOf, verbsFixture } from "../testing/verbs-fixture.ts";
import { create } from "../writes/create.ts";
import { update } from "../writes/update.ts";
import { admitPatched } from "./patched-object.ts";

const given = (): AnyObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "orig", namespace: "default", uid: "u1" },
  spec: { size: 1, colour: "red" },
});

describe("PX-07 what a mutating webhook made of an object", () => {
  test.each([
    ["another name", { ...given(), metadata: { ...given().metadata, name: "evil" } }, "metadata.name"],
    ["no name", { ...given(), metadata: { namespace: "default", uid: "u1" } }, "metadata.name"],
    [
      "another namespace",
      { ...given(), metadata: { ...given().metadata, namespace: "kube-system" } },
      "metadata.namespace",
    ],
    ["no namespace", { ...given(), metadata: { name: "orig", uid: "u1" } }, "metadata.namespace"],
    ["another UID", { ...given(), metadata: { ...given().metadata, uid: "u2" } }, "metadata.uid"],
    ["another kind", { ...given(), kind: "Secret" }, "kind"],
    ["no kind", { ...given(), kind: null }, "kind"],
    ["another version", { ...given(), apiVersion: "v1" }, "apiVersion"],
    ["no metadata", { ...given(), metadata: undefined }, "metadata"],
    ["metadata that is a list", { ...given(), metadata: [] }, "metadata"],
    ["a name that is a number", { ...given(), metadata: { ...given().metadata, name: 5 } }, "metadata.name"],
    ["null", null, "metadata"],
    ["a number", 5, "metadata"],
    ["a list", [given()], "metadata"],
    ["labels that are a number", { ...given(), metadata: { ...given().metadata, labels: 5 } }, "metadata"],
    [
      "an annotation that is a number",
      { ...given(), metadata: { ...given().metadata, annotations: { a: 5 } } },
      "metadata",
    ],
    [
      "an owner that is a text",
      { ...given(), metadata: { ...given().metadata, ownerReferences: ["x"] } },
      "metadata",
    ],
  ])("is refused with %s", async (_, patched, field) => {
    const { request } = await verbsFixture();
    const refused = await refusalOf(admitPatched("hook.example.com", request(), given(), patched));
    expect([refused.code, refused.body.reason]).toEqual([422, "Invalid"]);
    expect(refused.body.details?.causes?.map((cause) => cause.field)).toEqual([field]);
    expect(refused.message).toContain("hook.example.com");
  });

  test("is pruned and gets its defaults, as what a client sends", async () => {
    const { request } = await verbsFixture();
    const patched = { ...given(), spec: { size: 2, sise: 3 } };
    const admitted = await admitPatched("hook.example.com", request(), given(), patched);
    expect(admitted.spec).toEqual({ size: 2, colour: "red" });
  });
});

describe("PX-07 system metadata that a mutating webhook changes", () => {
  const meddling = (context: ServerContext, metadata: object): ServerContext => ({
    ...context,
    admission: {
      mutate: async ({ object }) =>
        object && ({ ...object, metadata: { ...object.metadata, ...metadata } } as AnyObject),
      validate: async () => undefined,
    },
  });
  const METADATA = {
    uid: "u",
    creationTimestamp: "2001-01-01T00:00:00Z",
    deletionTimestamp: "2001-01-01T00:00:00Z",
    deletionGracePeriodSeconds: 5,
    generation: 99,
    resourceVersion: "7",
  };

  test("stays as the system made it on create, and labels are changed", async () => {
    const { context, request, widget } = await verbsFixture();
    const labels = { by: "webhook" };
    const { object } = await create(meddling(context, { ...METADATA, labels }), request(), widget("a"));
    expect(object.metadata).toMatchObject({ generation: 1, labels });
    expect(object.metadata.uid).not.toBe("u");
    expect(object.metadata.creationTimestamp).not.toBe(METADATA.creationTimestamp);
    expect(object.metadata.deletionTimestamp).toBeUndefined();
    expect(object.metadata.deletionGracePeriodSeconds).toBeUndefined();
  });

  test("stays as it was on update", async () => {
    const { context, request, widget, created } = await verbsFixture();
    const made = await created("a");
    const body = { ...widget("a", { spec: { size: 2 } }), metadata: made.metadata };
    const { object } = await update(meddling(context, METADATA), request("a"), body);
    const { uid, creationTimestamp } = made.metadata;
    expect(object.metadata).toMatchObject({ uid, creationTimestamp, generation: 2 });
    expect(object.metadata.deletionTimestamp).toBeUndefined();
  });

  test("a webhook that throws something else is not taken for a refusal", async () => {
    const { context, request, widget } = await verbsFixture();
    const broken: ServerContext = {
      ...context,
      admission: { ...context.admission, mutate: () => Promise.reject(new TypeError("bug")) },
    };
    await expect(create(broken, request(), widget("a"))).rejects.toThrow(TypeError);
    await expect(create(broken, request(), widget("a"))).rejects.not.toBeInstanceOf(StatusError);
  });
});
