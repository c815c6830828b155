/**
 * `npm run bench -- SUITE [--json] [--save FILE] [--baseline FILE]`: runs one suite, prints a table, and with
 * `--json` one JSON object as the last line. A target that does not hold is printed as such; the exit code is
 * 0 all the same, since machines differ; unless a suite holds for any machine (`hostile`), or a ratio is
 * worse than in the baseline.
 */
import { readdirSync } from "node:fs";
import { compareRuns, readKeptRun, saveRun } from "./kept-run.ts";
import type { BenchReport } from "./report.ts";

const NOT_SUITES = new Set(["main.ts", "report.ts", "kept-run.ts"]);

function suites(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !NOT_SUITES.has(file))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
}

function printTable(report: BenchReport): void {
  const names = Object.keys(report.figures);
  const width = Math.max(
    ...names.map((name) => name.length),
    ...report.targets.map((t) => t.name.length),
    10,
  );
  for (const [name, { value, unit }] of Object.entries(report.figures)) {
    console.log(`${name.padEnd(width)}  ${formatNumber(value).padStart(14)} ${unit}`);
  }
  console.log("");
  for (const t of report.targets) {
    const mark = t.holds ? "holds" : "DOES NOT HOLD";
    const figures = `${formatNumber(t.value).padStart(14)} ${t.relation} ${formatNumber(t.target)}`;
    console.log(`${t.name.padEnd(width)}  ${figures}  ${mark}`);
  }
}

/** What this program reads itself; the rest is the suite's. */
function ownFlags(args: readonly string[]) {
  const values = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--json") values.set(arg, "");
    else if (arg === "--save" || arg === "--baseline") {
      const file = args[++at];
      if (file === undefined) end(`${arg} needs a file`);
      values.set(arg, file);
    } else rest.push(arg);
  }
  return { json: values.has("--json"), save: values.get("--save"), baseline: values.get("--baseline"), rest };
}

function end(message: string): never {
  console.error(message);
  process.exit(2);
}

/** Prints how this run differs from the kept one; whether nothing is worse. */
function isAsGoodAs(kept: BenchReport, report: BenchReport): boolean {
  const { worse, compared, missing } = compareRuns(kept, report);
  console.log(`\n${compared} ratios compared with the kept run, ${worse.length} worse by more than 15 %`);
  for (const { name, was, is, percent } of worse)
    console.log(
      `  ${name}: was ${formatNumber(was)}, is ${formatNumber(is)} (${formatNumber(percent)} % worse)`,
    );
  for (const name of missing) console.log(`  ${name}: not measured this time`);
  return worse.length === 0;
}

const [suite, ...args] = process.argv.slice(2);
if (suite === undefined || !suites().includes(suite))
  end(`Name a suite: npm run bench -- ${suites().join("|")} [--json] [--save FILE] [--baseline FILE]`);
const { json, save, baseline, rest } = ownFlags(args);
// Before minutes of measuring.
const kept = baseline === undefined ? undefined : readBaseline(baseline, suite);
const { run } = (await import(`./${suite}.ts`)) as {
  run: (flags: readonly string[]) => Promise<BenchReport>;
};
const report = await run(rest);
printTable(report);
const missed = report.targets.filter(({ holds }) => !holds).length;
if (report.targets.length > 0) console.log(`\n${missed} of ${report.targets.length} targets do not hold`);
if (save !== undefined) saveRun(save, report);
const isWorse = kept !== undefined && !isAsGoodAs(kept, report);
if (json) console.log(JSON.stringify(report));
process.exit(report.exitCode || (isWorse ? 1 : 0));

function readBaseline(file: string, of: string): BenchReport {
  try {
    return readKeptRun(file, of);
  } catch (error) {
    return end((error as Error).message);
  }
}
