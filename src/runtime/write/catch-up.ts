/**
 * After a write that met another state than was decided on: waits until the cache has that newer state, so that the
 * next decision is made on it.
 */
import { ApiError, type KubeClient } from "../../client/index.ts";
import type { Clock } from "../../kernel/index.ts";
import type { CacheLookup } from "../cache/index.ts";
import { withDeadline } from "../deadline.ts";
import type { Action } from "../flow.ts";

export interface CatchUpOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly caches: CacheLookup;
  /** Longest wait for the cache. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Reads the live object once, and resolves when the cache has it. Rejects when that takes too long. */
export async function catchUp(action: Action, options: CatchUpOptions): Promise<void> {
  const target = targetOf(action);
  const cache = target === undefined ? undefined : options.caches(target.resource);
  if (target === undefined || cache === undefined) return;
  const { namespace, name } = target;
  const deadline = {
    clock: options.clock,
    limitMs: options.limitMs,
    what: `waiting for the watch to show ${target.resource.kind} ${namespace}/${name}`,
    parent: options.signal,
  };
  await withDeadline(deadline, async (signal) => {
    const heldUid = cache.get(namespace, name)?.metadata.uid;
    let revision: string | undefined;
    try {
      const where = namespace === "" ? { name } : { namespace, name };
      revision = (await options.client.get(target.resource, where, { signal, retry: false })).metadata
        .resourceVersion;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    }
    if (revision !== undefined) return cache.waitFor(revision, namespace, signal);
    const isGone = () => {
      const held = cache.get(namespace, name);
      return held === undefined || held.metadata.uid !== heldUid;
    };
    return cache.waitUntil(isGone, signal);
  });
}

function targetOf(action: Action) {
  switch (action.do) {
    case "create": {
      const { namespace = "", name } = action.object.metadata;
      return { resource: action.resource, namespace, name };
    }
    case "patch":
    case "patch-status":
    case "delete":
    case "confirm-there": {
      const { namespace = "", name } = action.of.metadata;
      return { resource: action.resource, namespace, name };
    }
    case "confirm-gone":
      return { resource: action.resource, namespace: action.namespace, name: action.name };
    default:
      return undefined;
  }
}
