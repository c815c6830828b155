/**
 * `npm run bench -- SUITE [--json]`: runs one suite, prints a table, and with `--json` one JSON object as the last
 * line. A target that does not hold is printed as such; the exit code is 0 all the same, since machines differ; unless
 * a suite holds for any machine (`hostile`).
 */
import { readdirSync } from "node:fs";
import type { BenchReport } from "./report.ts";

const NOT_SUITES = new Set(["main.ts", "report.ts"]);

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

const [suite, ...flags] = process.argv.slice(2);
if (suite === undefined || !suites().includes(suite)) {
  console.error(`Name a suite: npm run bench -- ${suites().join("|")} [--json]`);
  process.exit(2);
}
const { run } = (await import(`./${suite}.ts`)) as {
  run: (flags: readonly string[]) => Promise<BenchReport>;
};
const report = await run(flags);
printTable(report);
if (flags.includes("--json")) console.log(JSON.stringify(report));
process.exit(report.exitCode ?? 0);
