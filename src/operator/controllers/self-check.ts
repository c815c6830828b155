/**
 * Recalculates pools while the operator runs, one at a time, so that a large fleet is walked through without a pause
 * (`docs/allocation-protocol.md#accounting`). It finds a mismatch in the accounting, and a status that is not what it should be
 * although there was no event for that.
 */
import type { SubnetPool } from "../../api/index.ts";
import type { Timer } from "../../kernel/index.ts";
import { type Request, requestFor } from "../../runtime/index.ts";
import type { OperatorWorld } from "../view/world.ts";

const DEFAULT_INTERVAL_MS = 60_000;

export function startSelfCheck(
  world: OperatorWorld,
  recalculate: (pool: SubnetPool, target: Request) => void,
  intervalMs: number = DEFAULT_INTERVAL_MS,
): { stop(): void } {
  let round: SubnetPool[] = [];
  let timer: Timer | undefined;
  const next = () => {
    if (round.length === 0) round = [...world.pools.values()];
    const pool = round.pop();
    const target = pool && requestFor(pool);
    if (pool !== undefined && target !== undefined) recalculate(pool, target);
    timer = world.clock.setTimer(intervalMs, next, true);
  };
  timer = world.clock.setTimer(intervalMs, next, true);
  return { stop: () => timer?.cancel() };
}
