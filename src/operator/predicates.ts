/** Predicates that more than one table of routes uses. */
import { parentNameOf, type SubnetClaim, type SubnetPool, type SubnetPoolClaim } from "../api/index.ts";
import type { CacheDelta, Predicate } from "../runtime/index.ts";

/** A label may name the parent, and is no part of the generation. */
export const parentChanged: Predicate<SubnetPool> = (delta: CacheDelta<SubnetPool>) =>
  delta.type === "updated" && parentNameOf(delta.old) !== parentNameOf(delta.new);

/**
 * Somebody else took the status of a claim away, or what it says of a Bound one: nothing but this change tells of it.
 * What the controllers write themselves passes only when a block was lost.
 */
export const statusTaken: Predicate<SubnetClaim | SubnetPoolClaim> = (delta) => {
  if (delta.type !== "updated") return false;
  const [before, now] = [delta.old.status?.phase, delta.new.status?.phase];
  return before !== undefined && before !== now && (now === undefined || before === "Bound");
};
