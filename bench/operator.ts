/**
 * The operator on the embedded API server, durable: both in one process, and over HTTPS, each in a process of
 * its own. `--only up|steady|claims|status` measures one part.
 *
 * BENCH_CLAIMS, BENCH_SECONDS shorten a run; BENCH_COLD leaves out what `plexaubnet run` does to warm up.
 */
import { BenchWorld } from "./operator/bench-world.ts";
import { measureClaims } from "./operator/claims.ts";
import { measurePoolStatus } from "./operator/pool-status.ts";
import { measureSteady } from "./operator/steady.ts";
import { measureUp } from "./operator/up.ts";
import type { BenchReport } from "./report.ts";

type Measured = Pick<BenchReport, "figures" | "targets">;

const CLAIMS_A_SECOND = 200;

async function inFreshWorld<T>(measure: (world: BenchWorld) => Promise<T>): Promise<T> {
  const world = await BenchWorld.start();
  try {
    return await measure(world);
  } finally {
    await world.stop();
  }
}

const PARTS: Readonly<Record<string, () => Promise<Measured>>> = {
  up: measureUp,
  steady: () =>
    inFreshWorld((world) => measureSteady(world, CLAIMS_A_SECOND, Number(process.env.BENCH_SECONDS ?? 60))),
  claims: () => inFreshWorld(measureClaims),
  status: () => inFreshWorld(measurePoolStatus),
};

function partsOf(flags: readonly string[]): readonly string[] {
  const all = Object.keys(PARTS);
  const [only, part] = flags;
  if (only === undefined) return all;
  if (only !== "--only" || part === undefined || !all.includes(part))
    throw new Error(`operator knows the flag --only ${all.join("|")}, and not ${flags.join(" ")}`);
  return [part];
}

export async function run(flags: readonly string[] = []): Promise<BenchReport> {
  const figures: BenchReport["figures"][] = [];
  const targets: BenchReport["targets"][] = [];
  for (const part of partsOf(flags)) {
    const measured = await (PARTS[part] as () => Promise<Measured>)();
    figures.push(measured.figures);
    targets.push(measured.targets);
  }
  return { suite: "operator", figures: Object.assign({}, ...figures), targets: targets.flat() };
}
