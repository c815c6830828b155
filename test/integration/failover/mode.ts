/**
 * How many operators serve the tests of this run. `PLEXAUBNET_TEST_REPLICAS`:
 *
 * - unset: one, without leader election.
 * - `in-process`: two under leader election, of which the leader is killed and paused while the tests run.
 * - `processes`: the same with `plexaubnet run` as processes of their own.
 */
import { test } from "vitest";

export type Mode = "one" | "in-process" | "processes";

const asked = process.env.PLEXAUBNET_TEST_REPLICAS ?? "";
if (!["", "in-process", "processes"].includes(asked))
  throw new Error(`PLEXAUBNET_TEST_REPLICAS is in-process or processes, not "${asked}"`);

export const MODE: Mode = asked === "" ? "one" : (asked as Mode);

/** A test of what one process shows or serves, for the reason given: left out where leaders come and go. */
export function testOfOneProcess(_reason: string): typeof test.skip | typeof test {
  return test.skipIf(MODE !== "one");
}
