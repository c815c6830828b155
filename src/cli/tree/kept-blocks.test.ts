import { expect, test } from "vitest";
import { pool, subnet } from "../../operator/testing/objects.ts";
import { toPlain } from "../screen/text.ts";
import { keptBlocks, keptTable } from "./kept-blocks.ts";

const released = (name: string, poolRef: string, cidr: string) =>
  subnet(name, poolRef, cidr, { status: { phase: "Released", releasedAt: "2026-01-01T00:00:00Z" } });

test("PX-20 released blocks are listed by address: those that rest until a time, and those that are kept", () => {
  const blocks = keptBlocks(
    [
      pool("slow", "10.0.0.0/16", { spec: { reuseDelaySeconds: 60 } }),
      pool("safe", "10.1.0.0/16", { spec: { reclaimPolicy: "Retain" } }),
    ],
    [released("b", "safe", "10.1.0.0/24"), released("a", "slow", "10.0.1.0/24")],
  );
  const lines = keptTable(blocks).map((line) => toPlain(line).replaceAll(/ {2,}/g, " | "));
  expect(lines.slice(1)).toEqual([
    "10.0.1.0/24 | resting | slow | a | 2026-01-01T00:00:00Z | 2026-01-01T00:01:00Z",
    "10.1.0.0/24 | kept | safe | b | 2026-01-01T00:00:00Z | when it is deleted",
  ]);
});
