import fc from "fast-check";
import { Address4, Address6 } from "ip-address";
import { describe, expect, test } from "vitest";
import {
  type Address,
  describeParseFailure,
  formatAddress,
  formatPrefix,
  type ParseProblem,
  type Prefix,
  parseAddress,
  parsePrefix,
  parseRange,
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
const isMapped = (at: Address) => at.family === 6 && at.address >> 32n === 0xffffn;
const anyway = { allowIPv4Mapped: true };

function parsed(text: string): Prefix {
  const read = parsePrefix(text);
  if (!read.ok) throw new Error(describeParseFailure(read.error));
  return read.value;
}

/** Text, what is wrong, offset, suggestion. */
const NASTY: readonly [string, ParseProblem, number, string?][] = [
  ["", "empty", 0],
  [" ", "bad-character", 0],
  ["10.0.0.0", "length-missing", 8, "10.0.0.0/32"],
  ["2001:db8::", "length-missing", 10, "2001:db8::/128"],
  ["10.0.0.1/8", "host-bits", 0, "10.0.0.0/8"],
  ["2001:db8::1/32", "host-bits", 0, "2001:db8::/32"],
  ["010.0.0.0/8", "leading-zero", 0],
  ["10.00.0.0/8", "leading-zero", 3],
  ["0x0a.0.0.0/8", "bad-character", 1],
  ["10/8", "too-few-parts", 2],
  ["10.0/16", "too-few-parts", 4],
  ["10.0.0/24", "too-few-parts", 6],
  ["167772160/8", "part-too-large", 0],
  ["10.0.0.0.0/8", "too-many-parts", 8],
  ["10.0.0.256/32", "part-too-large", 7],
  ["10.0.0.1000/32", "part-too-large", 7],
  ["10..0.0/8", "part-missing", 3],
  ["10.0.0./8", "part-missing", 7],
  [".10.0.0/8", "part-missing", 0],
  ["10.0.0.0/", "length-invalid", 9],
  ["10.0.0.0/08", "length-invalid", 9],
  ["10.0.0.0/+8", "length-invalid", 9],
  ["10.0.0.0/-1", "length-invalid", 9],
  ["10.0.0.0/ 8", "length-invalid", 9],
  ["10.0.0.0/8 ", "length-invalid", 9],
  ["10.0.0.0/8/8", "length-invalid", 9],
  ["10.0.0.0/255.0.0.0", "length-invalid", 9],
  ["10.0.0.0/1e1", "length-invalid", 9],
  ["10.0.0.0/33", "length-too-large", 9],
  ["10.0.0.0/999", "length-too-large", 9],
  ["10.0.0.0/1000", "length-invalid", 9],
  ["::/129", "length-too-large", 3],
  ["/8", "part-missing", 0],
  ["１0.0.0.0/8", "bad-character", 0],
  ["10.0.0.0\n/8", "bad-character", 8],
  ["10.0.0.0\u0000/8", "bad-character", 8],
  ["localhost/8", "bad-character", 0],
  ["fe80::1%eth0/64", "zone", 7],
  ["[::1]/128", "bad-character", 0],
  [":::/0", "bad-character", 1],
  ["::1::/64", "two-elisions", 3],
  ["1:2:3:4:5:6:7/64", "too-few-parts", 13],
  ["1:2:3:4:5:6:7:8:9/64", "too-many-parts", 16],
  ["1:2:3:4::5:6:7:8/64", "too-many-parts", 7],
  ["12345::/16", "part-too-long", 0],
  ["g::/16", "bad-character", 0],
  [":1::/16", "part-missing", 0],
  ["1:/16", "part-missing", 2],
  ["1::2:/16", "part-missing", 5],
  ["::1.2.3/128", "too-few-parts", 7],
  ["::1.2.3.4.5/128", "too-many-parts", 9],
  ["::1.2.3.04/128", "leading-zero", 8],
  ["1.2.3.4::/64", "bad-character", 1],
  ["::ffff:10.0.0.0/104", "ipv4-mapped", 0, "10.0.0.0/8"],
  ["::ffff:a00:1/128", "ipv4-mapped", 0, "10.0.0.1/32"],
  ["::ffff:0:0/96", "ipv4-mapped", 0, "0.0.0.0/0"],
  ["1".repeat(50), "too-long", 0],
  [":".repeat(1_000_000), "too-long", 0],
];

describe("reading text", () => {
  test("known-nasty CIDRs are refused, with what is wrong, where, and what was meant", () => {
    for (const [text, problem, at, suggestion] of NASTY) {
      const read = parsePrefix(text);
      const shown = text.slice(0, 40);
      expect(read, shown).toMatchObject({ ok: false, error: { problem, at } });
      if (read.ok) continue;
      expect(read.error.suggestion, shown).toBe(suggestion);
      expect(describeParseFailure(read.error)).toContain(JSON.stringify(text.slice(0, 64)));
    }
  });

  test("what is not text is a failure, not an exception", () => {
    for (const value of [undefined, null, 10, {}, [], Symbol("x"), () => 1, 1n]) {
      for (const parse of [parsePrefix, parseAddress, parseRange]) {
        const read = parse(value as string);
        expect(read).toMatchObject({ ok: false, error: { problem: "not-text" } });
        if (!read.ok) expect(describeParseFailure(read.error)).toContain(typeof value);
      }
    }
  });

  test("right texts are read, whatever their spelling, and written in canonical form", () => {
    const cases: readonly [string, string][] = [
      ["0.0.0.0/0", "0.0.0.0/0"],
      ["255.255.255.255/32", "255.255.255.255/32"],
      ["::/0", "::/0"],
      ["2001:0DB8:0000:0000:0000:0000:0000:0000/32", "2001:db8::/32"],
      ["1:0:0:2:0:0:0:3/128", "1:0:0:2::3/128"],
      ["1:0:0:2:3:0:0:4/128", "1::2:3:0:0:4/128"],
      ["1:0:2:3:4:5:6:7/128", "1:0:2:3:4:5:6:7/128"],
      ["64:ff9b::192.0.2.33/128", "64:ff9b::c000:221/128"],
      ["1:2:3:4:5:6:7::/112", "1:2:3:4:5:6:7:0/112"],
      ["::2:3:4:5:6:7:8/128", "0:2:3:4:5:6:7:8/128"],
    ];
    for (const [text, canonical] of cases) expect(formatPrefix(parsed(text))).toBe(canonical);
  });

  test("host bits and mapped addresses pass when they are asked for", () => {
    expect(parsePrefix("10.1.2.3/8", { allowHostBits: true })).toEqual({
      ok: true,
      value: parsed("10.0.0.0/8"),
    });
    const mapped = parsePrefix("::ffff:10.0.0.0/104", anyway);
    expect(mapped.ok && formatPrefix(mapped.value)).toBe("::ffff:a00:0/104");
  });

  test("every prefix and address reads back as itself", () => {
    fc.assert(
      fc.property(prefix, address, (one, at) => {
        expect(parsePrefix(formatPrefix(one), anyway)).toEqual({ ok: true, value: one });
        expect(parseAddress(formatAddress(at), anyway)).toEqual({ ok: true, value: at });
        if (!isMapped(at)) expect(parseAddress(formatAddress(at)).ok).toBe(true);
      }),
    );
  });

  test("ip-address as an oracle: it reads and writes every address as we do", () => {
    fc.assert(
      fc.property(address, (at) => {
        if (at.family === 4) {
          expect(new Address4(formatAddress(at)).bigInt()).toBe(BigInt(at.address));
        } else {
          expect(new Address6(formatAddress(at)).bigInt()).toBe(at.address);
          expect(formatAddress(at)).toBe(Address6.fromBigInt(at.address).correctForm());
        }
      }),
    );
  });

  test("ip-address as an oracle: what we accept it accepts, and as the same address", () => {
    const alphabet = [
      ..."0123456789abcfF:./%-g ",
      "::",
      "ffff",
      "255",
      "256",
      "10.0.0.0",
      "2001:db8::",
      "/64",
    ];
    const text = fc.oneof(
      fc.array(fc.constantFrom(...alphabet), { maxLength: 14 }).map((parts) => parts.join("")),
      fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }).map((parts) => parts.join(".")),
      fc
        .array(fc.nat(0x1ffff), { minLength: 1, maxLength: 9 })
        .map((g) => g.map((n) => n.toString(16)).join(":")),
      fc.string({ maxLength: 60, unit: "binary" }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        for (const parse of [parsePrefix, parseRange]) {
          const read = parse(candidate);
          if (!read.ok) expect(describeParseFailure(read.error).length).toBeLessThan(700);
        }
        const read = parseAddress(candidate, anyway);
        const valid4 = Address4.isValid(candidate) && !candidate.includes("/");
        const valid6 = Address6.isValid(candidate) && !/[/%]/.test(candidate);
        if (!read.ok) expect([valid4, valid6], candidate).toEqual([false, false]);
        else if (read.value.family === 4)
          expect(new Address4(candidate).bigInt()).toBe(BigInt(read.value.address));
        else expect(new Address6(candidate).bigInt()).toBe(read.value.address);
      }),
      { numRuns: 1000 },
    );
  });
});
