import { describe, expect, test } from "vitest";
import { refusalOf, verbsFixture } from "../testing/verbs-fixture.ts";
import { readDeleteOptions, remove } from "./delete.ts";
import { removeCollection } from "./delete-collection.ts";

const now = { dryRun: false };

describe("delete", () => {
  test("removes what nothing holds, at once", async () => {
    const { context, request, created, stored } = await verbsFixture();
    const { metadata } = await created("a");
    expect(await remove(context, request("a"), now)).toMatchObject({ done: true, uid: metadata.uid });
    expect(stored("a")).toBeUndefined();
    expect((await refusalOf(remove(context, request("a"), now))).body).toMatchObject({
      code: 404,
      reason: "NotFound",
    });
  });

  test("marks what has finalizers, once", async () => {
    const { context, request, created, stored, store } = await verbsFixture();
    await created("a", { metadata: { name: "a", finalizers: ["example.com/hold"] } });
    expect((await remove(context, request("a"), now)).done).toBe(false);
    expect(stored("a")?.metadata).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 0,
      generation: 2,
    });
    const { revision } = store;
    await remove(context, request("a"), now);
    expect(store.revision).toBe(revision);
  });

  test.each([
    ["Foreground", ["foregroundDeletion"]],
    ["Orphan", ["orphan"]],
  ] as const)("with %s leaves the dependents to the garbage collector", async (propagationPolicy, finalizers) => {
    const { context, request, created, stored } = await verbsFixture();
    await created("a");
    await remove(context, request("a"), { ...now, propagationPolicy });
    expect(stored("a")?.metadata.finalizers).toEqual(finalizers);
  });

  test("keeps to its preconditions", async () => {
    const { context, request, created, stored } = await verbsFixture();
    await created("a");
    expect((await refusalOf(remove(context, request("a"), { ...now, uid: "other" }))).code).toBe(409);
    expect((await refusalOf(remove(context, request("a"), { ...now, resourceVersion: "1" }))).code).toBe(409);
    expect(stored("a")).toBeDefined();
  });

  test("with dryRun keeps everything", async () => {
    const { context, request, created, stored } = await verbsFixture();
    await created("a");
    await remove(context, request("a"), { dryRun: true });
    expect(stored("a")?.metadata).not.toHaveProperty("deletionTimestamp");
  });

  test("of a collection takes what the selector names", async () => {
    const { context, request, created, stored } = await verbsFixture();
    await created("a", { spec: { size: 1, colour: "blue" } });
    await created("b");
    const removed = await removeCollection(context, request("", "fieldSelector=spec.colour%3Dblue"), now);
    expect(removed.items.map((view) => view.object.metadata.name)).toEqual(["a"]);
    expect([stored("a"), stored("b")?.metadata.name]).toEqual([undefined, "b"]);
  });
});

describe("DeleteOptions", () => {
  test("come from the body and the query", () => {
    const query = new URLSearchParams("propagationPolicy=Orphan&dryRun=All");
    expect(readDeleteOptions(query, undefined)).toEqual({ dryRun: true, propagationPolicy: "Orphan" });
    const body = { preconditions: { uid: "u", resourceVersion: "3" }, propagationPolicy: "Foreground" };
    expect(readDeleteOptions(query, body)).toMatchObject({
      uid: "u",
      resourceVersion: "3",
      propagationPolicy: "Foreground",
    });
    expect(readDeleteOptions(new URLSearchParams(), { orphanDependents: true }).propagationPolicy).toBe(
      "Orphan",
    );
  });

  test.each([
    [{ propagationPolicy: "Sideways" }, 422],
    [{ propagationPolicy: "Orphan", orphanDependents: true }, 422],
    [{ dryRun: ["Some"] }, 422],
    ["text", 400],
  ])("%j are refused", (body, code) => {
    expect(() => readDeleteOptions(new URLSearchParams(), body)).toThrow(expect.objectContaining({ code }));
  });
});
