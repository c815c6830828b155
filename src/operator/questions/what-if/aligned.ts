/** The block of a claim that is to begin where larger blocks begin. Pure. */
import { formatPrefix, type PoolSpace, type Prefix, truncate } from "../../../ipam/index.ts";

/**
 * A free block of this length that begins where a block of the length `align` begins: the lowest one, or for
 * Buddy the one in the smallest free block.
 */
export function alignedBlock(
  space: PoolSpace,
  length: number,
  align: number,
  strategy: "Linear" | "Buddy",
): string | undefined {
  let best: Prefix | undefined;
  for (const free of space.freeBlocks()) {
    const isLarge = free.length <= length;
    const begins = truncate(free, Math.min(align, free.length)).address === free.address;
    if (!isLarge || !begins) continue;
    if (best === undefined || (strategy === "Buddy" && free.length > best.length)) best = free;
    if (strategy === "Linear") break;
  }
  return best === undefined ? undefined : formatPrefix(truncate(best, length));
}
