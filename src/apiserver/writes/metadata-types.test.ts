import { describe, expect, test } from "vitest";
import { refusalOf, verbsFixture } from "../testing/verbs-fixture.ts";
import { create } from "./create.ts";

const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u" };

describe("PX-07 metadata of any type", () => {
  test.each<[string, object, number, (readonly string[])?]>([
    ["ownerReferences: a text", { ownerReferences: "x" }, 400],
    ["ownerReferences: a number", { ownerReferences: 5 }, 400],
    ["ownerReferences: [text]", { ownerReferences: ["x"] }, 400],
    ["ownerReferences: [number]", { ownerReferences: [5] }, 400],
    ["ownerReferences: [list]", { ownerReferences: [[]] }, 400],
    ["an owner's apiVersion: an object", { ownerReferences: [{ ...owner, apiVersion: {} }] }, 400],
    ["an owner's name: a number", { ownerReferences: [{ ...owner, name: 5 }] }, 400],
    ["an owner's uid: a list", { ownerReferences: [{ ...owner, uid: ["u"] }] }, 400],
    ["an owner's controller: a text", { ownerReferences: [{ ...owner, controller: "true" }] }, 400],
    ["an owner's blockOwnerDeletion: 1", { ownerReferences: [{ ...owner, blockOwnerDeletion: 1 }] }, 400],
    ["finalizers: [number]", { finalizers: [5] }, 400],
    ["finalizers: [object]", { finalizers: [{}] }, 400],
    ["managedFields: [number]", { managedFields: [5] }, 400],
    ["generation: a text", { generation: "1" }, 400],
    ["generation: half", { generation: 0.5 }, 400],
    ["creationTimestamp: a number", { creationTimestamp: 5 }, 400],
    ["deletionTimestamp: an object", { deletionTimestamp: {} }, 400],
    [
      "ownerReferences: [null]",
      { ownerReferences: [null] },
      422,
      ["apiVersion", "kind", "name", "uid"].map((field) => `metadata.ownerReferences.${field}`),
    ],
    ["an owner without uid", { ownerReferences: [{ ...owner, uid: undefined }] }, 422],
    ["an owner with the uid null", { ownerReferences: [{ ...owner, uid: null }] }, 422],
    ["an owner's apiVersion: a/b/c", { ownerReferences: [{ ...owner, apiVersion: "a/b/c" }] }, 422],
    ["an owner's apiVersion: a/", { ownerReferences: [{ ...owner, apiVersion: "a/" }] }, 422],
    ["an Event as owner", { ownerReferences: [{ ...owner, kind: "Event" }] }, 422],
    [
      "two controllers",
      {
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, name: "p", controller: true },
        ],
      },
      422,
      ["metadata.ownerReferences"],
    ],
    ["finalizers: [null]", { finalizers: [null] }, 422],
  ])("%s", async (_, metadata, code, fields) => {
    const { context, request, widget, stored } = await verbsFixture();
    const refused = await refusalOf(
      create(context, request(), widget("a", { metadata: { name: "a", ...metadata } })),
    );
    expect([refused.code, refused.body.reason]).toEqual([code, code === 400 ? "BadRequest" : "Invalid"]);
    if (fields !== undefined) expect(refused.body.details?.causes?.map(({ field }) => field)).toEqual(fields);
    expect(refused.message).toMatch(/metadata\.|apiVersion/);
    expect(stored("a")).toBeUndefined();
  });

  test.each<[string, object]>([
    ["an owner", { ownerReferences: [owner] }],
    ["the same owner twice", { ownerReferences: [owner, owner] }],
    ["an owner whose controller is null", { ownerReferences: [{ ...owner, controller: null }] }],
    ["nulls", { ownerReferences: null, finalizers: null, labels: null, generation: null }],
    ["managed fields that are empty", { managedFields: [{}, null] }],
    ["managed fields of no sense", { managedFields: [{ manager: "m", fieldsV1: { "f:spec": 5 } }] }],
  ])("%s is taken", async (_, metadata) => {
    const { context, request, widget, stored } = await verbsFixture();
    await create(context, request(), widget("a", { metadata: { name: "a", ...metadata } }));
    expect(stored("a")).toBeDefined();
  });
});
