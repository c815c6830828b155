/**
 * Lists, pages, revisions and selectors:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list,
 * …/#retrieving-large-results-sets-in-chunks,
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps, namespaces, secrets } from "./resources.ts";

const api = useCluster();
const collection = () => `/api/v1/namespaces/${api.namespace}/configmaps`;
const named = (name: string) => ({ namespace: api.namespace, name });
const get = (query: Record<string, string> = {}, path = collection()) =>
  api.wire.send("GET", `${path}?${new URLSearchParams(query)}`);
const namesIn = (list: { items: readonly AnyObject[] }) => list.items.map((item) => item.metadata.name);

beforeAll(async () => {
  const objects: [string, Record<string, string>][] = [
    ["s-1", { tier: "front", "n.io/v": "1", n: "1" }],
    ["s-2", { tier: "back", n: "5" }],
    ["s-3", { tier: "back", env: "", n: "10" }],
    ["s-4", { env: "prod", n: "x" }],
  ];
  for (const [name, labels] of objects) {
    await api.client.create(
      configMaps,
      api.configMap(name, { metadata: { ...named(name), labels: { ...labels, s: "y" } } }),
    );
  }
});

describe("a label selector", () => {
  test.each<[string, readonly string[]]>([
    ["tier=front", ["s-1"]],
    ["tier==back", ["s-2", "s-3"]],
    ["tier!=back", ["s-1", "s-4"]],
    ["tier in (front)", ["s-1"]],
    ["tier in (front,back)", ["s-1", "s-2", "s-3"]],
    ["tier in (front, back)", ["s-1", "s-2", "s-3"]],
    ["tier notin (front)", ["s-2", "s-3", "s-4"]],
    ["tier notin (front,back)", ["s-4"]],
    ["tier", ["s-1", "s-2", "s-3"]],
    ["!tier", ["s-4"]],
    ["! tier", ["s-4"]],
    ["env=", ["s-3"]],
    ["env in ()", ["s-3"]],
    ["env in (,prod)", ["s-3", "s-4"]],
    ["env!=", ["s-1", "s-2", "s-4"]],
    ["tier=back,env", ["s-3"]],
    ["tier,!env", ["s-1", "s-2"]],
    [" tier = back , n = 5 ", ["s-2"]],
    ["n.io/v", ["s-1"]],
    ["n.io/v=1", ["s-1"]],
    ["n>4", ["s-2", "s-3"]],
    ["n<6", ["s-1", "s-2"]],
    ["n>1,n<10", ["s-2"]],
    ["tier=front,tier=back", []],
    ["nothing=here", []],
  ])("%s", async (selector, wanted) => {
    const answer = await get({ labelSelector: `s=y,${selector}` });
    expect([answer.code, namesIn(answer.json())]).toEqual([200, wanted]);
  });

  test.each([
    "a in",
    "a in (",
    "a in (b",
    "a notin b",
    "=a",
    "!",
    "a=b=c",
    "a b",
    "(a)",
    ",a",
    "a,",
    "a,,b",
    "a in (b))",
  ])("%j is refused as BadRequest", async (labelSelector) => {
    const answer = await get({ labelSelector });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  test.each([
    "a/b/c=d",
    "-a=b",
    "a=b c",
    "a=-b",
    `${"x".repeat(64)}=a`,
    `a=${"x".repeat(64)}`,
    "a>b",
    "a=b/c",
  ])("%j, whose key or value can be no label, is refused as BadRequest", async (labelSelector) => {
    expect((await get({ labelSelector })).code).toBe(400);
  });

  test("that is empty takes all", async () => {
    const answer = await get({ labelSelector: "" });
    expect(namesIn(answer.json())).toEqual(expect.arrayContaining(["s-1", "s-4"]));
  });
});

// …/field-selectors/#supported-operators
describe("a field selector", () => {
  test.each<[string, readonly string[]]>([
    ["metadata.name=s-1", ["s-1"]],
    ["metadata.name==s-1", ["s-1"]],
    ["metadata.name!=s-1", ["s-2", "s-3", "s-4"]],
    ["metadata.name!=s-1,metadata.name!=s-2", ["s-3", "s-4"]],
    ["metadata.name=s-1,metadata.name=s-2", []],
    ["metadata.name=none", []],
    ["metadata.namespace=default", []],
  ])("%s", async (fieldSelector, wanted) => {
    const answer = await get({ labelSelector: "s=y", fieldSelector });
    expect([answer.code, namesIn(answer.json())]).toEqual([200, wanted]);
  });

  test.each([
    "metadata.name",
    "metadata.labels.a=b",
    "metadata.uid=x",
    "data.a=1",
    "kind=ConfigMap",
    "metadata.name>a",
  ])("%j is refused as BadRequest", async (fieldSelector) => {
    const answer = await get({ fieldSelector });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  // …/field-selectors/#list-of-supported-fields
  test("knows the type of a secret and the phase of a namespace", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: named("typed"), type: "example.com/x" };
    await api.client.create(secrets, secret);
    const path = `/api/v1/namespaces/${api.namespace}/secrets`;
    const found = await get({ fieldSelector: "type=example.com/x" }, path);
    expect(namesIn(found.json())).toEqual(["typed"]);
    const active = await api.client.list(namespaces, { fieldSelector: "status.phase=Active" });
    expect(namesIn(active)).toContain(api.namespace);
    expect(
      (await api.client.list(namespaces, { fieldSelector: "status.phase=Terminating,metadata.name=default" }))
        .items,
    ).toEqual([]);
  });
});

describe("pages", () => {
  const scope = { labelSelector: "s=y" };

  test("are in order, and the last one shows that it is the last", async () => {
    const seen: (string | undefined)[] = [];
    let token = "";
    for (let page = 0; page < 4; page++) {
      const answer = await get({ ...scope, limit: "1", ...(token === "" ? {} : { continue: token }) });
      seen.push(...namesIn(answer.json()));
      token = answer.json().metadata.continue ?? "";
      expect([page, token === ""]).toEqual([page, page === 3]);
    }
    expect(seen).toEqual(["s-1", "s-2", "s-3", "s-4"]);
  });

  test("may be of another size each", async () => {
    const first = (await get({ ...scope, limit: "1" })).json();
    const rest = (await get({ ...scope, limit: "3", continue: first.metadata.continue })).json();
    expect([namesIn(rest), rest.metadata.continue ?? ""]).toEqual([["s-2", "s-3", "s-4"], ""]);
  });

  test("of a size beyond what there is are one page", async () => {
    const { metadata, items } = (await get({ ...scope, limit: "4" })).json();
    expect([items.length, metadata.continue ?? ""]).toEqual([4, ""]);
  });

  test("report how many remain when nothing selects", async () => {
    const all = (await get()).json().items.length;
    const { metadata } = (await get({ limit: "1" })).json();
    expect(metadata.remainingItemCount).toBe(all - 1);
    expect((await get({ ...scope, limit: "1" })).json().metadata.remainingItemCount).toBeUndefined();
  });

  test("show the world as it was, whatever is written, changed and deleted meanwhile", async () => {
    const labels = { page: "frozen" };
    const make = (name: string, data = {}) =>
      api.client.create(configMaps, api.configMap(name, { metadata: { ...named(name), labels }, data }));
    for (const name of ["p-1", "p-2", "p-3", "p-4"]) await make(name, { v: "old" });
    const first = (await get({ labelSelector: "page=frozen", limit: "1" })).json();
    await api.client.delete(configMaps, named("p-2"));
    await api.client.patch(configMaps, named("p-3"), "merge", { data: { v: "new" } });
    await make("p-2-b");
    const query = { labelSelector: "page=frozen", continue: first.metadata.continue };
    const rest = (await get(query)).json();
    expect(rest.items.map((item: AnyObject) => [item.metadata.name, item.data])).toEqual([
      ["p-2", { v: "old" }],
      ["p-3", { v: "old" }],
      ["p-4", { v: "old" }],
    ]);
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("cross namespaces without losing or repeating", async () => {
    const seen: string[] = [];
    let token = "";
    do {
      const query = { limit: "2", ...(token === "" ? {} : { continue: token }) };
      const { metadata, items } = (await get(query, "/api/v1/configmaps")).json();
      seen.push(...items.map(({ metadata: m }: AnyObject) => `${m.namespace}/${m.name}`));
      token = metadata.continue ?? "";
    } while (token !== "");
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(["s-1", "s-4"].map((name) => `${api.namespace}/${name}`)));
  });

  test.each([
    "rubbish",
    "e30",
    "e30=",
    "AAAA",
    Buffer.from('{"v":"other","rv":1,"start":"a"}').toString("base64url"),
  ])("cannot go on from %s", async (token) => {
    const answer = await get({ limit: "1", continue: token });
    expect(answer.code).toBe(400);
  });

  test("cannot go on at a revision of their own", async () => {
    const { metadata } = (await get({ ...scope, limit: "1" })).json();
    const { resourceVersion } = metadata;
    const answer = await get({ ...scope, limit: "1", continue: metadata.continue, resourceVersion });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  test.each(["x", "1.5", "abc"])("cannot have the size %s", async (limit) => {
    expect((await get({ limit })).code).toBe(400);
  });

  // api-concepts: "410 Gone"
  test.skipIf(!api.embedded)(
    "that were forgotten may be finished inconsistently with the token of the 410",
    async () => {
      const first = (await get({ ...scope, limit: "2" })).json();
      await api.client.patch(configMaps, named("s-4"), "merge", { data: { later: "yes" } });
      await api.forgetHistory();
      const gone = await get({ ...scope, limit: "2", continue: first.metadata.continue });
      expect([gone.code, gone.json().reason]).toEqual([410, "Expired"]);
      const rest = (await get({ ...scope, continue: gone.json().metadata.continue })).json();
      expect(rest.items.map((item: AnyObject) => [item.metadata.name, item.data])).toEqual([
        ["s-3", undefined],
        ["s-4", { later: "yes" }],
      ]);
    },
  );
});

// api-concepts/#resourceversion-in-metadata
describe("a list at a revision", () => {
  const at = (resourceVersion: string, more: Record<string, string> = {}) =>
    get({ labelSelector: "s=y", resourceVersion, ...more });

  test("Exact shows that one", async () => {
    const before = (await get({ labelSelector: "s=y" })).json();
    await api.client.patch(configMaps, named("s-1"), "merge", { data: { changed: "yes" } });
    const revision = before.metadata.resourceVersion;
    const exact = (await at(revision, { resourceVersionMatch: "Exact" })).json();
    expect(exact.metadata.resourceVersion).toBe(revision);
    expect(exact.items[0].data).toEqual(before.items[0].data);
    const limited = (await at(revision, { resourceVersionMatch: "Exact", limit: "2" })).json();
    expect([limited.metadata.resourceVersion, limited.items.length]).toEqual([revision, 2]);
    const newer = (await at(revision, { resourceVersionMatch: "NotOlderThan" })).json();
    expect(newer.items).toHaveLength(4);
  });

  test.each<[string, Record<string, string>]>([
    ["a match without a revision", { resourceVersionMatch: "Exact" }],
    ["a match without a revision", { resourceVersionMatch: "NotOlderThan" }],
    ["exactly any", { resourceVersion: "0", resourceVersionMatch: "Exact" }],
    ["a match that does not exist", { resourceVersion: "1", resourceVersionMatch: "Nearly" }],
    ["initial events", { sendInitialEvents: "true" }],
  ])("is refused as Invalid for %s", async (_, query) => {
    const answer = await get(query);
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
  });

  test("is refused as Invalid for a match with a token", async () => {
    const { metadata } = (await get({ limit: "1" })).json();
    const query = { continue: metadata.continue, resourceVersion: "1", resourceVersionMatch: "Exact" };
    expect((await get(query)).code).toBe(422);
  });

  test("is refused for one that is not a number", async () => {
    for (const resourceVersion of ["x", "-1", "1.5"]) {
      const answer = await at(resourceVersion);
      expect([resourceVersion, answer.code >= 400 && answer.code <= 500]).toEqual([resourceVersion, true]);
    }
  });

  test("that is far ahead is a timeout that names how long to wait", async () => {
    const answer = await at(String(2 ** 50), { resourceVersionMatch: "NotOlderThan" });
    expect([answer.code, answer.json().reason]).toEqual([504, "Timeout"]);
    expect(answer.json().details).toMatchObject({
      retryAfterSeconds: 1,
      causes: [{ reason: "ResourceVersionTooLarge" }],
    });
  });

  test.skipIf(!api.embedded)("that was forgotten is refused as Expired", async () => {
    const { metadata } = (await get()).json();
    await api.client.patch(configMaps, named("s-2"), "merge", { data: { changed: "yes" } });
    await api.forgetHistory();
    const answer = await at(metadata.resourceVersion, { resourceVersionMatch: "Exact" });
    expect([answer.code, answer.json().reason]).toEqual([410, "Expired"]);
  });
});

describe("a get at a revision", () => {
  test("is not older than that", async () => {
    const { metadata } = await api.client.create(configMaps, api.configMap("get-1"));
    const path = `${collection()}/get-1`;
    for (const resourceVersion of ["", "0", metadata.resourceVersion ?? ""]) {
      const answer = await get({ resourceVersion }, path);
      expect([answer.code, answer.json().metadata.name]).toEqual([200, "get-1"]);
    }
  });
});

test("an empty list has items that are an empty list", async () => {
  const answer = await get({ labelSelector: "nobody=here" });
  expect(answer.json()).toMatchObject({ apiVersion: "v1", kind: "ConfigMapList", items: [] });
  expect((await refusal(api.client.get(configMaps, named("nobody")))).code).toBe(404);
});
