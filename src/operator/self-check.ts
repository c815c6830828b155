/**
 * Compares the incremental accounting with one from scratch while the operator runs, one pool at a time, so that a
 * large fleet is walked through without a pause (allocation.md, "Accounting").
 */
import type { SubnetPool } from "../api/index.ts";
import type { Timer } from "../kernel/index.ts";
import type { Bookkeeping } from "./bookkeeping.ts";
import type { OperatorWorld } from "./operator-world.ts";

const DEFAULT_INTERVAL_MS = 60_000;

export function startSelfCheck(
  world: OperatorWorld,
  { verify }: Pick<Bookkeeping, "verify">,
  intervalMs: number = DEFAULT_INTERVAL_MS,
): { stop(): void } {
  let round: SubnetPool[] = [];
  let timer: Timer | undefined;
  const next = () => {
    if (round.length === 0) round = [...world.pools.values()];
    const pool = round.pop();
    if (pool !== undefined) verify(pool);
    timer = world.clock.setTimer(intervalMs, next, true);
  };
  timer = world.clock.setTimer(intervalMs, next, true);
  return { stop: () => timer?.cancel() };
}
