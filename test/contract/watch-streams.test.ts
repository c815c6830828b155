/**
 * Watches as they go over the wire:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes,
 * …/#watch-bookmarks, …/#streaming-lists
 */
import { beforeAll, describe, expect, test } from "vitest";
import { type AnyObject, compareRevisions, type Resource } from "../../src/client/index.ts";
import { useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";
import type { Line } from "./wire.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });
const collection = () => `/api/v1/namespaces/${api.namespace}/configmaps`;
const make = (name: string, set: string, data: object = {}) =>
  api.client.create(configMaps, api.configMap(name, { metadata: { ...named(name), labels: { set } }, data }));
const patch = (name: string, body: object) => api.client.patch(configMaps, named(name), "merge", body);
let widgets: Resource<AnyObject>;

beforeAll(async () => {
  widgets = await api.installWidgets();
});

function watch(query: Record<string, string>, path = collection(), accept?: string) {
  const all = new URLSearchParams({ watch: "true", timeoutSeconds: "20", ...query });
  return api.wire.watch(`${path}?${all}`, accept === undefined ? {} : { accept });
}

/** The next lines, and the end of the watch. */
async function lines(stream: AsyncIterable<Line>, count: number): Promise<Line[]> {
  const found: Line[] = [];
  for await (const line of stream) {
    found.push(line);
    if (found.length === count) break;
  }
  return found;
}

const said = (found: readonly Line[]) =>
  found.map(({ type, object }) => `${type} ${object.metadata?.name ?? ""}`);

async function revision(): Promise<string> {
  return (await api.client.list(configMaps, { namespace: api.namespace, limit: 1 })).metadata.resourceVersion;
}

describe("a watch begins", () => {
  // api-concepts/#semantics-for-watch: "Get State and Start at Any"
  test.each([
    ["unset", {}],
    ["0", { resourceVersion: "0" }],
  ])("with what is there when the revision is %s, and goes on with what comes", async (tag, query) => {
    const set = `begin-${tag}`;
    for (const name of ["a", "b"]) await make(`${set}-${name}`, set);
    const stream = watch({ labelSelector: `set=${set}`, ...query });
    const first = await stream.next();
    const second = await stream.next();
    const both = [first.value, second.value] as Line[];
    expect(said(both).sort()).toEqual([`ADDED ${set}-a`, `ADDED ${set}-b`]);
    await make(`${set}-c`, set);
    expect(said(await lines(stream, 1))).toEqual([`ADDED ${set}-c`]);
  });

  test("after its revision when it names one", async () => {
    const { metadata } = await make("after-1", "after");
    const stream = watch({ labelSelector: "set=after", resourceVersion: metadata.resourceVersion ?? "" });
    await make("after-2", "after");
    expect(said(await lines(stream, 1))).toEqual(["ADDED after-2"]);
  });

  test("for one object by its path", async () => {
    await make("one", "one");
    const stream = watch({}, `${collection()}/one`);
    const first = (await stream.next()).value as Line;
    await make("other", "one");
    await patch("one", { data: { a: "1" } });
    expect(said([first, ...(await lines(stream, 1))])).toEqual(["ADDED one", "MODIFIED one"]);
  });
});

describe("a watch ends", () => {
  test("when its time is up, in good order", async () => {
    const from = await revision();
    const stream = watch({ resourceVersion: from, timeoutSeconds: "1", labelSelector: "set=nobody" });
    expect((await lines(stream, 1)).filter((line) => line.type !== "BOOKMARK")).toEqual([]);
  });

  // api-concepts/#410-gone-responses
  test.skipIf(!api.embedded)("with 410 Expired when its revision was forgotten", async () => {
    const from = await revision();
    await make("forgotten-1", "forgotten");
    await make("forgotten-2", "forgotten");
    await api.forgetHistory();
    const answer = await api.wire.send("GET", `${collection()}?watch=1&resourceVersion=${from}`);
    const status = answer.code === 200 ? answer.json() : { type: "ERROR", object: answer.json() };
    expect(status).toMatchObject({
      type: "ERROR",
      object: { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410 },
    });
    expect(status.object.message).toContain("too old resource version");
  });

  test.each([
    ["resourceVersion", "x"],
    ["labelSelector", "a in ("],
    ["fieldSelector", "data.a=b"],
    ["timeoutSeconds", "soon"],
  ])("before it begins when its %s is %s", async (name, value) => {
    const query = new URLSearchParams({
      watch: "true",
      timeoutSeconds: "1",
      resourceVersion: "0",
      [name]: value,
    });
    const answer = await api.wire.send("GET", `${collection()}?${query}`);
    expect(answer.code).toBeGreaterThanOrEqual(400);
    expect(answer.json()).toMatchObject({ kind: "Status", status: "Failure" });
  });
});

describe("a selector", () => {
  test("turns what comes in into ADDED and what leaves into DELETED, as it last was inside", async () => {
    const from = await revision();
    await make("move", "outside", { v: "1" });
    const stream = watch({ labelSelector: "set=inside", resourceVersion: from });
    const move = (set: string, v: string) => patch("move", { metadata: { labels: { set } }, data: { v } });
    const entered = await move("inside", "2");
    const left = await move("outside", "3");
    await move("inside", "4");
    await api.client.delete(configMaps, named("move"));
    const found = await lines(stream, 4);
    expect(said(found)).toEqual(["ADDED move", "DELETED move", "ADDED move", "DELETED move"]);
    const [first, second] = found;
    expect(first?.object).toEqual(entered);
    expect(second?.object.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
    expect([second?.object.metadata.labels.set, second?.object.data.v]).toEqual(["inside", "2"]);
  });

  test("of labels that are absent is one too", async () => {
    const from = await revision();
    const stream = watch({ labelSelector: "!set,absent=yes", resourceVersion: from });
    const metadata = { ...named("absent"), labels: { absent: "yes" } };
    await api.client.create(configMaps, api.configMap("absent", { metadata }));
    await patch("absent", { metadata: { labels: { set: "now" } } });
    await patch("absent", { metadata: { labels: { set: null } } });
    expect(said(await lines(stream, 3))).toEqual(["ADDED absent", "DELETED absent", "ADDED absent"]);
  });

  test("of names shows that one alone", async () => {
    const from = await revision();
    const stream = watch({ fieldSelector: "metadata.name=name-2", resourceVersion: from });
    for (const name of ["name-1", "name-2", "name-3"]) await make(name, "names");
    await api.client.delete(configMaps, named("name-2"));
    expect(said(await lines(stream, 2))).toEqual(["ADDED name-2", "DELETED name-2"]);
  });
});

describe("what happens", () => {
  test("comes once each, in the order of the revisions, to everyone alike", async () => {
    const from = await revision();
    const streams = Array.from({ length: 5 }, () =>
      watch({ labelSelector: "set=order", resourceVersion: from }),
    );
    const names = Array.from({ length: 20 }, (_, i) => `order-${i}`);
    await Promise.all(names.map((name) => make(name, "order")));
    const seen = await Promise.all(streams.map((stream) => lines(stream, names.length)));
    expect(said(seen[0] ?? []).toSorted()).toEqual(names.map((name) => `ADDED ${name}`).sort());
    const revisions = (seen[0] ?? []).map(({ object }) => object.metadata.resourceVersion);
    for (let i = 1; i < revisions.length; i++)
      expect(compareRevisions(revisions[i], revisions[i - 1])).toBe(1);
    for (const other of seen) expect(other).toEqual(seen[0]);
  });

  test("is the object as the write answered it", async () => {
    const from = await revision();
    const stream = watch({ labelSelector: "set=equal", resourceVersion: from });
    const created = await make("equal", "equal");
    const patched = await patch("equal", { data: { a: "1" } });
    expect((await lines(stream, 2)).map(({ object }) => object)).toEqual([created, patched]);
  });

  test("does not include writes that change nothing", async () => {
    await make("same", "same", { a: "1" });
    const from = await revision();
    const stream = watch({ labelSelector: "set=same", resourceVersion: from });
    await patch("same", { data: { a: "1" } });
    await api.client.patch(configMaps, named("same"), "merge", { data: { a: "9" } }, { dryRun: true });
    await patch("same", { data: { a: "2" } });
    const [only] = await lines(stream, 1);
    expect(only?.object.data).toEqual({ a: "2" });
  });

  test("to the status is a change of a custom object like any other", async () => {
    const { metadata } = await api.client.list(widgets, { namespace: api.namespace });
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets`;
    const stream = watch({ resourceVersion: metadata.resourceVersion }, path);
    const object = {
      apiVersion: `${api.group}/v1`,
      kind: "Widget",
      metadata: named("status"),
      spec: { size: 1 },
    };
    await api.client.create(widgets, object);
    const status = { status: { phase: "Ready" } };
    await api.client.patch(widgets, named("status"), "merge", status, { subresource: "status" });
    const found = await lines(stream, 2);
    expect(said(found)).toEqual(["ADDED status", "MODIFIED status"]);
    expect(found[1]?.object.status).toEqual({ phase: "Ready" });
  });

  test("can be resumed anywhere: no loss, no repetition", async () => {
    let from = await revision();
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) {
      for (const name of [`resume-${i}-a`, `resume-${i}-b`]) await make(name, "resume");
      // Takes one of two: the rest is for the next watch.
      const [line] = await lines(watch({ labelSelector: "set=resume", resourceVersion: from }), 1);
      seen.push(line?.object.metadata.name);
      from = line?.object.metadata.resourceVersion;
    }
    const rest = await lines(watch({ labelSelector: "set=resume", resourceVersion: from }), 6);
    seen.push(...rest.map(({ object }) => object.metadata.name));
    expect(seen).toEqual(Array.from({ length: 6 }, (_, i) => [`resume-${i}-a`, `resume-${i}-b`]).flat());
  });
});

// api-concepts/#streaming-lists
describe("initial events", () => {
  const STREAM = {
    sendInitialEvents: "true",
    resourceVersionMatch: "NotOlderThan",
    allowWatchBookmarks: "true",
  };

  test("end with a bookmark that marks it", async () => {
    for (const name of ["initial-1", "initial-2"]) await make(name, "initial");
    const stream = watch({ labelSelector: "set=initial", ...STREAM });
    const found: Line[] = [];
    for await (const line of stream) {
      found.push(line);
      if (line.type === "BOOKMARK") break;
    }
    expect(said(found.slice(0, -1)).sort()).toEqual(["ADDED initial-1", "ADDED initial-2"]);
    const { object } = found.at(-1) as Line;
    expect(object.kind).toBe("ConfigMap");
    expect(object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
    expect(object.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
  });

  test("are at least as new as the revision that is asked for", async () => {
    const { metadata } = await make("fresh", "fresh");
    const query = { labelSelector: "set=fresh", ...STREAM, resourceVersion: metadata.resourceVersion ?? "" };
    const [first] = await lines(watch(query), 1);
    expect(said([first as Line])).toEqual(["ADDED fresh"]);
  });

  test.each<[string, Record<string, string>]>([
    ["without resourceVersionMatch", { sendInitialEvents: "true", allowWatchBookmarks: "true" }],
    ["with another match", { ...STREAM, resourceVersionMatch: "Exact" }],
  ])("are refused as Invalid %s", async (_, query) => {
    const all = new URLSearchParams({ watch: "true", timeoutSeconds: "1", ...query });
    const answer = await api.wire.send("GET", `${collection()}?${all}`);
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
  });

  test("are refused as Invalid for a match without them", async () => {
    const query = {
      watch: "true",
      resourceVersion: "1",
      resourceVersionMatch: "NotOlderThan",
      timeoutSeconds: "1",
    };
    const answer = await api.wire.send("GET", `${collection()}?${new URLSearchParams(query)}`);
    expect(answer.code).toBe(422);
  });
});

// api-concepts/#alternate-representations-of-resources
describe("other forms", () => {
  test("are metadata alone", async () => {
    const from = await revision();
    const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    const stream = watch({ labelSelector: "set=partial", resourceVersion: from }, collection(), accept);
    await make("partial", "partial", { a: "1" });
    const [line] = await lines(stream, 1);
    expect(line).toMatchObject({
      type: "ADDED",
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: { name: "partial" } },
    });
    expect(line?.object).not.toHaveProperty("data");
  });

  test("are tables, whose columns come with the first", async () => {
    const from = await revision();
    const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    const stream = watch({ labelSelector: "set=table", resourceVersion: from }, collection(), accept);
    await make("table-1", "table", { a: "1" });
    await make("table-2", "table");
    const [first, second] = await lines(stream, 2);
    expect(first).toMatchObject({ type: "ADDED", object: { kind: "Table", apiVersion: "meta.k8s.io/v1" } });
    const names = first?.object.columnDefinitions.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["Name", "Data", "Age"]);
    expect(first?.object.rows[0].cells.slice(0, 2)).toEqual(["table-1", 1]);
    expect(second?.object.columnDefinitions ?? []).toEqual([]);
    expect(second?.object.rows[0].object.metadata.name).toBe("table-2");
  });

  test("of a watch are a stream of JSON by default", async () => {
    const answer = await api.wire.send(
      "GET",
      `${collection()}?watch=true&timeoutSeconds=1&resourceVersion=0`,
    );
    expect(String(answer.headers["content-type"])).toMatch(/^application\/json/);
  });
});
