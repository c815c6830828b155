import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomBelow, seededRandom } from "../kernel/index.ts";
import {
  comparePrefixes,
  contains,
  diff,
  equals,
  FreeSpace,
  formatPrefix,
  lastAddress,
  mergePrefixes,
  overlaps,
  type Prefix,
  parsePrefix,
  rangeToPrefixes,
  recompute,
  type Strategy,
  truncate,
} from "./index.ts";

const RUNS = Number(process.env.IPAM_RUNS ?? 25);

function prefix(text: string): Prefix {
  const read = parsePrefix(text);
  if (!read.ok) throw new Error(text);
  return read.value;
}

/** Maximal free blocks the slow way: what lies between the taken ranges, as the fewest prefixes. */
function freeBlocksOf(pool: Prefix, taken: readonly Prefix[]): Prefix[] {
  if (taken.some((block) => contains(block, pool))) return [];
  const at = (address: bigint) => ({
    family: pool.family,
    address: pool.family === 4 ? Number(address) : address,
  });
  const free: Prefix[] = [];
  let from = BigInt(pool.address);
  const gap = (to: bigint) => {
    if (from < to) free.push(...rangeToPrefixes({ first: at(from), last: at(to - 1n) } as never));
  };
  for (const block of mergePrefixes(taken)) {
    gap(BigInt(block.address));
    from = BigInt(lastAddress(block).address) + 1n;
  }
  gap(BigInt(lastAddress(pool).address) + 1n);
  return free;
}

interface Model {
  pool: Prefix;
  allocated: Prefix[];
  reserved: Prefix[];
}

const blocksOf = (model: Model) => [...model.allocated, ...model.reserved];

/**
 * A block of the universe by chance: near others, so that they meet, or anywhere. With 8 bits, nine in ten have the same
 * length, and the others come among them.
 */
function someBlock(universe: Prefix, bits: number, seed: number, address: bigint): Prefix {
  const usual = bits === 8 && seed % 10 !== 0;
  const length = universe.length + (usual ? bits : Math.floor(seed / 10) % (bits + 1));
  const size = 1n << BigInt((universe.family === 4 ? 32 : 128) - universe.length);
  const value = BigInt(universe.address) + (address % size);
  const whole = { family: universe.family, address: universe.family === 4 ? Number(value) : value } as Prefix;
  return truncate(whole, length);
}

type Step = { kind: number; seed: number; address: bigint };
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat(10),
  seed: fc.nat(10_000),
  address: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
});
const STRATEGIES: readonly Strategy[] = ["Linear", "Buddy", "Sparse"];

