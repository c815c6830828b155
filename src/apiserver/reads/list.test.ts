import { beforeEach, describe, expect, test } from "vitest";
import { refusalOf, type VerbsFixture, verbsFixture } from "../testing/verbs-fixture.ts";
import { patch } from "../writes/patch.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";

let f: VerbsFixture;
const names = ["a", "b", "c", "d", "e"];

beforeEach(async () => {
  f = await verbsFixture();
  for (const [i, name] of names.entries()) {
    const colour = i % 2 === 0 ? "blue" : "red";
    await f.created(name, {
      metadata: { name, labels: { even: String(i % 2 === 0) } },
      spec: { size: i, colour },
    });
  }
});

const ask = (query: string) => list(f.context, f.request("", query));
const found = async (query: string) => (await ask(query)).items.map((view) => view.object.metadata.name);

describe("list", () => {
  test("has everything in order, and the revision of which that is true", async () => {
    expect(await found("")).toEqual(names);
    expect((await ask("")).revision).toBe(f.store.revision);
  });

  test("goes page by page at one revision, whatever happens meanwhile", async () => {
    const first = await ask("limit=2");
    expect([first.items.length, first.remaining]).toEqual([2, 3]);
    await f.created("b2");
    const second = await ask(`limit=2&continue=${first.continue}`);
    expect(second.items.map((view) => view.object.metadata.name)).toEqual(["c", "d"]);
    const last = await ask(`limit=2&continue=${second.continue}`);
    expect(last.items.map((view) => view.object.metadata.name)).toEqual(["e"]);
    expect([last.continue, last.revision]).toEqual([undefined, first.revision]);
  });

  test("counts what matches towards the limit", async () => {
    const first = await ask("limit=2&labelSelector=even%3Dtrue");
    expect(first.items.map((view) => view.object.metadata.name)).toEqual(["a", "c"]);
    expect(first.remaining).toBeUndefined();
    expect(await found(`limit=2&labelSelector=even%3Dtrue&continue=${first.continue}`)).toEqual(["e"]);
  });

  test("selects by fields of the kind", async () => {
    expect(await found("fieldSelector=spec.colour%3Dred")).toEqual(["b", "d"]);
    expect(await found("fieldSelector=metadata.name%3Dc,spec.colour!%3Dred")).toEqual(["c"]);
    expect((await refusalOf(ask("fieldSelector=spec.size%3D1"))).message).toBe(
      "field label not supported: spec.size",
    );
  });

  test("shows a revision of before when asked for exactly that", async () => {
    const then = f.store.revision;
    await f.created("f");
    expect(await found(`resourceVersion=${then}&resourceVersionMatch=Exact`)).toEqual(names);
    expect(await found(`resourceVersion=${then}&resourceVersionMatch=NotOlderThan`)).toHaveLength(6);
    expect(await found("resourceVersion=0")).toHaveLength(6);
  });

  test("at a revision that is gone is Expired, with a token that goes on at the newest", async () => {
    const first = await ask("limit=2");
    await f.created("f");
    await f.store.compact(f.store.revision);
    const { body } = await refusalOf(ask(`limit=2&continue=${first.continue}`));
    expect([body.code, body.reason]).toEqual([410, "Expired"]);
    const { continue: token } = body.metadata as { continue: string };
    expect(await found(`continue=${token}`)).toEqual(["c", "d", "e", "f"]);
    expect((await refusalOf(ask(`resourceVersion=${first.revision}&resourceVersionMatch=Exact`))).code).toBe(
      410,
    );
  });

  test("at a revision that is not there yet waits for it, and not for ever", async () => {
    const next = f.store.revision + 1;
    const waiting = ask(`resourceVersion=${next}&resourceVersionMatch=NotOlderThan`);
    await f.created("f");
    expect((await waiting).items).toHaveLength(6);
    const hopeless = refusalOf(ask("resourceVersion=9999&resourceVersionMatch=NotOlderThan"));
    await f.clock.advanceAsync(3_000);
    expect((await hopeless).body.details?.causes).toMatchObject([{ reason: "ResourceVersionTooLarge" }]);
  });

  test.each([
    ["limit=many", 400],
    ["continue=rubbish", 400],
    ["resourceVersion=x", 400],
    ["resourceVersionMatch=Exact", 422],
    ["resourceVersion=0&resourceVersionMatch=Exact", 422],
    ["labelSelector=a%20b", 400],
  ])("%s is refused", async (query, code) => {
    expect((await refusalOf(ask(query))).code).toBe(code);
  });
});

describe("get", () => {
  test("is never older than asked for", async () => {
    const next = f.store.revision + 1;
    const waiting = get(f.context, f.request("a", `resourceVersion=${next}`));
    await patch(f.context, f.request("a"), "application/merge-patch+json", { spec: { size: 9 } });
    expect((await waiting).object.spec).toMatchObject({ size: 9 });
  });
});
