import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomBelow, seededRandom } from "../kernel/index.ts";
import {
  addressCount,
  diff,
  formatPrefix,
  overlaps,
  PoolSpace,
  type Prefix,
  parsePrefix,
  type Reservation,
  type Strategy,
} from "./index.ts";

function prefix(text: string): Prefix {
  const read = parsePrefix(text);
  if (!read.ok) throw new Error(text);
  return read.value;
}

/**
 * A naive pool: a list of facts, and one cell an address. The universe is 256 addresses, so that exhaustion,
 * exact fits and blocks outside the pool happen all the time. Half of the blocks are single addresses.
 */
const UNIVERSE_BITS = 8;
/** More with `IPAM_RUNS=5000 npx vitest run src/ipam`. */
const RUNS = Number(process.env.IPAM_RUNS ?? 25);
const UNIVERSE = 2 ** UNIVERSE_BITS;

class NaivePool {
  readonly base: Prefix;
  readonly width: number;
  cidr: Prefix;
  reserved: Reservation[] = [];
  readonly occupants = new Map<string, Prefix>();

  constructor(base: Prefix, cidr: Prefix) {
    this.base = base;
    this.width = base.length + UNIVERSE_BITS;
    this.cidr = cidr;
  }

  cells(block: Prefix): [number, number] {
    const scale = 1n << BigInt((block.family === 4 ? 32 : 128) - this.width);
    const first = (BigInt(block.address) - BigInt(this.base.address)) / scale;
    return [Number(first), Number(first + addressCount(block) / scale)];
  }

  block(index: number, length: number): Prefix {
    const size = 2 ** (this.width - length);
    const scale = 1n << BigInt((this.base.family === 4 ? 32 : 128) - this.width);
    const address = BigInt(this.base.address) + BigInt(Math.floor(index / size) * size) * scale;
    return {
      family: this.base.family,
      address: this.base.family === 4 ? Number(address) : address,
      length,
    } as Prefix;
  }

  free(): boolean[] {
    const [from, to] = this.cells(this.cidr);
    const free = Array.from({ length: UNIVERSE }, (_, i) => i >= from && i < to);
    for (const taken of [...this.occupants.values(), ...this.reserved.map((r) => r.prefix)]) {
      const [low, high] = this.cells(taken);
      free.fill(false, low, high);
    }
    return free;
  }

  freeBlocksOf(length: number, free: boolean[]): number[] {
    const size = 2 ** (this.width - length);
    const starts: number[] = [];
    for (let at = 0; at + size <= UNIVERSE; at += size) {
      if (free.slice(at, at + size).every(Boolean)) starts.push(at);
    }
    return starts;
  }

  /** [start, length] of free blocks whose parent is not free. */
  maximal(free: boolean[]): [number, number][] {
    const found: [number, number][] = [];
    for (let length = this.cidr.length; length <= this.width; length++) {
      for (const at of this.freeBlocksOf(length, free)) {
        const size = 2 ** (this.width - length);
        const parent = Math.floor(at / (2 * size)) * 2 * size;
        const parentFree = length > this.cidr.length && free.slice(parent, parent + 2 * size).every(Boolean);
        if (!parentFree) found.push([at, length]);
      }
    }
    return found.sort((a, b) => a[0] - b[0]);
  }

  find(length: number, strategy: Strategy): Prefix | undefined {
    const fitting = this.maximal(this.free()).filter(([, own]) => own <= length);
    const lengths = fitting.map(([, own]) => own);
    const wanted =
      strategy === "Linear" ? undefined : strategy === "Buddy" ? Math.max(...lengths) : Math.min(...lengths);
    const chosen = fitting.find(([, own]) => wanted === undefined || own === wanted);
    return chosen === undefined ? undefined : this.block(chosen[0], length);
  }
}

