/**
 * Random histories: users and the fate of operators, one step after another, with what is on its way in
 * between.
 */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import { seededRandom } from "../../src/kernel/index.ts";
import { type FleetObjects, findViolations } from "../../src/operator/index.ts";
import { Draw, seedOf } from "./draw.ts";
import { Oracle } from "./oracle.ts";
import { overlapsAtRest } from "./overlaps-at-rest.ts";
import { SimWorld } from "./sim/world.ts";
import type { Act } from "./users.ts";
import * as users from "./users.ts";

const MOST_OPERATORS = 3;

const kill: Act = async (world, draw) => {
  if (world.operators.length === 0) return "no operator to kill";
  const operator = draw.pick(world.operators);
  world.kill(operator);
  return `kill ${operator.name}`;
};

const pause: Act = async (world, draw) => {
  const running = world.running();
  if (running.length === 0) return "no operator to pause";
  const operator = draw.pick(running);
  world.pause(operator);
  return `pause ${operator.name}`;
};

const wake: Act = async (world, draw) => {
  const paused = world.paused();
  if (paused.length === 0) return "no operator to wake";
  const operator = draw.pick(paused);
  operator.wake();
  return `wake ${operator.name}`;
};

const start: Act = async (world) => {
  if (world.operators.length >= MOST_OPERATORS) return "enough operators";
  await world.startOperator();
  return "start an operator";
};

const restart: Act = async (world, draw) => {
  const killed = await kill(world, draw);
  await world.startOperator();
  return `${killed}, and start another`;
};

const ACTS: readonly (readonly [number, Act])[] = [
  [5, users.createPool],
  [3, users.createPoolClaim],
  [14, users.createClaim],
  [3, users.createSubnet],
  [8, users.deleteOne],
  [5, users.deleteInUse],
  [2, users.deleteAll],
  [5, users.stripFinalizers],
  [2, users.endForeignFinalizer],
  [3, users.tamperOwners],
  [5, users.tamperLabels],
  [5, users.tamperStatus],
  [5, users.replace],
  [2, users.resizePool],
  [0.4, users.removeCrd],
  [1, users.ensureCrds],
  [0.4, users.removeNamespace],
  [1, users.ensureNamespace],
  [2, kill],
  [3, pause],
  [4, wake],
  [3, start],
  [3, restart],
];

export interface HistoryResult {
  /** What must not have been seen. Empty: all is well. */
  readonly broken: readonly string[];
  readonly steps: readonly string[];
  /** Writes. */
  readonly revision: number;
}

export interface HistoryOptions {
  /** Steps that are left out: how a history that fails is made shorter. */
  readonly without?: ReadonlySet<number>;
}

/** The acts that every history begins with: something must be there to be spoilt. */
const BEGINNING: readonly Act[] = [
  start,
  users.createPool,
  users.createPool,
  users.createPool,
  users.createPoolClaim,
  users.createClaim,
  users.createClaim,
  users.createClaim,
];

export async function runHistory(seed: number, { without }: HistoryOptions = {}): Promise<HistoryResult> {
  const world = await SimWorld.start(seed);
  const from = world.server.store.revision;
  const oracle = new Oracle(world.server);
  const steps: string[] = [];
  const count = BEGINNING.length + new Draw(seed).between(10, 40);
  try {
    for (let i = 0; i < count && oracle.broken.length === 0; i++) {
      if (without?.has(i)) continue;
      const draw = new Draw(seedOf(seed, i));
      world.random = seededRandom(seedOf(seed, i + 1000));
      const act = BEGINNING[i] ?? draw.weighted(ACTS);
      steps.push(`${i} ${await act(world, draw)}`);
      await between(world, draw, i < BEGINNING.length);
    }
    if (oracle.broken.length === 0) await end(world, oracle);
    return {
      broken: [...oracle.broken, ...world.broken],
      steps,
      revision: world.server.store.revision - from,
    };
  } finally {
    oracle.close();
    await world.stop();
  }
}

async function between(world: SimWorld, draw: Draw, isBeginning: boolean): Promise<void> {
  const pause = draw.weighted([
    [isBeginning ? 1 : 2, 0],
    [2, 5],
    [3, 40],
    [isBeginning ? 4 : 2, Number.POSITIVE_INFINITY],
  ] as const);
  if (Number.isFinite(pause)) await world.ticks(draw.between(0, pause));
  else await world.rest();
}

/** One operator comes to rest, and `check` reports what there is to report. */
async function end(world: SimWorld, oracle: Oracle): Promise<void> {
  for (const operator of [...world.operators]) world.kill(operator);
  await world.startOperator();
  await world.rest();
  // Those that were on their way out had to be gone first.
  await world.ensureCrds();
  await world.finalRest();
  if (oracle.broken.length > 0) return;
  const objects: FleetObjects = {
    pools: world.objects(SUBNET_POOLS),
    poolClaims: world.objects(SUBNET_POOL_CLAIMS),
    claims: world.objects(SUBNET_CLAIMS),
    subnets: world.objects(SUBNETS),
  };
  const { certain, possible } = overlapsAtRest(objects);
  const reported = findViolations(objects, world.server.clock.now()).filter(isOverlap);
  if (certain.length > 0 && reported.length === 0)
    world.broken.push(`check is silent, though at rest ${certain.join("; ")}`);
  if (possible.length === 0 && reported.length > 0)
    world.broken.push(`check reports what is not so: ${reported.map(({ message }) => message).join("; ")}`);
}

function isOverlap({ invariant }: { readonly invariant: string }): boolean {
  return invariant === "overlap" || invariant === "double-promise";
}

/** The same history without the steps that it fails without. */
export async function shrunk(seed: number): Promise<HistoryResult> {
  const without = new Set<number>();
  let best = await runHistory(seed);
  for (let i = 60; i >= 0; i--) {
    if (!best.steps.some((step) => step.startsWith(`${i} `))) continue;
    without.add(i);
    const shorter = await runHistory(seed, { without });
    if (shorter.broken.length > 0) best = shorter;
    else without.delete(i);
  }
  return best;
}
