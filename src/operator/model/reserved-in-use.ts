/** A range may be reserved that is already allocated: its owner keeps it, and both sides report it. */
import type { PoolSettings } from "../../api/index.ts";
import { formatPrefix, type PoolSpace } from "../../ipam/index.ts";

/** Most Subnets that the sentence names. */
const MOST_NAMED = 5;

/**
 * What to say of the reserved ranges that Subnets lie in; undefined when there are none. Looks no further than it
 * names, so that it costs the same at any number of Subnets.
 *
 * @param isSubnet Who is in the space by this name is a Subnet by now, not one that is still to be.
 */
export function reservedInUse(
  space: PoolSpace,
  reserved: PoolSettings["reserved"],
  isSubnet: (owner: string) => boolean,
): string | undefined {
  const found = new Map<string, string>();
  for (const range of reserved) {
    for (const { owner, prefix } of space.occupants(range.prefix)) {
      if (isSubnet(owner)) found.set(owner, `Subnet ${owner} (${formatPrefix(prefix)})`);
      if (found.size > MOST_NAMED) break;
    }
    if (found.size > MOST_NAMED) break;
  }
  if (found.size === 0) return undefined;
  const names = [...found.values()].slice(0, MOST_NAMED).join(", ");
  const rest = found.size > MOST_NAMED ? " and more" : "";
  return `a reserved range overlaps allocated blocks: ${names}${rest}: remove the reservation, or release the blocks`;
}
