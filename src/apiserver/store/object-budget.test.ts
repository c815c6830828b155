import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createMemoryStore, openSqliteStore, type Store, StoreFullError } from "./index.ts";

const MAX = 100_000;

function put(store: Store, name: string, expectedRevision: number, text: string) {
  const object = { apiVersion: "v1", kind: "Thing", metadata: { name, namespace: "default" }, text };
  return store.write({ do: "put", kind: "things", namespace: "default", name, object, expectedRevision });
}

/** How many objects of 10,000 characters it takes. */
async function filled(store: Store, text: string): Promise<number> {
  for (let count = 0; ; count++) {
    try {
      await put(store, `t-${count}`, 0, text);
    } catch (error) {
      expect(error).toBeInstanceOf(StoreFullError);
      return count;
    }
  }
}

test("PX-10 a store whose objects take what they may refuses what makes them larger, and goes on with the rest", async () => {
  const store = createMemoryStore({ maxObjectBytes: MAX });
  expect(await filled(store, "x".repeat(10_000))).toBe(9);
  const { revision } = store;
  await expect(put(store, "t-0", 1, "x".repeat(20_000))).rejects.toThrow(/is full.*Delete objects/);
  expect(store.revision).toBe(revision);
  // No larger, smaller, and gone.
  await put(store, "t-0", 1, "y".repeat(10_000));
  await put(store, "t-1", 2, "");
  await store.write({ do: "delete", kind: "things", namespace: "default", name: "t-2", expectedRevision: 3 });
  await put(store, "other", 0, "x".repeat(10_000));
  expect(store.failure).toBeUndefined();
});

test("PX-10 many small objects count as what they take, and characters beyond Latin-1 twice", async () => {
  expect(await filled(createMemoryStore({ maxObjectBytes: MAX }), "")).toBeLessThan(MAX / 700);
  expect(await filled(createMemoryStore({ maxObjectBytes: MAX }), "字".repeat(10_000))).toBe(4);
});

test("PX-10 a file with more than fits is opened: it can be read, and emptied", async () => {
  const folder = mkdtempSync(join(tmpdir(), "object-budget-"));
  try {
    const file = join(folder, "store.db");
    const full = openSqliteStore(file, { maxObjectBytes: MAX });
    await filled(full, "x".repeat(10_000));
    await full.close();
    const store = openSqliteStore(file, { maxObjectBytes: MAX / 2 });
    expect(store.count("things")).toBe(9);
    await expect(put(store, "more", 0, "")).rejects.toBeInstanceOf(StoreFullError);
    for (let i = 0; i < 6; i++) {
      const name = `t-${i}`;
      await store.write({
        do: "delete",
        kind: "things",
        namespace: "default",
        name,
        expectedRevision: i + 1,
      });
    }
    await put(store, "more", 0, "");
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
