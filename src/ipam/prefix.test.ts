import { excludeCidr, mergeCidr, overlapCidr, containsCidr as peerContains } from "cidr-tools";
import fc from "fast-check";
import { Address4, Address6 } from "ip-address";
import { describe, expect, test } from "vitest";
import {
  type Address,
  addressCount,
  buddy,
  compareAddresses,
  comparePrefixes,
  contains,
  containsAddress,
  describeParseFailure,
  equals,
  formatPrefix,
  formatRange,
  lastAddress,
  mergePrefixes,
  next,
  overlaps,
  type ParseProblem,
  type Prefix,
  parsePrefix,
  parseRange,
  prefixAround,
  prefixAt,
  prefixesToRanges,
  previous,
  rangeAddressCount,
  rangeContains,
  rangeOf,
  rangeToPrefixes,
  remainderOf,
  split,
  supernet,
  truncate,
} from "./index.ts";

const address4 = fc.nat(2 ** 32 - 1).map((address): Address => ({ family: 4, address }));
const address6 = fc
  .oneof(
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
    fc
      .array(fc.constantFrom(0n, 0n, 0n, 1n, 0xffffn, 0xdb8n), { minLength: 8, maxLength: 8 })
      .map((groups) => groups.reduce<bigint>((value, group) => (value << 16n) | group, 0n)),
  )
  .map((address): Address => ({ family: 6, address }));
const address = fc.oneof(address4, address6);
const prefixOf = (from: fc.Arbitrary<Address>) =>
  from.chain((at) => fc.nat(at.family === 4 ? 32 : 128).map((length) => truncate(at, length)));
const prefix = prefixOf(address);
/** Two prefixes of one family that often have to do with each other. */
const pair = fc.oneof(
  fc
    .tuple(prefix, fc.nat(128))
    .map(([one, length]): [Prefix, Prefix] => [one, truncate(one, Math.min(length, one.length))]),
  fc.tuple(prefixOf(address4), prefixOf(address4)),
  fc.tuple(prefixOf(address6), prefixOf(address6)),
);
const anyway = { allowIPv4Mapped: true };

function parsed(text: string): Prefix {
  const read = parsePrefix(text);
  if (!read.ok) throw new Error(describeParseFailure(read.error));
  return read.value;
}

describe("arithmetic", () => {
  test("PX-01 bounds, counts and neighbours agree with ip-address and with each other", () => {
    fc.assert(
      fc.property(prefix, (one) => {
        const width = one.family === 4 ? 32 : 128;
        const peer = one.family === 4 ? new Address4(formatPrefix(one)) : new Address6(formatPrefix(one));
        expect(BigInt(lastAddress(one).address)).toBe(peer.endAddress().bigInt());
        expect(BigInt(one.address)).toBe(peer.startAddress().bigInt());
        expect(addressCount(one)).toBe(1n << BigInt(width - one.length));
        const after = next(one);
        const before = previous(one);
        if (after) expect(BigInt(after.address)).toBe(BigInt(lastAddress(one).address) + 1n);
        else expect(BigInt(lastAddress(one).address)).toBe((1n << BigInt(width)) - 1n);
        if (before) expect(next(before)).toEqual(one);
        else expect(BigInt(one.address)).toBe(0n);
        const other = buddy(one);
        if (other === undefined) {
          expect(one.length).toBe(0);
          return;
        }
        expect(overlaps(one, other)).toBe(false);
        expect(mergePrefixes([other, one])).toEqual([truncate(one, one.length - 1)]);
      }),
    );
  });

  test("cidr-tools as an oracle: contains and overlaps", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const [left, right] = [formatPrefix(a), formatPrefix(b)];
        expect(contains(a, b)).toBe(peerContains(left, right));
        expect(overlaps(a, b)).toBe(overlapCidr(left, right));
        expect(overlaps(a, b)).toBe(overlaps(b, a));
      }),
    );
    expect(contains(parsed("0.0.0.0/0"), parsed("::/0"))).toBe(false);
    expect(overlaps(parsed("::/0"), parsed("0.0.0.0/0"))).toBe(false);
  });

  test("cidr-tools as an oracle: merging, and what is left when blocks are taken out", () => {
    const blocks = fc.array(fc.tuple(fc.nat(255), fc.integer({ min: 24, max: 32 })), { maxLength: 12 });
    fc.assert(
      fc.property(blocks, fc.boolean(), (list, isSix) => {
        const base = parsed(isSix ? "2001:db8::/120" : "10.0.0.0/24");
        const made = list.map(([offset, length]) =>
          base.family === 4
            ? truncate({ family: 4, address: base.address + offset }, length)
            : truncate({ family: 6, address: base.address + BigInt(offset) }, length + 96),
        );
        const texts = made.map(formatPrefix);
        const merged = mergePrefixes(made);
        expect(merged.map(formatPrefix).sort()).toEqual(
          texts.length === 0 ? [] : [...mergeCidr(texts)].sort(),
        );
        const ranges = prefixesToRanges(made);
        expect(ranges.flatMap((range) => rangeToPrefixes(range))).toEqual(
          ranges.flatMap((range) => mergePrefixes(rangeToPrefixes(range))),
        );
        const total = ranges.reduce((sum, range) => sum + rangeAddressCount(range), 0n);
        const left = excludeCidr([formatPrefix(base)], texts.length === 0 ? [] : texts).map(parsed);
        expect(total + left.reduce((sum, block) => sum + addressCount(block), 0n)).toBe(addressCount(base));
        for (const block of left) expect(merged.some((other) => overlaps(other, block))).toBe(false);
        expect(remainderOf(base, made)).toEqual(mergePrefixes(left));
      }),
    );
  });

  test("supernet and split are each other's reverse, and lazy", () => {
    fc.assert(
      fc.property(prefix, fc.nat(8), (one, bits) => {
        const width = one.family === 4 ? 32 : 128;
        const parts = split(one, one.length + bits);
        if (one.length + bits > width) {
          expect(parts.ok).toBe(false);
          return;
        }
        const all = parts.ok ? [...parts.value] : [];
        expect(all.length).toBe(2 ** bits);
        expect(mergePrefixes(all)).toEqual([one]);
        for (const part of all) expect(supernet(part, one.length)).toEqual({ ok: true, value: one });
      }),
    );
    const everything = split(parsed("::/0"), 128);
    if (!everything.ok) throw new Error("refused");
    const [first] = everything.value;
    expect(first && formatPrefix(first)).toBe("::/128");
  });

  test("lengths out of range are answered, not thrown", () => {
    for (const length of [Number.NaN, -1, 33, 129, 1.5, Infinity, "8", undefined]) {
      const bad = length as number;
      const base = parsed("10.0.0.0/8");
      expect(prefixAt(base, bad).ok).toBe(false);
      if (length !== undefined) expect(supernet(base, bad).ok).toBe(false);
      if (length !== undefined) expect(split(base, bad).ok).toBe(false);
    }
    expect(supernet(parsed("0.0.0.0/0"))).toMatchObject({
      ok: false,
      error: { reason: "length-out-of-range" },
    });
    expect(split(parsed("10.0.0.0/32")).ok).toBe(false);
  });

  test("the order is by family, address, length, and total", () => {
    fc.assert(
      fc.property(prefix, prefix, prefix, (a, b, c) => {
        expect(Math.sign(comparePrefixes(a, b))).toBe(-Math.sign(comparePrefixes(b, a)) + 0);
        expect(comparePrefixes(a, b) === 0).toBe(equals(a, b));
        const [x, y, z] = [a, b, c].sort(comparePrefixes) as [Prefix, Prefix, Prefix];
        expect(comparePrefixes(x, z)).toBeLessThanOrEqual(0);
        if (comparePrefixes(y, z) < 0) expect(comparePrefixes(x, z)).toBeLessThan(0);
      }),
    );
  });
});

