/** Of which lengths a pool has free blocks, as what to wake those by who wait in line for one. */
import type { PoolSpace } from "../../ipam/index.ts";
import type { SignalWaitKey } from "../../runtime/index.ts";
import { LENGTH_FREED_SIGNAL } from "../model/indexes.ts";

export function freedLengthKeys(poolKey: string, space: PoolSpace): readonly SignalWaitKey[] {
  const { freeCountBySize } = space.accounting();
  const keys: SignalWaitKey[] = [];
  for (let length = space.cidr.length; length < freeCountBySize.length; length++)
    if (freeCountBySize[length] !== 0)
      keys.push({ signal: LENGTH_FREED_SIGNAL, value: `${poolKey}/${length}` });
  return keys;
}
