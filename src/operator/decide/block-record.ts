/**
 * The record that a claim keeps of its block, as what it is due (`api/block-record.ts`, `docs/design/0009`).
 */
import { BLOCK_LABEL, BLOCK_LIFE_LABEL, BLOCK_OWNER_LABEL, recordLabels } from "../../api/index.ts";
import type { Prefix } from "../../ipam/index.ts";
import type { Resource } from "../../kube/index.ts";
import type { Action } from "../../runtime/index.ts";
import { type AnyClaim, askedBlock, records } from "../model/block-record.ts";

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

/** Of a block that was requested, and that another claim holds. */
export function withdrawRecord<T extends AnyClaim>(resource: Resource<T>, claim: T): Action[] {
  if (askedBlock(claim) === undefined) return [];
  const labels = { [BLOCK_LABEL]: null, [BLOCK_OWNER_LABEL]: null, [BLOCK_LIFE_LABEL]: null };
  return [{ do: "patch", resource, of: claim, patch: { metadata: { labels } } }];
}
