import { expect, test } from "vitest";
import { compareRevisions, isComparableRevision } from "./revision.ts";

test.each([
  ["1", "2", -1],
  ["2", "1", 1],
  ["9", "10", -1],
  ["10", "10", 0],
  ["0", "1", -1],
  ["9007199254740993", "9007199254740992", 1],
  ["340282366920938463463374607431768211456", "340282366920938463463374607431768211455", 1],
  ["99999999999999999999", "100000000000000000000", -1],
] as const)("%s against %s is %i", (a, b, order) => {
  expect(compareRevisions(a, b)).toBe(order);
});

test.each(["", "x", "-1", "01", "1.0", "1e3", " 1", "١"])("%j is not a comparable revision", (revision) => {
  expect(isComparableRevision(revision)).toBe(false);
  expect(() => compareRevisions(revision, "1")).toThrow(TypeError);
  expect(() => compareRevisions(revision, revision)).toThrow(TypeError);
});
