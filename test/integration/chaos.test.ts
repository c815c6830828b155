/**
 * Random histories of a fleet under faults. Each seed is one history; `CHAOS_SEEDS` is how many are run (`npx
 * vitest run test/integration/chaos.test.ts`), `CHAOS_FIRST` the seed to begin with.
 */
import { describe, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import { formatPrefix, parsePrefix, truncate } from "../../src/ipam/index.ts";
import { randomBelow } from "../../src/kernel/index.ts";
import { budget } from "../budget.ts";
import { ChaosWorld, whateverHappens } from "./chaos-world.ts";

const SEEDS = budget("CHAOS_SEEDS", 1, 5);
const FIRST_SEED = Number(process.env.CHAOS_FIRST ?? 1);
const CHECKPOINTS = 2;
const STEPS = 40;

/** Two pools that are always there to be fought over, and one that comes and goes. */
const POOLS: Readonly<Record<string, readonly [string, string]>> = {
  small: ["10.0.0.0/22", "10.0.0.0/21"],
  large: ["10.8.0.0/18", "10.8.0.0/17"],
  fleeting: ["10.16.0.0/22", "10.24.0.0/22"],
};
const POOL_NAMES = Object.keys(POOLS);
const CLAIM_NAMES = Array.from({ length: 12 }, (_, i) => `claim-${i}`);
const SUBNET_NAMES = ["hand-0", "hand-1", "hand-2"];
const POOL_CLAIM_NAMES = ["child-0", "child-1"];
const SIZES = [22, 23, 24, 24, 25, 26];

type Step = (world: ChaosWorld) => Promise<unknown>;

function blockIn(world: ChaosWorld, pool: string): string {
  const base = (POOLS[pool] ?? ["10.0.0.0/22"])[0].split(".").slice(0, 2).join(".");
  return `${base}.${randomBelow(world.random, 4)}.0/24`;
}

function createClaim(world: ChaosWorld): Promise<unknown> {
  const pool = world.pick([...POOL_NAMES, ...POOL_CLAIM_NAMES]);
  const wanted = world.pick([
    {},
    { blockSize: world.pick(SIZES) },
    { blockSize: world.pick(SIZES) },
    { requestedCIDR: blockIn(world, pool) },
  ]);
  const name = world.pick(CLAIM_NAMES);
  const identity = world.random.next() < 0.15 ? { clusterID: world.pick(CLAIM_NAMES) } : {};
  return world.fleet.claim(name, pool, { ...wanted, ...identity });
}

function editClaim(world: ChaosWorld): Promise<unknown> {
  const spec = world.pick<object>([
    { poolRef: world.pick(POOL_NAMES) },
    { clusterID: world.pick(CLAIM_NAMES) },
    { blockSize: world.pick(SIZES), requestedCIDR: null },
  ]);
  return world.fleet.merge(SUBNET_CLAIMS, world.pick(CLAIM_NAMES), { spec });
}

function createPool(world: ChaosWorld): Promise<unknown> {
  const name = world.pick(POOL_NAMES);
  return world.fleet.pool(name, world.pick(POOLS[name] ?? []));
}

function editPool(world: ChaosWorld): Promise<unknown> {
  const name = world.pick(POOL_NAMES);
  const spec = world.pick<object>([
    // Only grows: what a shrink leaves outside stays there.
    name === "fleeting" ? { defaultBlockSize: 25 } : { cidr: POOLS[name]?.[1] },
    { reclaimPolicy: world.pick(["Delete", "Retain"]) },
    { strategy: world.pick(["Linear", "Buddy"]) },
    // Short enough to end within a history, or too long for it.
    { reuseDelaySeconds: world.pick([0, 1, 600]) },
  ]);
  return world.fleet.merge(SUBNET_POOLS, name, { spec });
}

/**
 * Twice as much as it has, or more, wherever that leads. It only grows: what a shrink leaves outside stays
 * there.
 */
async function growChild(world: ChaosWorld): Promise<unknown> {
  const name = world.pick(POOL_CLAIM_NAMES);
  const range = parsePrefix((await world.fleet.get(SUBNET_POOLS, name))?.spec.cidr ?? "");
  if (!range.ok) return undefined;
  const length = range.value.length - world.pick([1, 1, 2]);
  if (length < 18) return undefined;
  const cidr = formatPrefix(truncate(range.value, length));
  return world.fleet.merge(SUBNET_POOLS, name, { spec: { cidr } });
}

async function deleteAnySubnet(world: ChaosWorld): Promise<unknown> {
  const subnets = await world.fleet.list(SUBNETS);
  return subnets.length === 0 ? undefined : world.fleet.delete(SUBNETS, world.pick(subnets).metadata.name);
}

const STEPS_BY_WEIGHT: readonly (readonly [number, Step])[] = [
  [30, createClaim],
  [18, (world) => world.fleet.delete(SUBNET_CLAIMS, world.pick(CLAIM_NAMES))],
  [6, editClaim],
  [6, createPool],
  [5, editPool],
  [2, (world) => world.fleet.delete(SUBNET_POOLS, world.pick(["fleeting", "fleeting", "small"]))],
  [
    6,
    (world) => {
      const pool = world.pick(POOL_NAMES);
      return world.fleet.subnet(world.pick(SUBNET_NAMES), pool, blockIn(world, pool));
    },
  ],
  [4, (world) => world.fleet.delete(SUBNETS, world.pick(SUBNET_NAMES))],
  [3, deleteAnySubnet],
  [
    4,
    (world) =>
      world.fleet.poolClaim(world.pick(POOL_CLAIM_NAMES), world.pick(POOL_NAMES), world.pick([22, 23])),
  ],
  [3, (world) => world.fleet.delete(SUBNET_POOL_CLAIMS, world.pick(POOL_CLAIM_NAMES))],
  [5, growChild],
  [3, async (world) => world.cutWatches()],
  [2, (world) => world.expireHistory()],
  [2, replaceOperator],
];

/** A second one comes, or one of two goes, or the only one is replaced. */
async function replaceOperator(world: ChaosWorld): Promise<void> {
  if (world.operatorCount > 1) return world.stopOperator();
  if (world.random.next() < 0.5) await world.stopOperator();
  await world.startOperator();
}

function anyStep(world: ChaosWorld): Step {
  let left = randomBelow(
    world.random,
    STEPS_BY_WEIGHT.reduce((sum, [weight]) => sum + weight, 0),
  );
  for (const [weight, step] of STEPS_BY_WEIGHT) {
    left -= weight;
    if (left < 0) return step;
  }
  return createClaim;
}

const STORM = {
  delay: 0.1,
  maxDelayMs: 60,
  loseAcknowledgement: 0.04,
  refuse: 0.04,
  stale: 0.2,
  maxStaleness: 5,
  expire: 0.2,
  cut: 0.03,
};

describe.each(Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i))("history %i", (seed) => {
  test("PX-02 PX-03 whatever happened, no block is allocated twice, and at rest every promise is kept", async () => {
    const world = await ChaosWorld.start(seed);
    try {
      for (const name of ["small", "large"]) await world.fleet.pool(name, POOLS[name]?.[0] ?? "");
      for (let checkpoint = 0; checkpoint < CHECKPOINTS; checkpoint++) {
        world.storm(STORM, 0.03);
        for (let step = 0; step < STEPS; step++) {
          const act = anyStep(world);
          await whateverHappens(() => act(world));
        }
        world.calm();
        await world.ensureOperator();
        expect(await world.settled()).toEqual([]);
        expect(world.broken).toEqual([]);
      }
    } finally {
      await world.stop();
    }
  });
});