type Step =
  | { do: "occupy"; owner: string; at: number; extra: number }
  | { do: "take"; owner: string; extra: number; strategy: Strategy }
  | { do: "vacate"; owner: string }
  | { do: "resize"; at: number; extra: number }
  | { do: "reserve"; blocks: { at: number; extra: number }[] };

const at = fc.nat(UNIVERSE - 1);
const extra = fc.oneof(fc.nat(UNIVERSE_BITS), fc.constant(UNIVERSE_BITS));
const owner = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const strategy = fc.constantFrom<Strategy>("Linear", "Buddy", "Sparse");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("occupy"), owner, at, extra }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("take"), owner, extra, strategy }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("vacate"), owner }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resize"), at, extra: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("reserve"),
      blocks: fc.array(fc.record({ at, extra }), { maxLength: 3 }),
    }),
  },
) as fc.Arbitrary<Step>;

const BASES = [
  "10.0.0.0/24",
  "10.0.0.0/8",
  "0.0.0.0/0",
  "2001:db8::/120",
  "2001:db8::/32",
  "::/0",
  "ffff::/61",
];

function play(base: Prefix, steps: readonly Step[], look: (pool: PoolSpace, naive: NaivePool) => void) {
  const naive = new NaivePool(base, base);
  const pool = new PoolSpace({ cidr: base });
  for (const action of steps) {
    if (action.do === "occupy") {
      const block = naive.block(action.at, base.length + action.extra);
      pool.occupy(action.owner, block);
      naive.occupants.set(action.owner, block);
    } else if (action.do === "take") {
      const length = base.length + action.extra;
      if (length < naive.cidr.length || naive.occupants.has(action.owner)) continue;
      const expected = naive.find(length, action.strategy);
      const found = pool.find(length, action.strategy);
      expect(found.ok ? formatPrefix(found.value) : undefined).toBe(expected && formatPrefix(expected));
      if (!found.ok) continue;
      pool.occupy(action.owner, found.value);
      naive.occupants.set(action.owner, found.value);
    } else if (action.do === "vacate") {
      pool.vacate(action.owner);
      naive.occupants.delete(action.owner);
    } else if (action.do === "resize") {
      naive.cidr = naive.block(action.at, base.length + action.extra);
      pool.resize(naive.cidr);
    } else {
      naive.reserved = action.blocks.map((b, i) => ({
        prefix: naive.block(b.at, base.length + b.extra),
        reason: `reason ${i}`,
      }));
      pool.setReserved(naive.reserved);
    }
    look(pool, naive);
  }
}

const isIn = (outer: Prefix, inner: Prefix) => overlaps(outer, inner) && outer.length <= inner.length;

