/**
 * The record that a claim keeps of its block, as what it is due (`api/block-record.ts`, `docs/design/0009`).
 */
import {
  BLOCK_LABEL,
  BLOCK_LIFE_LABEL,
  BLOCK_OWNER_LABEL,
  lifeOf,
  recordLabels,
  recordOf,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { Resource } from "../../client/index.ts";
import { equals, type Prefix } from "../../ipam/index.ts";
import type { Action } from "../../runtime/index.ts";

type AnyClaim = SubnetClaim | SubnetPoolClaim;

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

/** @param life default: this one. Of an earlier one, the claim is given no other block. */
export function writeRecord<T extends AnyClaim>(
  resource: Resource<T>,
  claim: T,
  block: Prefix,
  life?: string,
): Action[] {
  const isKnown = records(claim, block) && (life === undefined || askedBlock(claim) === undefined);
  if (isKnown) return [];
  return [
    { do: "patch", resource, of: claim, patch: { metadata: { labels: recordLabels(claim, block, life) } } },
  ];
}

/** Of a block that was asked for, and is somebody else's. */
export function withdrawRecord<T extends AnyClaim>(resource: Resource<T>, claim: T): Action[] {
  if (askedBlock(claim) === undefined) return [];
  const labels = { [BLOCK_LABEL]: null, [BLOCK_OWNER_LABEL]: null, [BLOCK_LIFE_LABEL]: null };
  return [{ do: "patch", resource, of: claim, patch: { metadata: { labels } } }];
}
