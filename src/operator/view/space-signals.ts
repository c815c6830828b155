/**
 * Who is woken when space of a pool becomes free. Ten thousand claims may wait for one pool, and a block that is
 * released serves one of them: so those who want a block of some length are woken one at a time, the longest waiting
 * first, and whoever was woken passes it on while there is more. Those who want a certain block are all woken.
 */
import type { PoolSpace } from "../../ipam/index.ts";
import type { Manager } from "../../runtime/index.ts";
import { SPACE_FREED_SIGNAL } from "../model/indexes.ts";

/** Space was freed: wakes all who want a certain block, and one for each length that there is a block of. */
export function raiseSpaceFreed(
  manager: Pick<Manager, "raise" | "awaited">,
  poolKey: string,
  space: PoolSpace | undefined,
): void {
  manager.raise({ signal: SPACE_FREED_SIGNAL, value: poolKey });
  passOnSpace(manager, poolKey, space);
}

/** Whoever was woken has decided: wakes the next one for each length that there is still a block of. */
export function passOnSpace(
  manager: Pick<Manager, "raise" | "awaited">,
  poolKey: string,
  space: PoolSpace | undefined,
): void {
  // In a pool with room nobody waits, and what is free need not be counted.
  if (space === undefined || !manager.awaited(SPACE_FREED_SIGNAL)) return;
  const accounting = space.accounting();
  for (let length = space.cidr.length; length < accounting.freeCountBySize.length; length++) {
    if (accounting.freeCountBySize[length] === 0) continue;
    manager.raise({ signal: SPACE_FREED_SIGNAL, value: `${poolKey}/${length}` }, 1);
  }
}
