/**
 * A run that was kept, and what a later run is worse in: `--save FILE` and `--baseline FILE`
 * (`docs/architecture.md#benchmarks`).
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { BenchReport, Target } from "./report.ts";

/** Share of the kept value by which a ratio may be worse before it counts. */
const TOLERANCE = 0.15;

export interface Worsened {
  readonly name: string;
  readonly was: number;
  readonly is: number;
  /** Percent by which it is worse; infinite where it was 0. */
  readonly percent: number;
}

export interface Comparison {
  readonly worse: readonly Worsened[];
  /** How many ratios both runs have. */
  readonly compared: number;
  /** Ratios that the kept run has and this one lacks. */
  readonly missing: readonly string[];
}

export function saveRun(file: string, report: BenchReport): void {
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** @throws Error when the file is not a kept run of the suite */
export function readKeptRun(file: string, suite: string): BenchReport {
  const kept = JSON.parse(readFileSync(file, "utf8")) as Partial<BenchReport>;
  if (!Array.isArray(kept.targets))
    throw new Error(`${file} is not a kept run: write one with --save ${file}`);
  if (kept.suite !== suite) throw new Error(`${file} is a run of ${kept.suite}, and this is one of ${suite}`);
  return kept as BenchReport;
}

export function compareRuns(kept: BenchReport, now: BenchReport): Comparison {
  const ratios = kept.targets.filter(({ isRatio }) => isRatio);
  const found = new Map(now.targets.map((target) => [target.name, target]));
  const pairs = ratios.flatMap((was) => {
    const is = found.get(was.name);
    return is === undefined ? [] : [{ was, is }];
  });
  const worse = pairs.flatMap(({ was, is }) => {
    const share = worsening(was, is);
    return share > TOLERANCE ? [{ name: was.name, was: was.value, is: is.value, percent: 100 * share }] : [];
  });
  const missing = ratios.filter(({ name }) => !found.has(name)).map(({ name }) => name);
  return { worse, compared: pairs.length, missing };
}

/**
 * As a share of the kept value; 0 or less: not worse. A value that cannot be compared is infinitely worse.
 */
function worsening(was: Target, is: Target): number {
  const by = was.relation === "<=" ? is.value - was.value : was.value - is.value;
  if (Number.isNaN(by)) return Number.POSITIVE_INFINITY;
  return by <= 0 ? 0 : by / Math.abs(was.value);
}
