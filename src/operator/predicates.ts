/** Predicates that more than one table of routes uses. */
import { parentNameOf, type SubnetPool } from "../api/index.ts";
import type { CacheDelta, Predicate } from "../runtime/index.ts";

/** A label may name the parent, and is no part of the generation. */
export const parentChanged: Predicate<SubnetPool> = (delta: CacheDelta<SubnetPool>) =>
  delta.type === "updated" && parentNameOf(delta.old) !== parentNameOf(delta.new);
