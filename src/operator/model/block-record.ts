/** The record that a claim keeps of its block, as it is read (`api/block-record.ts`, `docs/design/0009`). */
import { lifeOf, recordOf, type SubnetClaim, type SubnetPoolClaim } from "../../api/index.ts";
import { equals, type Prefix, parsePrefix } from "../../ipam/index.ts";

export type AnyClaim = SubnetClaim | SubnetPoolClaim;

/** The block that an earlier life of the claim had. */
export function rememberedBlock(claim: AnyClaim): Prefix | undefined {
  const record = recordOf(claim);
  return record === undefined || record.life === lifeOf(claim) ? undefined : record.block;
}

/** The block that the claim itself asked for, and may ask for no more. */
export function askedBlock(claim: AnyClaim): Prefix | undefined {
  const record = recordOf(claim);
  return record?.life === lifeOf(claim) ? record.block : undefined;
}

/** Whether the claim, as it was seen, records this block. */
export function records(claim: AnyClaim, block: Prefix): boolean {
  const record = recordOf(claim);
  return record !== undefined && equals(record.block, block);
}

/** The block that a claim is to have: promised, remembered, or asked for. */
export function dueBlockOf(claim: SubnetClaim): Prefix | undefined {
  const promised = claim.status?.allocatedCIDR;
  if (promised === undefined) return recordOf(claim)?.block;
  const parsed = parsePrefix(promised);
  return parsed.ok ? parsed.value : undefined;
}
