/**
 * What stands on a Subnet: the claim that it serves, or the child pool whose range it is (`docs/design/0009`). Nothing gives a
 * block back while something depends on it, even if a user deletes the Subnet.
 */

import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import type { Action, WaitKey } from "../../runtime/index.ts";
import { POOL_REF_INDEX } from "../model/indexes.ts";
import { objectKey } from "../model/wait-keys.ts";

export interface ClaimStanding {
  readonly kind: "claim";
  readonly name: string;
  /** Absent where a restored reference has none. */
  readonly uid: string | undefined;
  /**
   * - `lives`: the claim of this UID is there.
   * - `heir`: another life of it is there, and is about to take the Subnet over.
   * - `gone`: no claim of that name is there, or one that has another identity or does not want the block.
   */
  readonly claim: "lives" | "heir" | "gone";
  /** No claim of that name is there, of whichever life. */
  readonly isNameFree: boolean;
}

export interface PoolStanding {
  readonly kind: "pool";
  readonly name: string;
  readonly pool: "lives" | "going" | "gone";
  /** Something in the pool has addresses of this block. */
  readonly isInhabited: boolean;
  /** The pool is cut out of this block, and goes on. */
  readonly isNeeded: boolean;
  /** It is the block that the pool began with, which it never gives back itself. */
  readonly isBase: boolean;
  /** A SubnetPoolClaim of that name asks for such a pool, and has none yet. */
  readonly isAskedFor: boolean;
}

/** `nothing`: it was made by hand, and stands for itself. */
export type Standing = ClaimStanding | PoolStanding | { readonly kind: "nothing" };

/**
 * - `stays`: something stands on it, or it stands for itself.
 * - `goes`: what stood on it is gone.
 * - `awaits`: it is not known in this life, and what it was made for is not there: that may be restored yet.
 */
export type Fate = "stays" | "goes" | "awaits";

/**
 * @param isKnown it was decided in this life, or made by an operator in it.
 * @param isDeleted by any client.
 */
export function fateOf(standing: Standing, isKnown: boolean, isDeleted: boolean): Fate {
  switch (standing.kind) {
    case "nothing":
      return isDeleted ? "goes" : "stays";
    case "claim":
      if (standing.claim !== "gone") return "stays";
      // No life of a claim ever had it: it was made by hand, for one that may come.
      if (standing.uid === undefined) return isDeleted ? "goes" : "stays";
      return isKnown || isDeleted ? "goes" : "awaits";
    case "pool":
      if (standing.isInhabited || standing.isNeeded) return "stays";
      if (isDeleted) return "goes";
      if (standing.pool !== "gone" || standing.isAskedFor) return "stays";
      return isKnown ? "goes" : "awaits";
  }
}

/** What keeps it, or is waited for, in words. */
export function describeStanding(standing: Standing): string {
  switch (standing.kind) {
    case "nothing":
      return "nothing";
    case "claim":
      return `SubnetClaim ${standing.name}`;
    case "pool":
      return `SubnetPool ${standing.name}`;
  }
}

/** What would change its fate. */
export function standingKeys(standing: Standing, namespace: string): readonly WaitKey[] {
  if (standing.kind === "nothing") return [];
  const { name } = standing;
  if (standing.kind === "claim") return [objectKey(SUBNET_CLAIMS, namespace, name)];
  return [
    { ...objectKey(SUBNET_POOLS, namespace, name), ignoreStatus: true },
    objectKey(SUBNET_POOL_CLAIMS, namespace, name),
    { resource: SUBNETS, index: POOL_REF_INDEX, value: `${namespace}/${name}`, on: ["added", "deleted"] },
  ];
}

/** The API is asked before anything is written, since a cache of another kind may lag behind. */
export function confirmations(standing: Standing, namespace: string): Action[] {
  if (standing.kind === "claim") {
    const { name, uid, isNameFree } = standing;
    // Another life of the claim may be there by now, and is to have the block.
    const which = isNameFree || uid === undefined ? {} : { uid };
    return isNameFree || uid !== undefined
      ? [{ do: "confirm-gone", resource: SUBNET_CLAIMS, namespace, name, ...which }]
      : [];
  }
  if (standing.kind === "pool" && standing.pool === "gone")
    return [{ do: "confirm-gone", resource: SUBNET_POOLS, namespace, name: standing.name }];
  return [];
}
