/**
 * The address-space engine: what an operation costs at a thousand and at a million live blocks, what a
 * million blocks take, and what the strategies are good for.
 *
 * Times are processor time of this thread (the collector's share included), so that other work on the machine
 * disturbs them less; what is compared is measured in turn in the same run, and the median of several rounds
 * counts.
 */
import { FreeSpace, type Prefix, type Prefix6, type Strategy } from "../src/ipam/index.ts";
import { randomBelow, seededRandom } from "../src/kernel/index.ts";
import { compareStrategies, meanOf } from "./ipam/strategies.ts";
import { type BenchReport, type Figure, median, ratioTarget, target } from "./report.ts";

const FEW = 1_000;
const MANY = 1_000_000;
const ROUNDS = 7;
const PAIRS_PER_ROUND = 100_000;

const TEN: Prefix = { family: 4, address: 10 * 2 ** 24, length: 8 };
const SIX: Prefix6 = { family: 6, address: 0x20010db8n << 96n, length: 32 };
const random = seededRandom(1);

/** Nanoseconds of processor time. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** A space with live blocks, of which it knows the addresses only, as compactly as can be. */
class Churn {
  readonly space: FreeSpace;
  readonly #length: number;
  readonly #six: boolean;
  readonly #low: Float64Array;
  readonly #high: BigUint64Array;
  #next = 0;

  constructor(pool: Prefix, length: number, live: number) {
    this.space = new FreeSpace(pool);
    this.#length = length;
    this.#six = pool.family === 6;
    this.#low = new Float64Array(this.#six ? 0 : live);
    this.#high = new BigUint64Array(this.#six ? live : 0);
    for (let i = 0; i < live; i++) this.#take(i, "Linear");
    for (let i = live - 1; i > 0; i--) this.#swap(i, randomBelow(random, i + 1));
  }