function remove(list: Prefix[], block: Prefix): boolean {
  const index = list.findIndex((other) => equals(other, block));
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

/** Does one step to both, and compares the answers. */
function carryOut(
  space: FreeSpace,
  model: Model,
  { kind, seed, address }: Step,
  universe: Prefix,
  bits: number,
): void {
  const block = someBlock(universe, bits, seed, address);
  const free = freeBlocksOf(model.pool, blocksOf(model));
  const isInside = contains(model.pool, block);
  const isFree = isInside && !blocksOf(model).some((other) => overlaps(other, block));
  if (kind <= 3) {
    const strategy = STRATEGIES[seed % 3] as Strategy;
    const got = space.allocate(block.length, strategy);
    const fitting = free.filter((candidate) => candidate.length <= block.length);
    const lengths = fitting.map((candidate) => candidate.length);
    const wanted = strategy === "Buddy" ? Math.max(...lengths) : Math.min(...lengths);
    const chosen = fitting.find((candidate) => strategy === "Linear" || candidate.length === wanted);
    if (block.length < model.pool.length) expect(got).toMatchObject({ error: { reason: "size-too-large" } });
    else if (chosen === undefined) expect(got).toMatchObject({ error: { reason: "exhausted" } });
    else {
      expect(got).toEqual({ ok: true, value: truncate(chosen, block.length) });
      model.allocated.push(truncate(chosen, block.length));
    }
  } else if (kind === 4) {
    const got = space.allocateExact(block);
    expect(got.ok).toBe(isFree);
    if (got.ok) model.allocated.push(block);
    else if (got.error.reason === "outside") expect(isInside).toBe(false);
    else expect(overlaps(got.error.by, block)).toBe(true);
  } else if (kind <= 7) {
    const victim =
      kind === 7 ? block : (model.allocated[seed % Math.max(model.allocated.length, 1)] ?? block);
    const got = space.release(victim);
    expect(got.ok).toBe(remove(model.allocated, victim));
    if (got.ok) {
      const again = space.find(victim.length, "Buddy");
      const covered = blocksOf(model).some((other) => overlaps(other, victim));
      if (!covered) expect(again.ok).toBe(true);
    }
  } else if (kind === 8) {
    expect(space.reserve(block).ok).toBe(isInside);
    if (isInside) model.reserved.push(block);
  } else if (kind === 9) {
    const victim = seed % 2 === 0 ? block : (model.reserved[0] ?? block);
    expect(space.unreserve(victim).ok).toBe(remove(model.reserved, victim));
  } else if (seed % 2 === 0) {
    const wider = truncate(model.pool, Math.max(universe.length, model.pool.length - (seed % 5)));
    expect(space.grow(wider).ok).toBe(true);
    model.pool = wider;
  } else {
    const fits = isInside && blocksOf(model).every((other) => contains(block, other));
    expect(space.shrink(block).ok).toBe(fits);
    if (fits) model.pool = block;
  }
}

const UNIVERSES: readonly [string, number][] = [
  ["10.0.0.0/27", 5],
  ["10.0.0.0/24", 8],
  ["10.0.0.0/8", 24],
  ["0.0.0.0/0", 32],
  ["2001:db8::/123", 5],
  ["2001:db8::/58", 8],
  ["2001:db8::/60", 6],
  ["2001:db8::/32", 96],
  ["::/0", 128],
];

describe("free space beside a naive model, over random histories", () => {
  for (const [text, bits] of UNIVERSES) {
    const universe = prefix(text);
    const history = fc.array(step, { maxLength: bits === 8 ? 80 : 40, size: "max" });

    test(`PX-01 PX-04 ${text}: every answer is the naive one, and the accounting the recomputed one`, () => {
      fc.assert(
        fc.property(history, (steps) => {
          const space = new FreeSpace(universe);
          const model: Model = { pool: universe, allocated: [], reserved: [] };
          for (const one of steps) {
            carryOut(space, model, one, universe, bits);
            const expected = recompute({
              cidr: model.pool,
              occupants: model.allocated,
              reserved: model.reserved,
            });
            expect(diff(space.accounting(), expected)).toEqual([]);
            expect([...space.freeBlocks()]).toEqual(freeBlocksOf(model.pool, blocksOf(model)));
          }
        }),
        { numRuns: RUNS },
      );
    });

    test(`${text}: a snapshot stays as it was, and the space goes on`, () => {
      fc.assert(
        fc.property(history, history, (before, after) => {
          const space = new FreeSpace(universe);
          const model: Model = { pool: universe, allocated: [], reserved: [] };
          for (const one of before) carryOut(space, model, one, universe, bits);
          const snapshot = space.snapshot();
          const then = JSON.stringify(snapshot);
          const accounting = snapshot.accounting();
          expect(then).toBe(JSON.stringify(space));
          for (const one of after) carryOut(space, model, one, universe, bits);
          expect(JSON.stringify(snapshot)).toBe(then);
          expect(diff(snapshot.accounting(), accounting)).toEqual([]);
        }),
        { numRuns: Math.ceil(RUNS / 4) },
      );
    });

    test(`${text}: overlapping blocks are found, by address, outer ones first`, () => {
      fc.assert(
        fc.property(history, step, (steps, probe) => {
          const space = new FreeSpace(universe);
          const model: Model = { pool: universe, allocated: [], reserved: [] };
          for (const one of steps) carryOut(space, model, one, universe, bits);
          const block = someBlock(universe, bits, probe.seed, probe.address);
          const blocks = blocksOf(model).filter((other) => overlaps(other, block));
          const expected = contains(model.pool, block) || contains(block, model.pool) ? blocks : [];
          const distinct = new Set(expected.toSorted(comparePrefixes).map(formatPrefix));
          expect([...space.overlapping(block)].map((entry) => formatPrefix(entry.prefix))).toEqual([
            ...distinct,
          ]);
        }),
        { numRuns: RUNS },
      );
    });
  }
});

describe("free space at size", () => {
  for (const [text, length] of [
    ["10.0.0.0/8", 24],
    ["2001:db8::/32", 64],
    ["::/0", 128],
  ] as const) {
    test(`PX-01 ${text}: nothing is leaked when thousands of /${length} come and go`, () => {
      const random = seededRandom(7);
      const pool = prefix(text);
      const space = new FreeSpace(pool);
      const empty = space.accounting();
      const live: Prefix[] = [];
      for (let round = 0; round < 20_000; round++) {
        if (live.length > 0 && random.next() < 0.48) {
          const index = randomBelow(random, live.length);
          expect(space.release(live[index] as Prefix).ok).toBe(true);
          live[index] = live.at(-1) as Prefix;
          live.pop();
        } else {
          const got = space.allocate(length - randomBelow(random, 3), STRATEGIES[round % 3]);
          if (got.ok) live.push(got.value);
        }
      }
      expect(diff(space.accounting(), recompute({ cidr: pool, occupants: live }))).toEqual([]);
      const bytes = space.byteLength;
      for (const block of live) space.release(block);
      expect(diff(space.accounting(), empty)).toEqual([]);
      for (let round = 0; round < 1000; round++) {
        const got = space.allocate(length);
        if (got.ok) space.release(got.value);
      }
      expect(space.byteLength).toBe(bytes);
    });
  }

  test("PX-01 memory follows what is allocated, not the size of the pool", () => {
    const space = new FreeSpace(prefix("::/0"));
    const random = seededRandom(3);
    for (let i = 0; i < 1000; i++) {
      const address = BigInt(`0x${random.uuid().replaceAll("-", "")}`);
      expect(space.allocateExact({ family: 6, address, length: 128 }).ok).toBe(true);
    }
    expect(space.byteLength / 1000).toBeLessThan(2 * 2 * 72);
    expect(space.accounting().allocated).toBe(1000n);
  });

  test("neighbours of one length stay what they are when longer blocks and a larger pool come", () => {
    const space = new FreeSpace(prefix("2001:db8::/70"));
    const allocated: Prefix[] = [];
    for (let i = 0; i < 100; i++) {
      const got = space.allocate(80);
      if (got.ok) allocated.push(got.value);
    }
    const reserved = allocated.filter((_, i) => i % 3 === 0);
    for (const block of reserved) space.reserve(block);
    const before = JSON.stringify(space);
    expect(space.allocateExact(prefix("2001:db8:0:0:3ff::/128")).ok).toBe(true);
    expect(space.release(prefix("2001:db8:0:0:3ff::/128")).ok).toBe(true);
    expect(JSON.stringify(space)).toBe(before);
    for (const length of [66, 50, 20, 0]) {
      const pool = truncate(space.pool, length);
      expect(space.grow(pool).ok).toBe(true);
      expect(diff(space.accounting(), recompute({ cidr: pool, occupants: allocated, reserved }))).toEqual([]);
      expect([...space.freeBlocks()]).toEqual(freeBlocksOf(pool, allocated));
      expect(space.toJSON()).toMatchObject(
        JSON.parse(before, (key, value) => (/pool|free/.test(key) ? undefined : value)),
      );
    }
    for (const block of reserved) expect(space.unreserve(block).ok).toBe(true);
    for (const block of allocated) expect(space.release(block).ok).toBe(true);
    expect([...space.freeBlocks()]).toEqual([space.pool]);
  });

  test.each([
    "10.0.0.0/18",
    "10.0.8.0/22",
    "10.0.8.0/23",
  ])("neighbours of one length stay when the pool shrinks to %s", (text) => {
    const space = new FreeSpace(prefix("10.0.0.0/16"));
    const occupants = [prefix("10.0.8.0/24"), prefix("10.0.9.0/24")];
    for (const block of occupants) space.allocateExact(block);
    const pool = prefix(text);
    expect(space.shrink(prefix("10.0.9.0/24")).ok).toBe(false);
    expect(space.shrink(pool).ok).toBe(true);
    expect(diff(space.accounting(), recompute({ cidr: pool, occupants }))).toEqual([]);
    expect([...space.freeBlocks()]).toEqual(freeBlocksOf(pool, occupants));
    for (const block of occupants) expect(space.release(block).ok).toBe(true);
    expect([...space.freeBlocks()]).toEqual([pool]);
  });

  test("PX-01 blocks of one length, side by side, take two bytes each at most", () => {
    const space = new FreeSpace(prefix("10.0.0.0/8"));
    for (let i = 0; i < 100_000; i++) space.allocate(28);
    expect(space.byteLength).toBeLessThanOrEqual(200_000);
  });

  test("no number makes it throw, hang or lie", () => {
    const lengths = [
      Number.NaN,
      -1,
      0,
      7,
      8,
      32,
      33,
      128,
      129,
      2.5,
      1e300,
      Infinity,
      -Infinity,
      "24",
      null,
      undefined,
    ];
    for (const text of ["10.0.0.0/8", "2001:db8::/32"]) {
      const space = new FreeSpace(prefix(text));
      for (const length of lengths) {
        for (const strategy of STRATEGIES) {
          const got = space.find(length as number, strategy);
          if (got.ok) expect(got.value.length).toBe(length);
          else expect(["size-invalid", "size-too-large"]).toContain(got.error.reason);
        }
      }
      expect(space.accounting().allocated).toBe(0n);
    }
  });
});
