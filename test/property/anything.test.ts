/**
 * Anything that kubectl can do, at random, while operators work, are killed, paused and started: the real
 * operator and the real API server in one process, in the order that one seed decides.
 */
import { expect, test } from "vitest";
import { runHistory, shrunk } from "./history.ts";
import { playHistories } from "./seeds.ts";

test("PX-02 PX-11 no address is promised to two who both live, whatever users do, and check agrees", async () => {
  const { failures } = await playHistories({ usual: 40, long: 300 }, runHistory, shrunk);
  expect(failures).toEqual([]);
}, 3_600_000);