describe("a pool beside a naive model, over random histories", () => {
  for (const text of BASES) {
    const base = prefix(text);
    const histories = fc.array(step, { maxLength: 50, size: "max" });

    test(`RQ-03 ${text}: the incremental accounting is the recomputed one, and the true one, at every step`, () => {
      fc.assert(
        fc.property(histories, (steps) => {
          play(base, steps, (pool, naive) => {
            const accounting = pool.accounting();
            expect(pool.selfCheck()).toEqual([]);
            const free = naive.free();
            const scale = addressCount(naive.block(0, naive.width));
            expect(accounting.free).toBe(BigInt(free.filter(Boolean).length) * scale);
            expect(accounting.capacity).toBe(accounting.free + accounting.allocated + accounting.reserved);
            const maximal = naive.maximal(free);
            for (let length = naive.cidr.length; length <= naive.width; length++) {
              expect(accounting.freeCountBySize[length]).toBe(naive.freeBlocksOf(length, free).length);
              expect(accounting.maximalFreeBySize[length]).toBe(
                maximal.filter(([, l]) => l === length).length,
              );
            }
            expect([...pool.freeBlocks()].map(formatPrefix)).toEqual(
              maximal.map(([start, length]) => formatPrefix(naive.block(start, length))),
            );
            const inside = [...naive.occupants.values()].filter((block) => isIn(naive.cidr, block));
            expect(accounting.occupantCount).toBe(inside.length);
            expect(accounting.outsideCount).toBe(naive.occupants.size - inside.length);
          });
        }),
        { numRuns: RUNS },
      );
    });

    test(`PX-04 ${text}: questions are answered as the facts are, at every step`, () => {
      fc.assert(
        fc.property(histories, at, extra, strategy, (steps, index, more, how) => {
          play(base, steps, (pool, naive) => {
            const block = naive.block(index, base.length + more);
            const occupants = [...naive.occupants].filter(
              ([, own]) => overlaps(own, block) && overlaps(own, naive.cidr),
            );
            const names = isIn(naive.cidr, block) ? occupants.map(([name]) => name).sort() : undefined;
            if (names)
              expect(
                pool
                  .overlappingOwners(block)
                  .map((entry) => entry.owner)
                  .sort(),
              ).toEqual(names);
            const reserved = naive.reserved.find((entry) => overlaps(entry.prefix, block));
            const verdict = !names ? "outside" : names.length > 0 ? "taken" : reserved ? "reserved" : "free";
            const checked = pool.check(block);
            expect(checked.ok ? "free" : checked.error.reason).toBe(verdict);
            if (!checked.ok && checked.error.reason === "taken") expect(names).toContain(checked.error.by);
            if (!checked.ok && checked.error.reason === "reserved")
              expect(checked.error.by).toBe(reserved?.reason);
            if (block.length >= naive.cidr.length) {
              const found = pool.find(block.length, how);
              const expected = naive.find(block.length, how);
              expect(found.ok ? formatPrefix(found.value) : found.error.reason).toBe(
                expected ? formatPrefix(expected) : "exhausted",
              );
            }
          });
        }),
        { numRuns: RUNS },
      );
    });
  }

  test("the order of events does not matter: any permutation of the same facts is the same space", () => {
    const facts = fc.uniqueArray(fc.record({ owner: fc.nat(30), at, extra }), {
      selector: (fact) => fact.owner,
    });
    const shuffled = facts.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }), fc.subarray(list)),
    );
    fc.assert(
      fc.property(shuffled, ([list, other, gone]) => {
        const naive = new NaivePool(prefix("10.0.0.0/24"), prefix("10.0.0.0/24"));
        const build = (order: typeof list) => {
          const pool = new PoolSpace({ cidr: naive.cidr });
          for (const fact of order) pool.occupy(`o${fact.owner}`, naive.block(fact.at, 24 + fact.extra));
          return pool;
        };
        const left = build(list);
        const right = build(other);
        expect(diff(left.accounting(), right.accounting())).toEqual([]);
        for (const fact of gone) left.vacate(`o${fact.owner}`);
        for (const fact of gone.toReversed()) right.vacate(`o${fact.owner}`);
        expect(diff(left.accounting(), right.accounting())).toEqual([]);
        expect([...left.freeBlocks()]).toEqual([...right.freeBlocks()]);
      }),
    );
  });
});

test("RQ-03 a large pool still knows every owner, and its accounting, when it has grown in random order", () => {
  const random = seededRandom(11);
  const count = 50_000;
  const cidr = prefix("10.0.0.0/8");
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const blockOf = (i: number): Prefix => ({ family: 4, address: 10 * 2 ** 24 + i * 256, length: 24 });
  const pool = new PoolSpace({ cidr });
  for (const i of order) pool.occupy(`o${i}`, blockOf(i));
  for (let i = 0; i < count; i += 97) {
    expect(pool.overlappingOwners(blockOf(i))).toEqual([{ owner: `o${i}`, prefix: blockOf(i) }]);
  }
  for (let i = 0; i < count; i += 2) pool.vacate(`o${i}`);
  expect(pool.selfCheck()).toEqual([]);
  expect(pool.accounting().maximalFreeBySize[24]).toBe(count / 2);
});
