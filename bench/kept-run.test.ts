import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareRuns, readKeptRun, saveRun } from "./kept-run.ts";
import { type BenchReport, ratioTarget, type Target, target } from "./report.ts";

const run = (...targets: Target[]): BenchReport => ({ suite: "some", figures: {}, targets });

test.each([
  ["a ratio that may be at most so much", "<=", 2, 2.31, [15.5]],
  ["one that grows within the tolerance", "<=", 2, 2.29, []],
  ["one that falls is better", "<=", 2, 0.1, []],
  ["a ratio that must be at least so much", ">=", 1, 0.84, [16]],
  ["one that falls within the tolerance", ">=", 1, 0.86, []],
  ["a count that was 0", "<=", 0, 1, [Number.POSITIVE_INFINITY]],
  ["a count that stays 0", "<=", 0, 0, []],
  ["a figure that was not measured", "<=", 2, Number.NaN, [Number.POSITIVE_INFINITY]],
] as const)("%s", (_, relation, was, is, expected) => {
  const { worse, compared } = compareRuns(
    run(ratioTarget("a", was, relation, 5)),
    run(ratioTarget("a", is, relation, 5)),
  );
  expect(compared).toBe(1);
  expect(worse.map(({ percent }) => Math.round(percent * 10) / 10)).toEqual(expected);
});

test("what depends on the machine is not compared, and what is no longer measured is named", () => {
  const kept = run(target("ms", 1, "<=", 9), ratioTarget("gone", 1, "<=", 9));
  expect(compareRuns(kept, run(target("ms", 8, "<=", 9)))).toEqual({
    worse: [],
    compared: 0,
    missing: ["gone"],
  });
});

test("a run is read as it was kept; another file and another suite are refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "kept-run-"));
  const file = join(folder, "run.json");
  const kept = run(ratioTarget("a", 1, "<=", 9));
  saveRun(file, kept);
  expect(readKeptRun(file, "some")).toEqual(kept);
  expect(() => readKeptRun(file, "other")).toThrow(/is a run of some, and this is one of other/);
  writeFileSync(file, "{}");
  expect(() => readKeptRun(file, "some")).toThrow(/is not a kept run: write one with --save/);
  rmSync(folder, { recursive: true });
});
