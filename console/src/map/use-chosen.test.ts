import { expect, test } from "vitest";
import { formatBlock } from "../address/address.ts";
import type { Place } from "../api/answers.ts";
import { chosenOf } from "./use-chosen.ts";

const trail = [
  { pool: "corp", cidr: "10.0.0.0/8" },
  { pool: "eu", cidr: "10.32.0.0/11" },
];

const place = (more: Partial<Place>): Place => ({
  namespace: "fleet",
  pool: "eu",
  poolCidr: "10.32.0.0/11",
  trail,
  state: "allocated",
  cidr: "10.32.4.0/22",
  first: "",
  last: "",
  addresses: "1",
  sentence: "",
  neighbours: [],
  overlaps: [],
  ...more,
});

test("CN-02 a block is chosen in the lane of its pool, and a pool in that of its parent", () => {
  const found = (more: Partial<Place>, outer: number) => {
    const chosen = chosenOf(place(more), outer)!;
    return `${formatBlock(chosen.block)} ${chosen.depth}`;
  };
  expect(found({ subnet: "a" }, 1)).toBe("10.32.4.0/22 1");
  expect(found({ subnet: "a" }, 2)).toBe("10.32.4.0/22 0");
  expect(found({ cidr: "10.32.0.0/11" }, 1)).toBe("10.32.0.0/11 0");
  expect(found({ cidr: "10.32.0.0/11" }, 2)).toBe("10.32.0.0/11 -1");
  // One Subnet may hold all of its pool.
  expect(found({ cidr: "10.32.0.0/11", subnet: "all" }, 1)).toBe("10.32.0.0/11 1");
});
