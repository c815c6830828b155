/**
 * What a cache must have seen before the next decision, so that it is not made on a state older than one's own writes.
 */
import type { KubeObject } from "../../kube/index.ts";
import type { ObjectCache } from "../cache/index.ts";

/** A write that a cache will show sooner or later. */
export interface PendingView {
  readonly cache: ObjectCache;
  readonly holds: () => boolean;
}

/** The cache has come to the state that a write left. */
export function viewOfWritten(cache: ObjectCache, written: KubeObject): PendingView | undefined {
  const { resourceVersion, namespace } = written.metadata;
  if (resourceVersion === undefined) return undefined;
  return { cache, holds: () => cache.hasSeen(resourceVersion, namespace) };
}

/**
 * The cache has moved on from `of`: the object is gone, is another one of that name, or has begun to go. The answer to
 * a deletion names no revision, so this shows that it has arrived.
 */
export function viewOfDeleted(cache: ObjectCache, of: KubeObject): PendingView | undefined {
  // Deleting what is being deleted changes nothing, so nothing will be seen.
  if (of.metadata.deletionTimestamp !== undefined) return undefined;
  const { namespace = "", name, uid, resourceVersion } = of.metadata;
  const holds = () => {
    const held = cache.get(namespace, name)?.metadata;
    return held === undefined || held.uid !== uid || held.resourceVersion !== resourceVersion;
  };
  return { cache, holds };
}
