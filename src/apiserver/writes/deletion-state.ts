/**
 * What the garbage collector reads from an object's metadata, and how it changes it.
 */
import type { ObjectMeta, OwnerReference } from "../../kube/object.ts";

export type PropagationPolicy = "Background" | "Foreground" | "Orphan";

export const FOREGROUND_FINALIZER = "foregroundDeletion";
export const ORPHAN_FINALIZER = "orphan";

/** In foreground deletion: it goes when no dependent blocks it any more. */
export function isWaitingForDependents(metadata: ObjectMeta): boolean {
  return metadata.deletionTimestamp !== undefined && hasFinalizer(metadata, FOREGROUND_FINALIZER);
}

/** It goes when its dependents have forgotten it. */
export function isOrphaningDependents(metadata: ObjectMeta): boolean {
  return metadata.deletionTimestamp !== undefined && hasFinalizer(metadata, ORPHAN_FINALIZER);
}

/** A collected object goes the way that it asks for itself. */
export function propagationPolicyOf(metadata: ObjectMeta): PropagationPolicy {
  if (hasFinalizer(metadata, ORPHAN_FINALIZER)) return "Orphan";
  return hasFinalizer(metadata, FOREGROUND_FINALIZER) ? "Foreground" : "Background";
}

function hasFinalizer({ finalizers }: ObjectMeta, finalizer: string): boolean {
  return Array.isArray(finalizers) && finalizers.includes(finalizer);
}

/** What can be an owner: an earlier version let in whatever stood there. */
export function ownersOf({ ownerReferences }: ObjectMeta): readonly OwnerReference[] {
  if (!Array.isArray(ownerReferences)) return [];
  const isSound = (owner: unknown) => typeof (owner as OwnerReference | null)?.uid === "string";
  return ownerReferences.every(isSound) ? ownerReferences : ownerReferences.filter(isSound);
}

export function withoutFinalizer(finalizer: string): (metadata: ObjectMeta) => ObjectMeta {
  return ({ finalizers = [], ...rest }) => {
    const left = finalizers.filter((other) => other !== finalizer);
    return left.length === 0 ? rest : { ...rest, finalizers: left };
  };
}

export function withoutOwners(uids: ReadonlySet<string>): (metadata: ObjectMeta) => ObjectMeta {
  return (metadata) => {
    const { ownerReferences: _, ...rest } = metadata;
    const left = ownersOf(metadata).filter((owner) => !uids.has(owner.uid));
    return left.length === 0 ? rest : { ...rest, ownerReferences: left };
  };
}

/** None of its owners waits for it any more. */
export function withoutBlocking(metadata: ObjectMeta): ObjectMeta {
  return {
    ...metadata,
    ownerReferences: ownersOf(metadata).map((owner) => ({ ...owner, blockOwnerDeletion: false })),
  };
}
