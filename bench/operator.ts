/**
 * The operator on the embedded API server, durable: both in one process, and over HTTPS, each in a process of
 * its own. `--only up` measures the former alone.
 *
 * BENCH_CLAIMS, BENCH_SECONDS shorten a run; BENCH_MILLION adds a pool of a million Subnets.
 */
import { BenchWorld } from "./operator/bench-world.ts";
import { measureClaims } from "./operator/claims.ts";
import { measurePoolStatus } from "./operator/pool-status.ts";
import { measureUp } from "./operator/up.ts";
import type { BenchReport } from "./report.ts";

async function inFreshWorld<T>(measure: (world: BenchWorld) => Promise<T>): Promise<T> {
  const world = await BenchWorld.start();
  try {
    return await measure(world);
  } finally {
    await world.stop();
  }
}

/** @param flags `--only up`: nothing but operator and server in one process. */
export async function run(flags: readonly string[] = []): Promise<BenchReport> {
  const [only, part] = flags;
  if (only !== undefined && (only !== "--only" || part !== "up"))
    throw new Error(`operator knows the flag --only up, and not ${flags.join(" ")}`);
  const up = await measureUp();
  if (part === "up") return { suite: "operator", ...up };
  const claims = await inFreshWorld(measureClaims);
  const status = await inFreshWorld(measurePoolStatus);
  return {
    suite: "operator",
    figures: { ...up.figures, ...claims.figures, ...status.figures },
    targets: [...up.targets, ...claims.targets, ...status.targets],
  };
}
