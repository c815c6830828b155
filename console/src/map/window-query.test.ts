import { expect, test } from "vitest";
import { parseAddress, parseBlock } from "../address/address.ts";
import { addressesIn, panned, windowOf, zoomed } from "./view-window.ts";
import { queryFor } from "./window-query.ts";

for (const [family, cidr] of [
  [4, "10.0.0.0/8"],
  [6, "2001:db8::/32"],
] as const) {
  const bounds = windowOf(parseBlock(cidr)!);

  test(`CN-01 what is asked for covers what is visible, stays in the pool, and is not much more (IPv${family})`, () => {
    let view = bounds;
    for (let step = 0; step < 80; step++) {
      const query = queryFor(family, view, bounds, 1200);
      const [from, to] = [parseAddress(query.from)!.value, parseAddress(query.to)!.value];
      const seen = addressesIn(view);
      expect(from <= seen.first && to >= seen.last).toBe(true);
      expect(from >= addressesIn(bounds).first && to <= addressesIn(bounds).last).toBe(true);
      expect(Number(to - from + 1n)).toBeLessThan(2 * Number(seen.last - seen.first + 1n) + 8);
      expect(query.cells).toBeLessThanOrEqual(2048);
      view = zoomed(view, 0.8, 0.37, bounds);
    }
  });

  test(`CN-01 small movements ask for the same (IPv${family})`, () => {
    let view = zoomed(bounds, 1 / 64, 0.4, bounds);
    const asked = new Set<string>();
    for (let step = 0; step < 40; step++) {
      asked.add(JSON.stringify(queryFor(family, view, bounds, 1200 + (step % 5))));
      view = panned(view, 0.01, bounds);
    }
    expect(asked.size).toBeLessThanOrEqual(8);
  });
}
