/** Predicates that more than one table of routes uses. */
import {
  parentNameOf,
  RECALCULATE_ANNOTATION,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { CacheDelta, Predicate } from "../../runtime/index.ts";
import { type Mapper, request } from "../../runtime/index.ts";
import type { OperatorWorld } from "../view/world.ts";

/** A label may name the parent, and does not change the generation. */
export const parentChanged: Predicate<SubnetPool> = (delta: CacheDelta<SubnetPool>) =>
  delta.type === "updated" && parentNameOf(delta.old) !== parentNameOf(delta.new);

/** A finalizer was removed from an object that stays. It may be ours (PX-05), and does not change the generation. */
export const finalizerTaken: Predicate<SubnetPool | SubnetPoolClaim> = (delta) => {
  if (delta.type !== "updated" || delta.new.metadata.deletionTimestamp !== undefined) return false;
  const left = delta.new.metadata.finalizers ?? [];
  return (delta.old.metadata.finalizers ?? []).some((finalizer) => !left.includes(finalizer));
};

/** Labels and owner references identify the owner of a pool, and do not change the generation. */
export const ownersChanged: Predicate<SubnetPool> = (delta) =>
  delta.type === "updated" &&
  (delta.old.metadata.ownerReferences !== delta.new.metadata.ownerReferences ||
    delta.old.metadata.labels !== delta.new.metadata.labels);

/**
 * A claim of either kind became Bound, or is no longer Bound, or changed its status while it is, or lost its status: what
 * wrote that (a user, or another operator whose cache lagged behind), its controller looks whether it is true.
 */
export const boundChanged: Predicate<SubnetClaim | SubnetPoolClaim> = (delta) => {
  if (delta.type !== "updated" || delta.old.status === delta.new.status) return false;
  const now = delta.new.status?.phase;
  return now === undefined || now === "Bound" || delta.old.status?.phase === "Bound";
};

/** The pools that a Subnet is behind, also through a claim of another operator. */
export function toPoolsBehind(world: BehindLookup): Mapper<Subnet> {
  return (delta) => {
    const { metadata, spec } = delta.new ?? delta.old;
    const { namespace } = metadata;
    const names = world.poolNamesBehind(namespace, spec);
    const inner = names.length > 0 ? [] : world.poolsHeldThrough(namespace, spec);
    return [...names, ...inner.map((pool) => pool.metadata.name)].map((name) => request(namespace, name));
  };
}

export type BehindLookup = Pick<OperatorWorld, "poolNamesBehind" | "poolsHeldThrough">;

/** A user asks for the pool to be recalculated (RQ-10.4). */
export const recalculationAsked: Predicate<SubnetPool> = (delta: CacheDelta<SubnetPool>) =>
  delta.type === "updated" &&
  delta.new.metadata.annotations?.[RECALCULATE_ANNOTATION] !== undefined &&
  delta.new.metadata.annotations[RECALCULATE_ANNOTATION] !==
    delta.old.metadata.annotations?.[RECALCULATE_ANNOTATION];