  #swap(i: number, j: number): void {
    const slots = this.#six ? this.#high : this.#low;
    const kept = slots[i] as number;
    slots[i] = slots[j] as number;
    slots[j] = kept;
  }

  #take(slot: number, strategy: Strategy): void {
    const got = this.space.allocate(this.#length, strategy);
    if (!got.ok) throw new Error(got.error.reason);
    if (got.value.family === 4) this.#low[slot] = got.value.address;
    else this.#high[slot] = got.value.address >> 64n;
  }

  block(slot: number): Prefix {
    return this.#six
      ? { family: 6, address: (this.#high[slot] as bigint) << 64n, length: this.#length }
      : { family: 4, address: this.#low[slot] as number, length: this.#length };
  }

  /**
   * Nanoseconds an operation: release the next one of the live blocks, which are in random order; allocate
   * one.
   */
  measure(strategy: Strategy, pairs: number): number {
    const live = this.#six ? this.#high.length : this.#low.length;
    const spent = timed(() => {
      for (let i = 0; i < pairs; i++) {
        const slot = this.#next++ % live;
        this.space.release(this.block(slot));
        this.#take(slot, strategy);
      }
    });
    return spent / (2 * pairs);
  }

  /** Nanoseconds for the whole accounting. */
  measureAccounting(times: number): number {
    let sum = 0n;
    const spent = timed(() => {
      for (let i = 0; i < times; i++) sum += this.space.accounting().free;
    });
    if (sum < 0n) throw new Error("unreachable");
    return spent / times;
  }
}

/** The live blocks, which are in random order. */
function blocksOf(churn: Churn, count: number): Prefix[] {
  return Array.from({ length: count }, (_, slot) => churn.block(slot));
}

function measureBuild(pool: Prefix, blocks: readonly Prefix[]): { milliseconds: number; bytes: number } {
  const space = new FreeSpace(pool);
  const spent = timed(() => {
    for (const block of blocks) space.allocateExact(block);
  });
  return { milliseconds: spent / 1e6, bytes: space.byteLength / space.allocatedCount };
}

/**
 * The worst case for the engine's memory: blocks so far apart that none has a neighbour. Twins count once.
 */
function scatteredBlocks(count: number): Prefix[] {
  return Array.from({ length: count }, () => ({
    family: 6,
    address: SIX.address + (BigInt(randomBelow(random, 2 ** 32)) << 64n),
    length: 64,
  }));
}

/**
 * Nanoseconds an operation in a pool of four lengths side by side, /27 to /30: release one by chance,
 * allocate one.
 */
function measureMixed(live: number, pairs: number): number {
  const space = new FreeSpace(TEN);
  const blocks: Prefix[] = [];
  for (let i = 0; i < live; i++) {
    const got = space.allocate(27 + (i % 4));
    if (!got.ok) throw new Error(got.error.reason);
    blocks.push(got.value);
  }
  const spent = timed(() => {
    for (let i = 0; i < pairs; i++) {
      const slot = randomBelow(random, live);
      const block = blocks[slot] as Prefix;
      space.release(block);
      const got = space.allocate(block.length);
      if (!got.ok) throw new Error(got.error.reason);
      blocks[slot] = got.value;
    }
  });
  return spent / (2 * pairs);
}

export async function run(): Promise<BenchReport> {
  const few = new Churn(TEN, 24, FEW);
  const many = new Churn(TEN, 28, MANY);
  const sixFew = new Churn(SIX, 64, FEW);
  const sixMany = new Churn(SIX, 64, MANY);
  const rounds: Record<string, number[]> = {};
  const note = (name: string, value: number) => {
    rounds[name] = [...(rounds[name] ?? []), value];
  };
  for (let round = 0; round <= ROUNDS; round++) {
    // Round 0 warms up; its figures are thrown away below.
    for (const strategy of ["Linear", "Buddy"] as const) {
      note(`few ${strategy}`, few.measure(strategy, PAIRS_PER_ROUND));
      note(`many ${strategy}`, many.measure(strategy, PAIRS_PER_ROUND));
      note(`six few ${strategy}`, sixFew.measure(strategy, PAIRS_PER_ROUND));
      note(`six many ${strategy}`, sixMany.measure(strategy, PAIRS_PER_ROUND));
    }
    note("accounting few", few.measureAccounting(5000));
    note("accounting many", many.measureAccounting(5000));
  }
  const of = (name: string) => median((rounds[name] ?? []).slice(1));
  /** Of things measured in turn: the median of the ratios, round by round. */
  const ratio = (a: string, b: string) =>
    median((rounds[a] ?? []).slice(1).map((value, i) => value / ((rounds[b] ?? [])[i + 1] as number)));

  const blocks = blocksOf(many, MANY);
  const sixBlocks = blocksOf(sixMany, MANY);
  const builds = [0, 1, 2].map(() => measureBuild(TEN, blocks));
  const sixBuilds = [0, 1, 2].map(() => measureBuild(SIX, sixBlocks));
  const far = measureBuild(SIX, scatteredBlocks(MANY));
  const bytes = Math.max(...[...builds, ...sixBuilds, far].map((build) => build.bytes));
  const sequential = FEW * 60;
  const child = median(
    [0, 1, 2, 3, 4].map(() => timed(() => void new Churn(TEN, 24, sequential)) / sequential),
  );

  const figure = (value: number, unit: string): Figure => ({ value, unit });
  const figures: Record<string, Figure> = {
    "allocate or release /24 of /8, 1,000 live": figure(of("few Linear"), "ns"),
    "allocate or release /28 of /8, 1,000,000 live": figure(of("many Linear"), "ns"),
    "the same with Buddy, 1,000 live": figure(of("few Buddy"), "ns"),
    "the same with Buddy, 1,000,000 live": figure(of("many Buddy"), "ns"),
    "allocate or release /64 of /32, 1,000 live": figure(of("six few Linear"), "ns"),
    "allocate or release /64 of /32, 1,000,000 live": figure(of("six many Linear"), "ns"),
    "whole accounting, 1,000 live": figure(of("accounting few"), "ns"),
    "whole accounting, 1,000,000 live": figure(of("accounting many"), "ns"),
    "build from 1,000,000 IPv4 blocks, random order": figure(median(builds.map((b) => b.milliseconds)), "ms"),
    "build from 1,000,000 IPv6 blocks, random order": figure(
      median(sixBuilds.map((b) => b.milliseconds)),
      "ms",
    ),
    "build from 1,000,000 scattered IPv6 blocks": figure(far.milliseconds, "ms"),
    "allocate or release /27 to /30 of /8, 1,000,000 live": figure(
      measureMixed(MANY, 2 * PAIRS_PER_ROUND),
      "ns",
    ),
    "memory, IPv4": figure(Math.max(...builds.map((b) => b.bytes)), "bytes a block"),
    "memory, IPv6": figure(Math.max(...sixBuilds.map((b) => b.bytes)), "bytes a block"),
    "memory, scattered IPv6 blocks": figure(far.bytes, "bytes a block"),
    "child prefixes, one after the other": figure(1e9 / child, "a second"),
  };
  for (const comparison of compareStrategies()) {
    const name = `${comparison.strategy} at ${comparison.load * 100} % load`;
    figures[`${name}: refused`] = figure(
      meanOf(comparison, (r) => r.refusedPercent),
      "%",
    );
    figures[`${name}: fragmentation`] = figure(
      meanOf(comparison, (r) => r.meanFragmentation),
      "%",
    );
    figures[`${name}: could grow in place`] = figure(
      meanOf(comparison, (r) => r.grownInPlacePercent),
      "%",
    );
  }
  return {
    suite: "ipam",
    figures,
    targets: [
      target("operations a second at 1,000,000 live", 1e9 / of("many Linear"), ">=", 1_000_000),
      target("the same with Buddy", 1e9 / of("many Buddy"), ">=", 1_000_000),
      ratioTarget("time an operation, 1,000,000 : 1,000 live", ratio("many Linear", "few Linear"), "<=", 3),
      ratioTarget("accounting, 1,000,000 : 1,000 live", ratio("accounting many", "accounting few"), "<=", 2),
      target("build from 1,000,000 blocks, ms", median(builds.map((b) => b.milliseconds)), "<=", 2000),
      ratioTarget("bytes a block, scattered ones too", bytes, "<=", 100),
      ratioTarget("IPv6 : IPv4 at 1,000 live", ratio("six few Linear", "few Linear"), "<=", 3),
      ratioTarget("IPv6 : IPv4 at 1,000,000 live", ratio("six many Linear", "many Linear"), "<=", 3),
    ],
  };
}
