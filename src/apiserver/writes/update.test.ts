import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../kube/object.ts";
import { refusalOf, type VerbsFixture, verbsFixture } from "../testing/verbs-fixture.ts";
import { patch } from "./patch.ts";
import { getScale, updateScale } from "./scale.ts";
import { update } from "./update.ts";

const MERGE = "application/merge-patch+json";
const merge = async ({ context, request }: VerbsFixture, name: string, body: object, subresource = "") =>
  (await patch(context, request(name, "", subresource), MERGE, body)).view.object;
const put = async ({ context, request }: VerbsFixture, object: AnyObject, subresource = "") =>
  (await update(context, request(object.metadata.name, "", subresource), object)).object;

describe("update", () => {
  test("needs the newest revision", async () => {
    const f = await verbsFixture();
    const first = await f.created("a");
    await put(f, { ...first, spec: { size: 2 } });
    const { body } = await refusalOf(put(f, { ...first, spec: { size: 3 } }));
    expect(body).toMatchObject({ code: 409, reason: "Conflict" });
    expect(body.message).toBe(
      'Operation cannot be fulfilled on widgets.example.com "a": the object has been modified; please apply your ' +
        "changes to the latest version and try again",
    );
  });

  test("of a custom kind must name a revision", async () => {
    const f = await verbsFixture();
    await f.created("a");
    const { body } = await refusalOf(update(f.context, f.request("a"), f.widget("a")));
    expect(body.details?.causes).toMatchObject([{ field: "metadata.resourceVersion" }]);
  });

  test("of what is not there is NotFound, and of another uid a Conflict", async () => {
    const f = await verbsFixture();
    const object = await f.created("a");
    expect((await refusalOf(put(f, { ...object, metadata: { ...object.metadata, name: "b" } }))).code).toBe(
      404,
    );
    const other = { ...object, metadata: { ...object.metadata, uid: "another" } };
    expect((await refusalOf(put(f, other))).message).toContain("Precondition failed: UID");
  });

  test("that changes nothing writes nothing", async () => {
    const f = await verbsFixture();
    const object = await f.created("a");
    const revision = f.store.revision;
    f.clock.advance(60_000);
    expect((await put(f, object)).metadata.resourceVersion).toBe(object.metadata.resourceVersion);
    await merge(f, "a", { spec: { size: 1 } });
    await merge(f, "a", { metadata: { labels: null } });
    expect(f.store.revision).toBe(revision);
  });

  test("counts generation for the spec alone", async () => {
    const f = await verbsFixture();
    await f.created("a");
    expect((await merge(f, "a", { metadata: { labels: { a: "b" } } })).metadata.generation).toBe(1);
    expect((await merge(f, "a", { status: { size: 2 } }, "status")).metadata.generation).toBe(1);
    expect((await merge(f, "a", { spec: { size: 2 } })).metadata.generation).toBe(2);
  });

  test("keeps what belongs to the server", async () => {
    const f = await verbsFixture();
    const object = await f.created("a");
    const forged = { creationTimestamp: "2000-01-01T00:00:00Z", generation: 99, uid: object.metadata.uid };
    const changed = await merge(f, "a", { metadata: forged, spec: { size: 2 } });
    expect(changed.metadata).toMatchObject({ creationTimestamp: "2026-01-01T00:00:00Z", generation: 2 });
  });

  test("writes status through its own endpoint, and nothing else there", async () => {
    const f = await verbsFixture();
    await f.created("a");
    expect(await merge(f, "a", { status: { size: 2 } })).not.toHaveProperty("status");
    const changed = await merge(
      f,
      "a",
      { status: { size: 2 }, spec: { size: 9 }, metadata: { labels: { a: "b" } } },
      "status",
    );
    expect(changed).toMatchObject({ status: { size: 2 }, spec: { size: 1 } });
    expect(changed.metadata.labels).toBeUndefined();
  });

  test("cannot give an object that is being deleted new finalizers", async () => {
    const f = await verbsFixture();
    await f.created("a", { metadata: { name: "a", finalizers: ["example.com/one"] } });
    const { remove } = await import("./delete.ts");
    await remove(f.context, f.request("a"), { dryRun: false });
    const more = { metadata: { finalizers: ["example.com/one", "example.com/two"] } };
    expect((await refusalOf(merge(f, "a", more))).body.details?.causes).toMatchObject([
      { reason: "FieldValueForbidden", field: "metadata.finalizers" },
    ]);
    await merge(f, "a", { metadata: { finalizers: null } });
    expect(f.stored("a")).toBeUndefined();
  });
});

