import { expect, test } from "vitest";
import { PoolSpace } from "../../ipam/index.ts";
import type { Manager } from "../../runtime/index.ts";
import { prefix } from "../testing/usable-pool.ts";
import { passOnSpace, raiseSpaceFreed } from "./space-signals.ts";

function raisedBy(act: (manager: Pick<Manager, "raise" | "awaited">) => void, isAwaited = true): string[] {
  const raised: string[] = [];
  act({
    raise: ({ value }, atMost) => raised.push(atMost === undefined ? value : `${value} ×${atMost}`),
    awaited: () => isAwaited,
  });
  return raised;
}

const space = new PoolSpace({ cidr: prefix("10.0.0.0/24") });
space.occupy("a", prefix("10.0.0.0/25"));
space.occupy("b", prefix("10.0.0.192/26"));

test("PX-03 freed space wakes one for each length that fits, and all who want a certain block", () => {
  const raised = raisedBy((manager) => raiseSpaceFreed(manager, "fleet/prod", space));
  expect(raised[0]).toBe("fleet/prod");
  expect(raised.slice(1)).toEqual([26, 27, 28, 29, 30, 31, 32].map((length) => `fleet/prod/${length} ×1`));
});

test("whoever passes the wake on disturbs nobody who wants a certain block", () => {
  expect(raisedBy((manager) => passOnSpace(manager, "fleet/prod", space))).not.toContain("fleet/prod");
});

test("a full pool wakes nobody for a length", () => {
  const full = new PoolSpace({ cidr: prefix("10.0.0.0/24") });
  full.occupy("all", prefix("10.0.0.0/24"));
  expect(raisedBy((manager) => passOnSpace(manager, "fleet/prod", full))).toEqual([]);
});

test("where nobody waits, what is free is not counted", () => {
  expect(raisedBy((manager) => passOnSpace(manager, "fleet/prod", space), false)).toEqual([]);
});
