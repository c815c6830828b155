import { expect, test } from "vitest";
import { ApiError, type KubeClient, type ListOptions, listAll } from "./index.ts";
import { failure, pod, pods } from "./testing/client-fixture.ts";

type Page = { readonly names: readonly string[]; readonly token?: string } | Error;

/** A client that answers with these pages in turn, and keeps what it was asked. */
function paged(pages: readonly Page[]) {
  const asked: ListOptions[] = [];
  const list = async (_: unknown, options: ListOptions) => {
    const page = pages[asked.length];
    asked.push(options);
    if (page === undefined || page instanceof Error) throw page ?? new Error("asked too often");
    const items = page.names.map((name) => ({ ...pod, metadata: { name } }));
    return {
      apiVersion: "v1",
      kind: "PodList",
      metadata: { resourceVersion: "7", continue: page.token ?? "" },
      items,
    };
  };
  return { client: { list } as unknown as Pick<KubeClient, "list">, asked };
}

const expired = new ApiError(410, { reason: "Expired" });

test("pages are joined; the revision is named with the first page only", async () => {
  const { client, asked } = paged([
    { names: ["a", "b"], token: "t1" },
    { names: ["c"], token: "t2" },
    { names: [] },
  ]);
  const list = await listAll(client, pods, { limit: 2, labelSelector: "x", resourceVersion: "5" });
  expect(list.items.map((item) => item.metadata.name)).toEqual(["a", "b", "c"]);
  expect(list.metadata).toEqual({ resourceVersion: "7" });
  expect(asked).toEqual([
    { limit: 2, labelSelector: "x", resourceVersion: "5" },
    { limit: 2, labelSelector: "x", continue: "t1" },
    { limit: 2, labelSelector: "x", continue: "t2" },
  ]);
});

test("a page is taken as it arrives, when the next one was requested", async () => {
  const { client, asked } = paged([{ names: ["a"], token: "t" }, { names: ["b"] }]);
  const requests: number[] = [];
  const list = await listAll(client, pods, {}, (page) => {
    requests.push(asked.length);
    return page.map((item) => ({ ...item, seen: true }));
  });
  expect(list.items.map((item) => item.seen)).toEqual([true, true]);
  expect(requests).toEqual([2, 2]);
});

test("a page that cannot be taken ends the list, and the page after it is not missed", async () => {
  const { client } = paged([{ names: ["a"], token: "t" }, new Error("never seen")]);
  const error = new Error("cannot be taken");
  const list = listAll(client, pods, {}, () => {
    throw error;
  });
  expect(await failure(list)).toBe(error);
});

test("a snapshot that expires is begun again once, then asked for whole", async () => {
  const first = { names: ["a"], token: "t" };
  const { client, asked } = paged([first, expired, first, expired, { names: ["a", "b"] }]);
  expect((await listAll(client, pods)).items).toHaveLength(2);
  expect(asked.map((each) => [each.limit, each.continue])).toEqual([
    [500, undefined],
    [500, "t"],
    [500, undefined],
    [500, "t"],
    [undefined, undefined],
  ]);
});

test("a list that cannot be had even whole, and any other failure, is the caller's", async () => {
  expect(await failure(listAll(paged([expired, expired, expired]).client, pods))).toBe(expired);
  const forbidden = new ApiError(403, { reason: "Forbidden" });
  const { client, asked } = paged([{ names: ["a"], token: "t" }, forbidden]);
  expect(await failure(listAll(client, pods))).toBe(forbidden);
  expect(asked).toHaveLength(2);
});