describe("patch", () => {
  test("without a revision is made again when another client was faster", async () => {
    const f = await verbsFixture();
    await f.created("a");
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8];
    await Promise.all(sizes.map((n) => merge(f, "a", { metadata: { labels: { [`l${n}`]: "x" } } })));
    expect(Object.keys(f.stored("a")?.metadata.labels ?? {})).toHaveLength(sizes.length);
  });

  test("with a revision is a condition", async () => {
    const f = await verbsFixture();
    const first = await f.created("a");
    await merge(f, "a", { spec: { size: 2 } });
    const { resourceVersion } = first.metadata;
    expect((await refusalOf(merge(f, "a", { metadata: { resourceVersion }, spec: { size: 3 } }))).code).toBe(
      409,
    );
  });

  test("of a type that the kind does not take is UnsupportedMediaType", async () => {
    const { context, request, created } = await verbsFixture();
    await created("a");
    const type = "application/strategic-merge-patch+json";
    const { body } = await refusalOf(patch(context, request("a"), type, {}));
    expect([body.code, body.reason]).toEqual([415, "UnsupportedMediaType"]);
  });

  test("cannot rename, and must leave a valid object", async () => {
    const f = await verbsFixture();
    await f.created("a");
    expect((await refusalOf(merge(f, "a", { metadata: { name: "b" } }))).code).toBe(400);
    expect((await refusalOf(merge(f, "a", { spec: { size: 11 } }))).code).toBe(422);
    expect((await refusalOf(merge(f, "a", { kind: "Gadget" }))).code).toBe(422);
    expect(f.stored("a")?.spec).toEqual({ size: 1, colour: "red" });
  });
});

describe("server-side apply", () => {
  const APPLY = "application/apply-patch+yaml";
  const apply = (f: VerbsFixture, manager: string, spec: object, force = false) =>
    patch(
      f.context,
      f.request("a", `fieldManager=${manager}&force=${force}`),
      APPLY,
      f.widget("a", { spec }),
    );

  test("creates, then changes, then takes back what it no longer has", async () => {
    const f = await verbsFixture();
    expect((await apply(f, "one", { size: 1, colour: "blue" })).created).toBe(true);
    const again = await apply(f, "one", { size: 2 });
    expect(again.created).toBe(false);
    expect(again.view.object.spec).toEqual({ size: 2, colour: "red" });
  });

  test("meets a conflict when another manager owns the field, unless forced", async () => {
    const f = await verbsFixture();
    await apply(f, "one", { size: 1 });
    const { body } = await refusalOf(apply(f, "two", { size: 2 }));
    expect(body).toMatchObject({ code: 409, reason: "Conflict" });
    expect(body.details?.causes).toMatchObject([{ reason: "FieldManagerConflict", field: ".spec.size" }]);
    expect((await apply(f, "two", { size: 2 }, true)).view.object.spec).toMatchObject({ size: 2 });
  });

  test("needs a manager, and applied again writes nothing", async () => {
    const f = await verbsFixture();
    expect((await refusalOf(apply(f, "", { size: 1 }))).code).toBe(422);
    await apply(f, "one", { size: 1 });
    const revision = f.store.revision;
    f.clock.advance(60_000);
    await apply(f, "one", { size: 1 });
    expect(f.store.revision).toBe(revision);
  });
});

describe("scale", () => {
  test("shows and sets the replicas of the kind", async () => {
    const f = await verbsFixture();
    await f.created("a");
    const request = f.request("a", "", "scale");
    const scale = (await getScale(f.context, request)).object;
    expect(scale).toMatchObject({ kind: "Scale", spec: { replicas: 1 }, status: { replicas: 0 } });
    await updateScale(f.context, request, { ...scale, spec: { replicas: 3 } });
    expect(f.stored("a")?.spec).toMatchObject({ size: 3 });
    expect((await refusalOf(updateScale(f.context, request, { ...scale, spec: { replicas: 4 } }))).code).toBe(
      409,
    );
  });
});
