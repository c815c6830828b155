import { expect, test } from "vitest";
import { type DesiredCondition, mergeConditions, mergePatchBetween, patched } from "./status-patch.ts";

const THEN = "2025-01-01T00:00:00Z";
const NOW = "2026-01-01T00:00:00Z";
const ready: DesiredCondition = { type: "Ready", status: "True", reason: "Bound", message: "holds it" };
const exhausted: DesiredCondition = { type: "Exhausted", status: "False", reason: "FreeBlocks", message: "" };
const foreign = {
  type: "example.com/Audited",
  status: "True",
  reason: "Seen",
  message: "by somebody else",
  lastTransitionTime: THEN,
} as const;

test("PS-06 the time of a condition moves with its status alone", () => {
  const before = { ...ready, message: "other words", lastTransitionTime: THEN };
  expect(mergeConditions([before], [ready], NOW)).toEqual([{ ...ready, lastTransitionTime: THEN }]);
  const was = { ...before, status: "False" } as const;
  expect(mergeConditions([was], [ready], NOW)).toEqual([{ ...ready, lastTransitionTime: NOW }]);
});

test("conditions of types that another client wrote stay, and where they stand", () => {
  const before = { ...ready, lastTransitionTime: THEN };
  const merged = mergeConditions([foreign, before], [exhausted, ready], NOW);
  expect(merged).toEqual([foreign, before, { ...exhausted, lastTransitionTime: NOW }]);
  expect(mergeConditions(merged, [exhausted, ready], "later")).toEqual(merged);
});

test("a condition of the operator's own that holds no more goes", () => {
  const before = { ...exhausted, lastTransitionTime: THEN };
  expect(mergeConditions([before, foreign], [ready], NOW)).toEqual([
    foreign,
    { ...ready, lastTransitionTime: NOW },
  ]);
});

test.each([
  [{}, { a: 1 }],
  [undefined, { a: { b: [1, 2] } }],
  [{ a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1 } }],
  [
    { a: { b: 1 }, e: [1] },
    { a: { b: 2, c: {} }, e: [2] },
  ],
  [{ a: 1 }, { a: { b: 1 } }],
])("a patch makes of %j the %j that it was made for", (before, after) => {
  expect(patched(before, mergePatchBetween(before, after) ?? {})).toEqual(after);
});
