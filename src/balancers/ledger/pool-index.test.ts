import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, parseRange, rangeContains } from "../../ipam/index.ts";
import { describeLookUp, PoolIndex } from "./pool-index.ts";

const pool = (name: string, ...ranges: string[]) => ({ name, ranges });

test("RC-01 the most specific range wins", () => {
  const index = new PoolIndex([pool("wide", "10.0.0.0/8"), pool("narrow", "10.1.0.0-10.1.0.99")]);
  expect(index.lookUp("10.1.0.50")).toMatchObject({ result: "found", pool: { name: "narrow" } });
  expect(index.lookUp("10.1.0.100")).toMatchObject({ result: "found", pool: { name: "wide" } });
});

test("RC-01 two pools that hold an IP in ranges of one size are ambiguous, whatever their order", () => {
  const index = new PoolIndex([pool("a", "10.0.0.0-10.0.0.9"), pool("b", "10.0.0.5-10.0.0.14")]);
  expect(index.lookUp("10.0.0.7")).toMatchObject({
    result: "ambiguous",
    pools: [{ name: "a" }, { name: "b" }],
  });
  expect(describeLookUp(index.lookUp("10.0.0.7"))).toContain("2 pools of the ledger at once (a, b)");
});

test("RC-01 nothing found names the IP and the nearest pools of its family, nearest first", () => {
  const index = new PoolIndex([
    pool("far", "10.9.0.0/24"),
    pool("near", "10.0.1.0/24"),
    pool("six", "2001:db8::/64"),
    pool("bad", "10.0.0.9-10.0.0.1"),
  ]);
  expect(index.lookUp("10.0.0.250")).toEqual({
    result: "not-found",
    ip: "10.0.0.250",
    nearest: [
      { name: "near", range: "10.0.1.0/24", distance: "6" },
      { name: "far", range: "10.9.0.0/24", distance: "589574" },
    ],
  });
  expect(describeLookUp(new PoolIndex([]).lookUp("2001:DB8::1"))).toBe(
    "no pool of the ledger holds 2001:db8::1; it has none of the IPv6 family.",
  );
  expect(index.lookUp("010.0.0.1")).toEqual({ result: "not-an-ip", ip: "010.0.0.1" });
});

test("RC-01 for any ranges, a look-up agrees with a look through all of them", () => {
  const range = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 60 }))
    .map(([first, more]) => `10.0.0.${first}-10.0.0.${Math.min(first + more, 255)}`);
  const pools = fc.array(fc.array(range, { minLength: 1, maxLength: 3 }), { maxLength: 6 });
  fc.assert(
    fc.property(pools, fc.integer({ min: 0, max: 255 }), (ranges, last) => {
      const address = { family: 4 as const, address: 0x0a000000 + last };
      const candidates = ranges.map((texts, at) => pool(`p${at}`, ...texts));
      const found = new PoolIndex(candidates).lookUp(formatAddress(address));
      const sizes = candidates.flatMap(({ name, ranges: texts }) =>
        texts.flatMap((text) => {
          const parsed = parseRange(text);
          if (!parsed.ok || !rangeContains(parsed.value, address)) return [];
          return [{ name, size: Number(parsed.value.last.address) - Number(parsed.value.first.address) }];
        }),
      );
      const least = Math.min(...sizes.map(({ size }) => size));
      const best = new Set(sizes.filter(({ size }) => size === least).map(({ name }) => name));
      if (best.size === 0) expect(found.result).toBe("not-found");
      else if (best.size > 1) expect(found.result).toBe("ambiguous");
      else expect(found).toMatchObject({ result: "found", pool: { name: [...best][0] } });
    }),
  );
});
