/**
 * What the garbage collector reads from an object's metadata, and how it changes it.
 */
import type { ObjectMeta } from "../../api/object.ts";
import type { PropagationPolicy } from "./object-writer.ts";

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

function hasFinalizer(metadata: ObjectMeta, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

export function withoutFinalizer(finalizer: string): (metadata: ObjectMeta) => ObjectMeta {
  return ({ finalizers = [], ...rest }) => {
    const left = finalizers.filter((other) => other !== finalizer);
    return left.length === 0 ? rest : { ...rest, finalizers: left };
  };
}

export function withoutOwners(uids: ReadonlySet<string>): (metadata: ObjectMeta) => ObjectMeta {
  return ({ ownerReferences = [], ...rest }) => {
    const left = ownerReferences.filter((owner) => !uids.has(owner.uid));
    return left.length === 0 ? rest : { ...rest, ownerReferences: left };
  };
}

/** None of its owners waits for it any more. */
export function withoutBlocking(metadata: ObjectMeta): ObjectMeta {
  const owners = metadata.ownerReferences ?? [];
  return { ...metadata, ownerReferences: owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })) };
}
