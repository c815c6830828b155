/**
 * A fleet as it is now, kept by watching the API like any other client would.
 */
import type { Logger } from "pino";
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS } from "../../api/index.ts";
import type { KubeClient, KubeObject, Resource } from "../../client/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import { ObjectCache, Reflector, type ReflectorSink } from "../../runtime/index.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetSource } from "./settling.ts";

export interface FleetWatchOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
}

export interface FleetWatch extends FleetSource {
  close(): Promise<void>;
}

/** Starts at once, and goes on until it is closed, whatever happens to the connection. */
export function watchFleet({ client, kernel, logger }: FleetWatchOptions): FleetWatch {
  const listeners = new Set<() => void>();
  const abort = new AbortController();
  const runs: Promise<void>[] = [];
  let fleet: Fleet | undefined;
  const changed = () => {
    fleet = undefined;
    for (const listener of listeners) listener();
  };
  const follow = <T extends KubeObject>(resource: Resource<T>): ObjectCache<T> => {
    const cache = new ObjectCache<T>({ resource });
    const sink = announcing(cache.source(), changed);
    runs.push(new Reflector({ client, resource, sink, kernel, logger }).run(abort.signal));
    return cache;
  };
  const pools = follow(SUBNET_POOLS);
  const poolClaims = follow(SUBNET_POOL_CLAIMS);
  const claims = follow(SUBNET_CLAIMS);
  return {
    get fleet() {
      if (!pools.synced || !poolClaims.synced || !claims.synced) return undefined;
      fleet ??= {
        pools: sorted(pools),
        poolClaims: sorted(poolClaims),
        claims: sorted(claims),
      };
      return fleet;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      abort.abort();
      await Promise.all(runs);
    },
  };
}

/** The sink, with a call after everything that may have changed what it holds: an empty list, too, is news. */
function announcing<T extends KubeObject>(sink: ReflectorSink<T>, changed: () => void): ReflectorSink<T> {
  return {
    replace(items, resourceVersion) {
      sink.replace(items, resourceVersion);
      changed();
    },
    apply(event) {
      sink.apply(event);
      if (event.type !== "BOOKMARK") changed();
    },
  };
}

/** By namespace and name, so that what is shown of it does not depend on the order of events. */
function sorted<T extends KubeObject>(cache: ObjectCache<T>): T[] {
  const key = ({ metadata }: T) => `${metadata.namespace}/${metadata.name}`;
  return [...cache.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
