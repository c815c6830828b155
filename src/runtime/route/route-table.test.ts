import { expect, test } from "vitest";
import { type CacheDelta, keyOf, type Request, request, requestFor, route } from "../flow.ts";
import { stored, type Thing, thing, things } from "../testing/things.ts";
import { toOwner, toSelf } from "./mappers.ts";
import { allOf, always, annotationsChanged, anyOf, labelsChanged, specChanged } from "./predicates.ts";
import { runRoutes } from "./route-table.ts";

const object = (more: object = {}, resourceVersion = "2") => {
  const made = stored(thing("a", { owner: "x" }), resourceVersion);
  return { ...made, metadata: { ...made.metadata, ...more } };
};
const added: CacheDelta<Thing> = { type: "added", new: object(), origin: "watch" };
const deleted: CacheDelta<Thing> = { type: "deleted", old: object(), origin: "list" };
const updated = (from: object, to: object): CacheDelta<Thing> => ({
  type: "updated",
  old: object(from),
  new: object(to, "3"),
  origin: "watch",
});

function run(rows: Parameters<typeof runRoutes>[0], delta: CacheDelta) {
  const requests: string[] = [];
  const errors: unknown[] = [];
  runRoutes(rows, delta, {
    enqueue: (found: Request) => requests.push(keyOf(found)),
    onError: (_route, _delta, error) => errors.push(error),
  });
  return { requests, errors };
}

test("RQ-04 half a request cannot be made", () => {
  expect(request("", "a")).toBeUndefined();
  expect(request("n", "")).toBeUndefined();
  expect(request(undefined, "a")).toBeUndefined();
  expect(requestFor({ apiVersion: "v1", kind: "Node", metadata: { name: "clusterwide" } })).toBeUndefined();
  expect(request("n", "a")).toEqual({ namespace: "n", name: "a" });
});

test("RQ-09 a mapper that finds nothing returns no request", () => {
  expect(run([route(things, always, () => [undefined])], added).requests).toEqual([]);
});

test("RQ-09 a tombstone reaches its mapper with the last known state", () => {
  const toParent = route(things, always, ({ old }) => [request(old?.metadata.namespace, old?.spec?.owner)]);
  expect(run([toParent], deleted).requests).toEqual(["n/x"]);
});

test("RQ-09 a row that throws is reported, returns no request, and costs the other rows nothing", () => {
  const broken = new Error("no idea");
  const fails = () => {
    throw broken;
  };
  const rows = [route(things, fails, toSelf), route(things, always, fails), route(things, always, toSelf)];
  expect(run(rows, added)).toEqual({ requests: ["n/a"], errors: [broken, broken] });
});

test("RQ-16 requests to which several rows lead are made once, different ones each", () => {
  const both = route(things, always, (delta) => [
    request("n", delta.old?.spec?.owner),
    request("n", delta.new?.spec?.owner),
  ]);
  const moved: CacheDelta<Thing> = {
    type: "updated",
    old: object(),
    new: { ...object({}, "3"), spec: { owner: "y" } },
    origin: "watch",
  };
  expect(run([both, both], moved).requests).toEqual(["n/x", "n/y"]);
  expect(run([both], updated({}, {})).requests).toEqual(["n/x"]);
});

test("PS-07 an update of the status alone does not pass where only the spec counts", () => {
  expect(specChanged(updated({ generation: 1 }, { generation: 1 }))).toBe(false);
  expect(specChanged(updated({ generation: 1 }, { generation: 2 }))).toBe(true);
  expect(specChanged(updated({}, { deletionTimestamp: "2026-01-01T00:00:00Z" }))).toBe(true);
  expect([specChanged(added), specChanged(deleted)]).toEqual([true, true]);
});

test("labels and annotations are compared by what they say", () => {
  expect(labelsChanged(updated({ labels: { a: "1" } }, { labels: { a: "1" } }))).toBe(false);
  expect(labelsChanged(updated({ labels: { a: "1" } }, { labels: { a: "2" } }))).toBe(true);
  expect(labelsChanged(updated({}, { labels: {} }))).toBe(false);
  expect(annotationsChanged(updated({}, { annotations: { a: "1" } }))).toBe(true);
  expect(annotationsChanged(updated({ annotations: { a: "1" } }, { annotations: { b: "1" } }))).toBe(true);
});

test("predicates combine", () => {
  const never = () => false;
  expect([anyOf(never, always)(added), anyOf(never)(added)]).toEqual([true, false]);
  expect([allOf(never, always)(added), allOf(always)(added)]).toEqual([false, true]);
});

test("an owned object leads to its controlling owner of that kind, before and after", () => {
  const owner = (name: string, more: object = {}) => ({
    apiVersion: "example.org/v1",
    kind: "Thing",
    name,
    uid: name,
    controller: true,
    ...more,
  });
  const rows = [route(things, always, toOwner(things))];
  const moved = updated({ ownerReferences: [owner("x")] }, { ownerReferences: [owner("y")] });
  expect(run(rows, moved).requests).toEqual(["n/x", "n/y"]);
  const others = [
    owner("x", { controller: false }),
    owner("y", { kind: "Other" }),
    owner("z", { apiVersion: "other.org/v1" }),
  ];
  expect(run(rows, updated({}, { ownerReferences: others })).requests).toEqual([]);
  const newer = owner("x", { apiVersion: "example.org/v2" });
  expect(run(rows, updated({}, { ownerReferences: [newer] })).requests).toEqual(["n/x"]);
});
