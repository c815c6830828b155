/** Long work asks again and again whether others wait, and ends when no client waits for it. */
import { describe, expect, test } from "vitest";
import { list } from "../reads/list.ts";
import { verbsFixture } from "../testing/verbs-fixture.ts";
import { removeCollection } from "./delete-collection.ts";

const COUNT = 200;

async function fixture(giveWay: () => Promise<void> | undefined) {
  const f = await verbsFixture();
  for (let i = 0; i < COUNT; i++) await f.created(`w-${i}`);
  const request = (query: string) => ({ ...f.request("", query), giveWay });
  return { ...f, request };
}

describe("gives way to others", () => {
  test.each([
    ["", COUNT],
    ["labelSelector=a%3Db", 0],
    ["fieldSelector=spec.colour%21%3Dred&limit=500", 0],
  ])("a list with %j", async (query, found) => {
    let asked = 0;
    const f = await fixture(() => {
      asked++;
      return asked % 2 === 0 ? Promise.resolve() : undefined;
    });
    expect((await list(f.context, f.request(query))).items).toHaveLength(found);
    expect(asked).toBeGreaterThanOrEqual(Math.floor(COUNT / 16));
  });

  test("a deletion of a collection, for each object; and it stops when its client has gone", async () => {
    let left = 50;
    const f = await fixture(() => {
      if (left-- === 0) throw new Error("the client has gone");
      return undefined;
    });
    await expect(removeCollection(f.context, f.request(""), { dryRun: false })).rejects.toThrow("gone");
    expect(left).toBeLessThan(0);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = f.store.count(f.widgets.storage);
    expect(rest).toBeGreaterThan(COUNT - 50 - 1);
    expect(rest).toBeLessThan(COUNT);
  });
});
