/**
 * The strategies on one history: clusters that come, live and go, some for hours and some for years, and some
 * of which outgrow their block. Generated from a seed, so that every run gets the same; every strategy sees
 * the same requests.
 *
 *     node bench/ipam/strategies.ts     prints the table of docs/reference/ipam.md
 */
import { FreeSpace, type Prefix, type Strategy, supernet } from "../../src/ipam/index.ts";
import { randomBelow, seededRandom } from "../../src/kernel/index.ts";

export interface StrategyResult {
  /** Request number at which a block was refused for the first time although as many addresses were free. */
  readonly firstFailure: number | undefined;
  /** Requests refused although as many addresses were free, of all requests, in percent. */
  readonly refusedPercent: number;
  /** Fragmentation after every request, the mean, in percent. */
  readonly meanFragmentation: number;
  /** Blocks that could be doubled where they were, of those that wanted to, in percent. */
  readonly grownInPlacePercent: number;
}

interface Request {
  readonly length: number;
  /** Number of the request before which the block is released. */
  readonly until: number;
}

const POOL: Prefix = { family: 4, address: 10 * 2 ** 24, length: 14 };
const REQUESTS = 20_000;
/** Prefix length and weight: many small clusters, a few large ones. */
const SIZES: readonly (readonly [number, number])[] = [
  [27, 30],
  [26, 25],
  [24, 30],
  [22, 11],
  [20, 4],
];
/** One request in so many is followed by a live block that is to be twice as large. */
const GROWTH_INTERVAL = 5;

/** `load`: how much of the pool would be in use on average if nothing were refused, 0 to 1. */
export function makeHistory(seed: number, load: number): Request[] {
  const random = seededRandom(seed);
  const total = SIZES.reduce((sum, [, weight]) => sum + weight, 0);
  const meanSize = SIZES.reduce((sum, [length, weight]) => sum + (2 ** (32 - length) * weight) / total, 0);
  const meanLife = (2 ** (32 - POOL.length) * load) / meanSize;
  // Nine in ten live a third as long as the mean, one in ten seven times as long: the mean stays.
  const lifetime = () => -Math.log(1 - random.next()) * meanLife * (random.next() < 0.9 ? 1 / 3 : 7);
  return Array.from({ length: REQUESTS }, (_, at) => {
    let pick = randomBelow(random, total);
    const size = SIZES.find(([, weight]) => {
      pick -= weight;
      return pick < 0;
    });
    return { length: size?.[0] ?? 24, until: at + 1 + Math.floor(lifetime()) };
  });
}

export function play(history: readonly Request[], strategy: Strategy, seed: number): StrategyResult {
  const random = seededRandom(seed);
  const space = new FreeSpace(POOL);
  const live: Prefix[] = [];
  const ending = new Map<number, Prefix[]>();
  const endOf = new Map<Prefix, number>();
  const settle = (block: Prefix, until: number) => {
    live.push(block);
    endOf.set(block, until);
    ending.set(until, [...(ending.get(until) ?? []), block]);
  };
  const leave = (block: Prefix) => {
    live.splice(live.indexOf(block), 1);
    endOf.delete(block);
    space.release(block);
  };
  let firstFailure: number | undefined;
  let refused = 0;
  let fragmentation = 0;
  let wanted = 0;
  let grown = 0;
  for (const [at, request] of history.entries()) {
    for (const block of ending.get(at) ?? []) if (endOf.has(block)) leave(block);
    const got = space.allocate(request.length, strategy);
    if (got.ok) settle(got.value, request.until);
    const accounting = space.accounting();
    if (!got.ok && accounting.free >= BigInt(2 ** (32 - request.length))) {
      refused++;
      firstFailure ??= at;
    }
    fragmentation += accounting.fragmentationPercent;
    if (at % GROWTH_INTERVAL !== 0 || live.length === 0) continue;
    const block = live[randomBelow(random, live.length)] as Prefix;
    const larger = supernet(block);
    if (!larger.ok || block.length <= 18) continue;
    wanted++;
    const until = endOf.get(block) as number;
    space.release(block);
    const fits = space.allocateExact(larger.value).ok;
    // Asked, and put back: growth is counted, and the histories of the strategies stay comparable.
    if (fits) space.release(larger.value);
    space.allocateExact(block);
    if (fits && until > at) grown++;
  }
  return {
    firstFailure,
    refusedPercent: (100 * refused) / history.length,
    meanFragmentation: fragmentation / history.length,
    grownInPlacePercent: (100 * grown) / wanted,
  };
}

const STRATEGIES: readonly Strategy[] = ["Linear", "Buddy", "Sparse"];
const SEEDS = [1, 2, 3, 4, 5];
export const LOADS = [0.5, 0.8, 0.95];

export interface Comparison {
  readonly strategy: Strategy;
  readonly load: number;
  readonly results: readonly StrategyResult[];
}

export function compareStrategies(): Comparison[] {
  return LOADS.flatMap((load) =>
    STRATEGIES.map((strategy) => ({
      strategy,
      load,
      results: SEEDS.map((seed) => play(makeHistory(seed, load), strategy, seed + 100)),
    })),
  );
}

/** The mean over the seeds of one figure. */
export function meanOf(comparison: Comparison, figure: (result: StrategyResult) => number): number {
  return comparison.results.reduce((sum, result) => sum + figure(result), 0) / comparison.results.length;
}

if (import.meta.main) {
  console.log(
    "| load | strategy | first refusal (of 20,000) | refused | mean fragmentation | could grow in place |",
  );
  console.log("|---|---|---|---|---|---|");
  for (const comparison of compareStrategies()) {
    const failures = comparison.results.map((result) => result.firstFailure);
    const first = failures.every((failure) => failure === undefined)
      ? "none"
      : String(Math.round(meanOf(comparison, (result) => result.firstFailure ?? REQUESTS)));
    const percent = (figure: (result: StrategyResult) => number, digits: number) =>
      `${meanOf(comparison, figure).toFixed(digits)} %`;
    const cells = [
      `${comparison.load * 100} %`,
      comparison.strategy,
      first,
      percent((result) => result.refusedPercent, 2),
      percent((result) => result.meanFragmentation, 1),
      percent((result) => result.grownInPlacePercent, 1),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
