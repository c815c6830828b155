/**
 * What one more Subnet costs in pools of different sizes, a restart at the largest, and quiet when all is
 * done.
 */
import { lifeOf, SUBNET_POOLS, SUBNETS, type SubnetPool } from "../../src/api/index.ts";
import { type BenchReport, type Figure, median, ratioTarget, type Target, target } from "../report.ts";
import { type BenchWorld, inParallel, WIDTH } from "./bench-world.ts";

const NAMESPACE = "status";
const ROUNDS = 9;
const NOW_TEXT = "2026-01-01T00:00:00Z";

const SIZES = [1_000, 10_000, 100_000];

function cidrOf(i: number): string {
  return `10.${(i >> 12) & 255}.${(i >> 4) & 255}.${(i & 15) << 4}/28`;
}

async function fill(world: BenchWorld, pool: string, count: number): Promise<void> {
  await inParallel(count, WIDTH, async (i) => {
    const spec = { poolRef: pool, clusterID: `c-${i}`, cidr: cidrOf(i) };
    const subnet = await world.create(SUBNETS, NAMESPACE, `${pool}-${i}`, spec);
    const condition = {
      type: "Ready",
      status: "True",
      reason: "Allocated",
      message: "",
      lastTransitionTime: NOW_TEXT,
    };
    const status = {
      phase: "Allocated",
      // Without it each would be a decision of an earlier version, and written again.
      life: lifeOf(subnet),
      allocatedAt: NOW_TEXT,
      observedGeneration: 1,
      conditions: [condition],
    };
    await world.patchStatus(SUBNETS, subnet, status);
  });
}

/** Milliseconds from the creation of a Subnet to the pool's status that counts it. */
async function oneMore(world: BenchWorld, pool: string, count: number): Promise<number> {
  const took: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const i = count + round;
    // The status may have been written a moment ago; wait until changes are no longer gathered.
    await new Promise((resolve) => setTimeout(resolve, 250));
    const startMs = performance.now();
    const seen = world.poolShows(NAMESPACE, pool, count + round);
    await world.create(SUBNETS, NAMESPACE, `${pool}-${i}`, {
      poolRef: pool,
      clusterID: `c-${i}`,
      cidr: cidrOf(i),
    });
    await seen;
    took.push(performance.now() - startMs);
  }
  return median(took);
}

function isExact(pool: SubnetPool | undefined, count: number): boolean {
  return pool?.status?.allocatedCount === count && pool.status.freeCountBySize?.["28"] === 2 ** 20 - count;
}

export async function measurePoolStatus(
  world: BenchWorld,
): Promise<Pick<BenchReport, "figures" | "targets">> {
  const figures: Record<string, Figure> = {};
  const targets: Target[] = [];
  await world.namespace(NAMESPACE);
  for (const size of SIZES) {
    const spec = { cidr: "10.0.0.0/8", defaultBlockSize: 28, maxBlockSize: 28 };
    await world.create(SUBNET_POOLS, NAMESPACE, `p${size}`, spec);
    await fill(world, `p${size}`, size);
  }
  const startMs = performance.now();
  const operator = await world.startOperator();
  const restartMs = performance.now() - startMs;
  const times: number[] = [];
  for (const size of SIZES) {
    const pool = `p${size}`;
    await world.poolShows(NAMESPACE, pool, size);
    const tookMs = await oneMore(world, pool, size);
    times.push(tookMs);
    const shown = await world.poolShows(NAMESPACE, pool, size + ROUNDS);
    const bytes = JSON.stringify(shown).length;
    figures[`status.${size}.time`] = { value: tookMs, unit: "ms Subnet created → counted" };
    figures[`status.${size}.bytes`] = { value: bytes, unit: "bytes, the whole pool object" };
    targets.push(ratioTarget(`status.${size}.bytes`, bytes, "<=", 65_536));
    targets.push(ratioTarget(`status.${size}.exact`, isExact(shown, size + ROUNDS) ? 1 : 0, ">=", 1));
  }
  targets.push(ratioTarget("status.time 100,000 : 1,000", (times[2] ?? 0) / (times[0] ?? 1), "<=", 1.5));
  await measureRest(world, figures, targets);
  const memory = (await operator.memoryBytes()) / 2 ** 20;
  const held = SIZES.reduce((sum, size) => sum + size, 0);
  figures["restart.time"] = { value: restartMs / 1000, unit: `s to the first decision, ${held} Subnets` };
  figures["restart.memory"] = { value: memory, unit: "MiB, the operator's process" };
  targets.push(
    target("restart.time s", restartMs / 1000, "<=", 10),
    target("restart.memory MiB", memory, "<=", 400),
  );
  await operator.stop();
  return { figures, targets };
}

async function measureRest(
  world: BenchWorld,
  figures: Record<string, Figure>,
  targets: Target[],
): Promise<void> {
  const seconds = Number(process.env.BENCH_SECONDS ?? 60);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const before = await world.revision();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const writes = Number(await world.revision()) - Number(before);
  figures["rest.writes"] = { value: writes, unit: `writes in ${seconds} s at rest` };
  targets.push(ratioTarget("rest.writes", writes, "<=", 0));
}
