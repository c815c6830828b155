import { expect, test } from "vitest";
import { eventsOf } from "./kube-events.ts";

const QUERY = {
  fromMs: Date.parse("2026-11-28T08:00:00Z"),
  toMs: Date.parse("2026-11-28T09:00:00Z"),
  subjects: new Set(["service/gpu/inference"]),
};
const AT = "2026-11-28T09:00:00.000Z";
const service = (name: string) => ({ kind: "Service", namespace: "gpu", name });
const core = {
  kind: "Event",
  involvedObject: service("inference"),
  reason: "IPAllocated",
  message: 'Assigned IP ["192.0.2.64"]',
  source: { component: "metallb-controller" },
  lastTimestamp: "2026-11-28T08:10:00Z",
  count: 3,
};
const listOf = (...items: unknown[]) => JSON.stringify({ kind: "List", items });

test("RC-07 Events of the incident's subjects and time are evidence, of both APIs", () => {
  const newer = {
    kind: "Event",
    regarding: service("inference"),
    reason: "nodeAssigned",
    note: "announcing",
    reportingController: "metallb-speaker",
    eventTime: "2026-11-28T15:05:00.000000+07:00",
    lastTimestamp: null,
  };
  const read = eventsOf(listOf(core, newer), QUERY, AT);
  expect(read.ok && read.value.drafts.map(({ at, kind, message }) => [at, kind, message])).toEqual([
    [
      "2026-11-28T08:05:00.000Z",
      "nodeAssigned",
      "Event nodeAssigned about service/gpu/inference by metallb-speaker: announcing.",
    ],
    [
      "2026-11-28T08:10:00.000Z",
      "IPAllocated",
      'Event IPAllocated about service/gpu/inference by metallb-controller, 3 times so far: Assigned IP ["192.0.2.64"].',
    ],
  ]);
});

test("RC-07 Events of other times and of other objects are left out, and counted", () => {
  const old = { ...core, lastTimestamp: "2019-01-01T00:00:00Z" };
  const other = { ...core, involvedObject: service("other") };
  const read = eventsOf(listOf(core, old, other), QUERY, AT);
  expect(read.ok && read.value.drafts.map(({ kind }) => kind)).toEqual(["IPAllocated", "left-out"]);
  expect(read.ok && read.value.drafts[1]?.message).toContain("2 are left out");
});

test.each(["no JSON", "[]", '{"items":7}', '"text"', "null"])("RC-07 %s is not a list of Events", (text) => {
  const read = eventsOf(text, QUERY, AT);
  expect(read.ok).toBe(false);
});

test("RC-07 Events without an object or a time, and items that are none, are left out", () => {
  const read = eventsOf(
    listOf({}, { kind: "Pod" }, { ...core, involvedObject: null }, { ...core, lastTimestamp: 7 }),
    QUERY,
    AT,
  );
  expect(read.ok && read.value.drafts.map(({ kind }) => kind)).toEqual(["left-out"]);
});
