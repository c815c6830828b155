/** Reads a fleet at one moment, checks it, and reports. What may be so for a moment must be gone after a while. */
import { sleep } from "../../kernel/index.ts";
import { type FleetObjects, findViolations, type Violation } from "../../operator/index.ts";
import type { CheckOptions } from "../check.ts";
import { type ClusterAccess, withCluster } from "../cluster-access.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { print } from "../output.ts";
import { type Line, styled, table } from "../screen/text.ts";

const MS = 1000;
const LOOK_AGAIN_AFTER_MS = 500;

/** Sets the exit code to 1 when there is a violation; warnings are none. */
export async function checkFleet(options: CheckOptions): Promise<void> {
  const report = await withCluster(options, (access) => untilSettled(access, options.settle * MS));
  const { violations, counts } = report;
  const broken = violations.filter(({ severity }) => severity === "violation");
  print(options.output, {
    lines: () => linesOf(report),
    data: () => ({ ok: broken.length === 0, checked: counts, violations }),
  });
  if (broken.length > 0) process.exitCode = 1;
}

export interface CheckReport {
  readonly violations: readonly Violation[];
  readonly counts: { readonly [K in keyof FleetObjects]: number };
}

/** Ends as soon as nothing is wrong, or something that can never be right. */
async function untilSettled(access: ClusterAccess, patienceMs: number): Promise<CheckReport> {
  const { client, scope, kernel } = access;
  const { clock } = kernel;
  const endMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const fleet = await readFleet(client, scope);
    const report = reportOn(fleet, clock.now());
    const mayPass = report.violations.some(({ transient }) => transient);
    if (!mayPass || clock.monotonicMs() >= endMs) return report;
    await sleep(clock, LOOK_AGAIN_AFTER_MS);
  }
}

export function reportOn(fleet: FleetObjects, nowMs: number): CheckReport {
  const { pools, poolClaims, claims, subnets } = fleet;
  return {
    violations: findViolations(fleet, nowMs),
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
  const looked = `${pools} pools, ${claims} claims, ${poolClaims} pool claims and ${subnets} Subnets`;
  const broken = violations.filter(({ severity }) => severity === "violation").length;
  const warnings = violations.length - broken;
  const verdict =
    broken === 0
      ? styled("No promise is broken", "good")
      : styled(`${broken === 1 ? "1 promise is" : `${broken} promises are`} broken`, "bad");
  const aside = warnings === 0 ? "" : `, with ${warnings === 1 ? "1 warning" : `${warnings} warnings`}`;
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
