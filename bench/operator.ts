/**
 * The operator on the embedded API server, durable and over HTTPS, each in a process of its own.
 *
 * BENCH_CLAIMS, BENCH_SECONDS shorten a run; BENCH_MILLION adds a pool of a million Subnets; BENCH_COLD
 * leaves out what `plexaubnet run` does to warm up.
 */
import { BenchWorld } from "./operator/bench-world.ts";
import { measureClaims } from "./operator/claims.ts";
import { measurePoolStatus } from "./operator/pool-status.ts";
import { measureSteady } from "./operator/steady.ts";
import type { BenchReport } from "./report.ts";

async function inFreshWorld<T>(measure: (world: BenchWorld) => Promise<T>): Promise<T> {
  const world = await BenchWorld.start();
  try {
    return await measure(world);
  } finally {
    await world.stop();
  }
}

export async function run(): Promise<BenchReport> {
  const seconds = Number(process.env.BENCH_SECONDS ?? 60);
  const steady = await inFreshWorld((world) => measureSteady(world, 200, seconds));
  const claims = await inFreshWorld(measureClaims);
  const status = await inFreshWorld(measurePoolStatus);
  return {
    suite: "operator",
    figures: { ...steady.figures, ...claims.figures, ...status.figures },
    targets: [...steady.targets, ...claims.targets, ...status.targets],
  };
}