describe("ranges", () => {
  test("are read as MetalLB writes them, and become the fewest prefixes", () => {
    const cases: readonly [string, string[]][] = [
      ["10.0.0.1-10.0.0.9", ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/30", "10.0.0.8/31"]],
      [" 10.0.0.0 - 10.0.0.255 ", ["10.0.0.0/24"]],
      ["0.0.0.0-255.255.255.255", ["0.0.0.0/0"]],
      ["2001:db8::1-2001:db8::1", ["2001:db8::1/128"]],
      ["192.0.2.0/28", ["192.0.2.0/28"]],
      ["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ["::/0"]],
    ];
    for (const [text, expected] of cases) {
      const range = parseRange(text);
      if (!range.ok) throw new Error(describeParseFailure(range.error));
      expect(rangeToPrefixes(range.value).map(formatPrefix)).toEqual(expected);
    }
  });

  test("wrong ones are refused, with the place", () => {
    const cases: readonly [string, ParseProblem, number][] = [
      ["10.0.0.9-10.0.0.1", "range-reversed", 8],
      ["10.0.0.1-::1", "range-mixed", 8],
      ["10.0.0.1-", "empty", 9],
      ["-10.0.0.1", "empty", 0],
      ["10.0.0.1-10.0.0.256", "part-too-large", 16],
      ["10.0.0.1 - 10.0.0.01", "leading-zero", 18],
      [" 10.0.0.x-10.0.0.9", "bad-character", 8],
      ["10.0.0.1-10.0.0.9-10.0.0.12", "bad-character", 17],
      ["10.0.0.1-9", "too-few-parts", 10],
      ["x".repeat(1000), "too-long", 0],
    ];
    for (const [text, problem, at] of cases) {
      expect(parseRange(text), text.slice(0, 40)).toMatchObject({ ok: false, error: { problem, at } });
    }
  });

  test("a range and its prefixes are the same addresses, in the fewest blocks", () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(address4, address4), fc.tuple(address6, address6)), ([a, b]) => {
        const [first, last] = compareAddresses(a, b) <= 0 ? [a, b] : [b, a];
        const range = { first, last };
        const prefixes = rangeToPrefixes(range);
        expect(prefixes.reduce((sum, block) => sum + addressCount(block), 0n)).toBe(rangeAddressCount(range));
        expect(prefixesToRanges(prefixes)).toEqual([range]);
        expect(mergePrefixes(prefixes)).toEqual(prefixes);
        expect(prefixes.every((block) => rangeContains(range, block))).toBe(true);
        expect(prefixes.length).toBeLessThanOrEqual(2 * (first.family === 4 ? 32 : 128));
        const around = prefixAround(range);
        expect(containsAddress(around, first) && containsAddress(around, last)).toBe(true);
        if (prefixes.length === 1) expect(prefixes).toEqual([around]);
        const read = parseRange(formatRange(range), anyway);
        expect(read).toEqual({ ok: true, value: range });
        expect(rangeOf(around).first.address).toBe(around.address);
      }),
    );
  });
});
