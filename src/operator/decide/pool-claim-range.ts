/** Which range a SubnetPoolClaim means. Pure. */

import type { SubnetPoolClaim, Wish } from "../../api/index.ts";
import { contains, equals, type Prefix } from "../../ipam/index.ts";
import { rememberedBlock } from "../model/block-record.ts";
import { fits } from "../model/claim-subnet.ts";

/** Whether the range is what the claim asks for, or what its pool had grown to. */
export function isMeant(claim: SubnetPoolClaim, range: Prefix, wish: Wish): boolean {
  const had = rangeOnRecord(claim, wish);
  return fits(range, wish) || (had !== undefined && equals(range, had));
}

/** What its pool ranged over in an earlier life; it may have grown since the claim asked for it. */
export function rangeOnRecord(claim: SubnetPoolClaim, wish: Wish): Prefix | undefined {
  const had = rememberedBlock(claim);
  if (had === undefined || wish.want === "default") return undefined;
  const isAround = wish.want === "exactly" ? contains(had, wish.prefix) : had.length <= wish.length;
  return isAround ? had : undefined;
}
