/** Reads a fleet at one moment, checks it, and reports. What may be so for a moment must be gone after a while. */
import { counted, sleep } from "../../kernel/index.ts";
import { type FleetObjects, findViolations, type Violation } from "../../operator/check/index.ts";
import { type Difference, differencesFrom } from "../backup/compare.ts";
import { differenceLines } from "../backup/difference-lines.ts";
import { type ClusterAccess, withCluster } from "../cluster-access.ts";
import type { OutputOptions, ScopeOptions } from "../command-options.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { print } from "../output.ts";
import { type Line, styled, table } from "../screen/text.ts";
import type { Memory } from "./memory.ts";

export interface CheckOptions extends ScopeOptions, OutputOptions {
  /** Seconds. */
  readonly settle: number;
  /** A file. */
  readonly against?: string;
}

const MS = 1000;
const LOOK_AGAIN_AFTER_MS = 500;

/** Sets the exit code to 1 when there is a violation, or something is not as in the backup; warnings are none. */
export async function checkFleet(options: CheckOptions): Promise<void> {
  const { report, memory } = await withCluster(options, async (access) => {
    const known =
      options.against === undefined ? undefined : await memoryIn(options.against, options, access);
    return { memory: known, report: await settledReport(access, options.settle * MS, known) };
  });
  const { violations, counts, differences } = report;
  const broken = violations.filter(({ severity }) => severity === "violation");
  const ok = broken.length === 0 && differences.length === 0 && (memory?.faults.length ?? 0) === 0;
  print(options.output, {
    lines: () => [...linesOf(report), ...(memory === undefined ? [] : linesAgainst(memory, differences))],
    data: () => ({
      ok,
      checked: counts,
      violations,
      ...(memory === undefined ? {} : dataAgainst(memory, differences)),
    }),
  });
  if (!ok) process.exitCode = 1;
}

/** What reads a backup compiles the schemas of all kinds: other commands do not wait for that. */
async function memoryIn(file: string, { namespace }: CheckOptions, access: ClusterAccess): Promise<Memory> {
  const { readMemory } = await import("./memory.ts");
  return readMemory(file, namespace, access);
}

export interface CheckReport {
  readonly violations: readonly Violation[];
  /** From the backup, where one is given. */
  readonly differences: readonly Difference[];
  readonly counts: { readonly [K in keyof FleetObjects]: number };
}

/** Ends as soon as nothing is wrong, or something that can never be right. */
async function settledReport(
  access: ClusterAccess,
  patienceMs: number,
  memory: Memory | undefined,
): Promise<CheckReport> {
  const { client, scope, kernel } = access;
  const { clock } = kernel;
  const endMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const fleet = await readFleet(client, scope);
    const report = reportOn(fleet, clock.now(), memory);
    const mayPass =
      report.violations.some(({ transient }) => transient) ||
      report.differences.some(({ difference }) => difference === "unserved");
    if (!mayPass || clock.monotonicMs() >= endMs) return report;
    await sleep(clock, LOOK_AGAIN_AFTER_MS);
  }
}

export function reportOn(fleet: FleetObjects, nowMs: number, memory?: Memory): CheckReport {
  const { pools, poolClaims, claims, subnets } = fleet;
  return {
    violations: findViolations(fleet, nowMs),
    differences: memory === undefined ? [] : differencesFrom(memory.backup, fleet),
    counts: {
      pools: pools.length,
      poolClaims: poolClaims.length,
      claims: claims.length,
      subnets: subnets.length,
    },
  };
}

const COLUMNS = [
  { title: "PROMISE" },
  { title: "NAMESPACE" },
  { title: "OBJECT" },
  { title: "WHAT IS WRONG" },
];

function linesOf({ violations, counts }: CheckReport): Line[] {
  const { pools, poolClaims, claims, subnets } = counts;
  const looked = `${counted(pools, "pool")}, ${counted(claims, "claim")}, ${counted(poolClaims, "pool claim")} and ${counted(subnets, "Subnet")}`;
  const broken = violations.filter(({ severity }) => severity === "violation").length;
  const warnings = violations.length - broken;
  const verdict =
    broken === 0 ? styled("No violations", "good") : styled(counted(broken, "violation"), "bad");
  const aside = warnings === 0 ? "" : `, with ${counted(warnings, "warning")}`;
  const summary: Line = [verdict, `${aside}, in ${looked}.`];
  if (violations.length === 0) return [summary];
  return [
    ...table(
      COLUMNS,
      violations.map(({ invariant, severity, namespace, objects, message }) => [
        [styled(invariant, severity === "warning" ? "warn" : "bad")],
        [namespace],
        [objects[0]],
        [message],
      ]),
    ),
    [],
    summary,
  ];
}

function dataAgainst({ file, backup, faults }: Memory, differences: readonly Difference[]): object {
  return { against: { file, compared: backup.entries.length, faults, differences } };
}

function linesAgainst({ file, backup, faults }: Memory, differences: readonly Difference[]): Line[] {
  const compared = `, of ${backup.entries.length} objects that are there.`;
  const verdict: Line =
    differences.length === 0
      ? [styled(`Everything is as in ${file}`, "good"), compared]
      : [
          styled(
            `${differences.length} of ${file} ${differences.length === 1 ? "differs" : "differ"}`,
            "bad",
          ),
          compared,
        ];
  const unread = faults.map(
    ({ origin, object, message }): Line => [styled(origin, "bad"), ` ${object}: ${message}.`],
  );
  const listed = differences.length === 0 ? [] : [...differenceLines(differences), []];
  return [[], ...listed, ...unread, verdict];
}
