/**
 * What a claim remembers: three labels say which block an identity has or had. Backup tools keep labels, so a claim that is
 * restored without its status, and without its Subnet, still knows its number (`docs/design/0009`).
 *
 * A record belongs to one identity only, which a hash identifies: labels that were copied to another claim along with a
 * manifest have no effect there. It gives no right to a block that another claim holds; it is a request like `requestedCIDR`.
 */
import { hash } from "node:crypto";
import { formatPrefix, type Prefix, parsePrefix } from "../ipam/index.ts";
import { BLOCK_LABEL, BLOCK_LIFE_LABEL, BLOCK_OWNER_LABEL } from "./group.ts";
import { lifeOf } from "./life.ts";
import type { SubnetClaim } from "./subnet-claim.ts";
import type { SubnetPoolClaim } from "./subnet-pool-claim.ts";

const OWNER_DIGITS = 16;

export interface BlockRecord {
  readonly block: Prefix;
  /** {@link lifeOf} the claim that asked for it: this one, or one of the same identity before it. */
  readonly life: string | undefined;
}

/**
 * The identity of a claim, independent of its objects: kind, pool, clusterID, purpose and the claim's name. The namespace is
 * left out, since records stay with their namespace and a backup may be restored into one of another name.
 */
function ownerOf(claim: SubnetClaim | SubnetPoolClaim): string {
  const parts =
    "parentPoolRef" in claim.spec
      ? ["pool", claim.spec.parentPoolRef, claim.metadata.name]
      : ["claim", claim.spec.poolRef, claim.spec.clusterID, claim.spec.purpose ?? "", claim.metadata.name];
  // After a letter: YAML reads digits alone as a number.
  return `o${hash("sha256", JSON.stringify(parts)).slice(0, OWNER_DIGITS)}`;
}

/** A prefix as a label value: `10.0.1.0_24`, `2001-db8--_32`. */
export function labelOfBlock(block: Prefix): string {
  const text = formatPrefix(block).replaceAll(":", "-").replace("/", "_");
  return text.startsWith("-") ? `0${text}` : text;
}

function blockOfLabel(value: string): Prefix | undefined {
  const parsed = parsePrefix(value.replaceAll("-", ":").replace("_", "/"));
  return parsed.ok ? parsed.value : undefined;
}

/** Undefined if there is none, it is invalid, or it belongs to another identity. */
export function recordOf(claim: SubnetClaim | SubnetPoolClaim): BlockRecord | undefined {
  const { labels = {} } = claim.metadata;
  const value = labels[BLOCK_LABEL];
  if (value === undefined || labels[BLOCK_OWNER_LABEL] !== ownerOf(claim)) return undefined;
  const block = blockOfLabel(value);
  return block === undefined ? undefined : { block, life: labels[BLOCK_LIFE_LABEL] };
}

/** The labels that record this block for the claim. */
export function recordLabels(
  claim: SubnetClaim | SubnetPoolClaim,
  block: Prefix,
  life: string = lifeOf(claim),
): Readonly<Record<string, string>> {
  return {
    [BLOCK_LABEL]: labelOfBlock(block),
    [BLOCK_OWNER_LABEL]: ownerOf(claim),
    [BLOCK_LIFE_LABEL]: life,
  };
}
