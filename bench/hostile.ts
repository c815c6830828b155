/**
 * The list of attacks as a program: each row of the table is sent to a server in a process of its own, while
 * another client reads. Fails when a row ends the process, loses what was acknowledged, or takes too much
 * memory.
 *
 * Flags: `--only ID…` (the beginnings of ids, or kinds), `--quick` (without the rows that take minutes),
 * `--huge` (with those that need many gigabytes), `--list` (what there is), `--cut-off SECONDS` (for an
 * answer, 20 by default).
 */
import { layPlain } from "./hostile/any-kind.ts";
import { chooseRows, type Flags, readFlags } from "./hostile/flags.ts";
import { GROUNDS } from "./hostile/ground.ts";
import { isGrave, isSlow, type Outcome, playRow } from "./hostile/play.ts";
import { printBaseline, printHead, printOutcome, printSummary } from "./hostile/print.ts";
import type { Window } from "./hostile/reader.ts";
import type { Ground, Row } from "./hostile/row.ts";
import { ROWS } from "./hostile/rows/index.ts";
import { Stand } from "./hostile/stand.ts";
import { type BenchReport, ratioTarget, target } from "./report.ts";

const GIB = 2 ** 30;

export async function run(args: readonly string[]): Promise<BenchReport> {
  const flags = flagsOf(args);
  const rows = chooseRows(ROWS, flags);
  if (flags.list) {
    for (const { id, kind, what } of rows) console.log(`${id.padEnd(36)} ${kind.padEnd(12)} ${what}`);
    return { suite: "hostile", figures: {}, targets: [] };
  }
  // An exit ends the server, too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const outcomes: Outcome[] = [];
  let baseline: Window | undefined;
  for (const ground of GROUNDS) {
    const chosen = rows.filter((row) => (row.ground ?? "plain") === ground);
    if (chosen.length === 0) continue;
    console.log(`Ground: ${ground}.`);
    const seen = await playGround(ground, chosen, outcomes, flags.cutOffMs);
    baseline ??= seen;
  }
  if (baseline === undefined) {
    console.error("No row is called so, and no kind: see --list.");
    process.exit(2);
  }
  printSummary(outcomes, baseline);
  return reportOf(outcomes, baseline);
}

function flagsOf(args: readonly string[]): Flags {
  try {
    return readFlags(args);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** Returns what the reader saw before the first attack. */
async function playGround(
  ground: Ground,
  rows: readonly Row[],
  outcomes: Outcome[],
  cutOffMs: number | undefined,
): Promise<Window> {
  const stand = await Stand.start({ ground, lay: layPlain });
  try {
    const { baseline } = stand;
    printBaseline(baseline);
    printHead();
    for (const row of rows) {
      const outcome = await playRow(stand, row, cutOffMs);
      printOutcome(outcome);
      outcomes.push(outcome);
    }
    return baseline;
  } finally {
    await stand.stop();
  }
}

function reportOf(outcomes: readonly Outcome[], baseline: Window): BenchReport {
  const grave = outcomes.filter(isGrave).length;
  const most = (of: (outcome: Outcome) => number) => Math.max(...outcomes.map(of));
  const peak = most(({ peakBytes }) => peakBytes);
  const longest = most(({ seen }) => seen.longestMs);
  const slow = outcomes.filter(isSlow).length;
  return {
    suite: "hostile",
    figures: {
      "rows played": { value: outcomes.filter(({ unplayed }) => unplayed === undefined).length, unit: "" },
      "longest wait without attack": { value: baseline.longestMs, unit: "ms" },
      "median wait without attack": { value: baseline.medianMs, unit: "ms" },
      "longest wait under attack": { value: longest, unit: "ms" },
      "memory at most": { value: peak / 2 ** 20, unit: "MiB" },
    },
    targets: [
      ratioTarget("rows that ended, stopped or robbed the server", grave, "<=", 0),
      target("rows beyond their limit of waiting", slow, "<=", 0),
      target("memory at most (MiB)", peak / 2 ** 20, "<=", 1024),
    ],
    exitCode: grave > 0 || peak > GIB ? 1 : 0,
  };
}
