/**
 * What was saved comes back as it was: random fleets, random parts of the backup missing, in random order,
 * while operators come and go. The real operator and the real API server in one process, in the order that
 * one seed decides.
 */
import { expect, test } from "vitest";
import { runRestore, shrunkRestore } from "./restore-history.ts";
import { playHistories } from "./seeds.ts";

test("PX-11 a claim that had a block has it again after a restore, or reports what blocks it", async () => {
  const { failures } = await playHistories({ usual: 30, long: 200 }, runRestore, shrunkRestore);
  expect(failures).toEqual([]);
}, 3_600_000);
