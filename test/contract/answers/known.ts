/**
 * The differences that are known and not meant: `known-differences.txt`, a line for each scenario, which is
 * there to become empty. `npm run test:contract -- --answers --update` writes it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LEVELS, type Level } from "./compare.ts";
import { MEANT, type Meant } from "./meant.ts";
import type { Played } from "./replay.ts";

const FILE = join(import.meta.dirname, "known-differences.txt");

/** The line `NAME: 2 status, 5 rest`: the steps of a scenario that differ, each with its first level. */
export function linesOf(played: readonly Played[]): string[] {
  const byScenario = new Map<string, string[]>();
  for (const { scenario, number, difference } of played) {
    if (difference === undefined) continue;
    const steps = byScenario.get(scenario) ?? [];
    byScenario.set(scenario, steps);
    steps.push(`${number} ${difference}`);
  }
  return [...byScenario].map(([scenario, steps]) => `${scenario}: ${steps.join(", ")}`);
}

export function knownLines(): string[] {
  return readFileSync(FILE, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

export function writeKnownLines(lines: readonly string[]): void {
  writeFileSync(FILE, lines.map((line) => `${line}\n`).join(""));
}

function meantOf({ scenario, number, difference }: Played): Meant | undefined {
  return MEANT.find(
    (each) => each.scenario === scenario && each.step === number && each.level === difference,
  );
}

/** The steps with the differences that are meant taken away. */
export function withoutMeant(played: readonly Played[]): Played[] {
  return played.map((each) => (meantOf(each) === undefined ? each : { ...each, difference: undefined }));
}

/** What the table of intended differences lists and does not hold. */
export function staleMeant(played: readonly Played[]): Meant[] {
  const found = new Set(played.map(meantOf));
  return MEANT.filter((each) => !found.has(each));
}

/** How many of a hundred steps are equal, up to and with each level. */
export function scoreOf(played: readonly Played[]): string {
  const of = (level: Level) => {
    const upTo = LEVELS.indexOf(level);
    const differ = played.filter(({ difference: d }) => d !== undefined && LEVELS.indexOf(d) <= upTo).length;
    return ((100 * (played.length - differ)) / Math.max(played.length, 1)).toFixed(1);
  };
  return (
    `${played.length} steps: status equal in ${of("status")} %, and reason in ${of("reason")} %, ` +
    `and causes in ${of("causes")} %, and everything but sentences in ${of("rest")} %`
  );
}
