/** Which range a SubnetPoolClaim means. Pure. */

import type { BlockRequest, SubnetPoolClaim } from "../../api/index.ts";
import { contains, equals, type Prefix } from "../../ipam/index.ts";
import { rememberedBlock } from "../model/block-record.ts";
import { fits } from "../model/claim-subnet.ts";

/** Whether the range is what the claim asks for, or what its pool had grown to. */
export function isMeant(claim: SubnetPoolClaim, range: Prefix, wanted: BlockRequest): boolean {
  const had = rangeOnRecord(claim, wanted);
  return fits(range, wanted) || (had !== undefined && equals(range, had));
}

/** What its pool ranged over in an earlier life; it may have grown since the claim asked for it. */
export function rangeOnRecord(claim: SubnetPoolClaim, wanted: BlockRequest): Prefix | undefined {
  const had = rememberedBlock(claim);
  if (had === undefined || wanted.want === "default") return undefined;
  const isAround = wanted.want === "exactly" ? contains(had, wanted.prefix) : had.length <= wanted.length;
  return isAround ? had : undefined;
}
