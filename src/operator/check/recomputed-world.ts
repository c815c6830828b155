/**
 * The operator's world computed from scratch over given objects: what its caches and views would hold had it just
 * started. Nothing is remembered in it: no tickets, no holds.
 */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import { assert, type Clock, ManualClock, seededRandom } from "../../kernel/index.ts";
import type { KubeObject, Resource } from "../../kube/index.ts";
import { type CacheDelta, type CacheReader, ObjectCache, type WatchEvent } from "../../runtime/index.ts";
import { operatorIndexes } from "../model/indexes.ts";
import { OperatorWorld, type WorldSource } from "../view/world.ts";

const RESOURCES: readonly Resource[] = [SUBNET_POOLS, SUBNET_CLAIMS, SUBNETS, SUBNET_POOL_CLAIMS];

/** Stands for the revision of the list, which nothing here depends on. */
const REVISION = "1";

type Handler = (delta: CacheDelta) => void;

/** @param clock default: one that stands still. */
export function recomputeWorld(objects: readonly KubeObject[], clock?: Clock): OperatorWorld {
  return recomputeSource(objects, clock).world;
}

/** A recomputed world that goes on: what is applied to it is seen as from a watch. */
export interface RecomputedSource {
  readonly world: OperatorWorld;
  /** @param event of one of our kinds, with a newer resourceVersion than all before */
  readonly apply: (event: WatchEvent) => void;
}

/**
 * @param onDelta called after the views have seen the change. Default: it is not passed on.
 */
export function recomputeSource(
  objects: readonly KubeObject[],
  clock: Clock = new ManualClock(),
  onDelta: (resource: Resource, delta: CacheDelta) => void = () => {},
): RecomputedSource {
  const caches = new Map<string, ObjectCache>();
  const handlers = new Map<string, Handler[]>();
  for (const resource of RESOURCES) {
    const indexes = operatorIndexes.filter((definition) => definition.resource.kind === resource.kind);
    const onDeltas = (deltas: readonly CacheDelta[]) => {
      for (const delta of deltas) {
        for (const handle of handlers.get(resource.kind) ?? []) handle(delta);
        onDelta(resource, delta);
      }
    };
    caches.set(resource.kind, new ObjectCache({ resource, indexes, onDeltas }));
  }
  const source: WorldSource = {
    cache<T extends KubeObject>(resource: Resource<T>) {
      return caches.get(resource.kind) as unknown as CacheReader<T>;
    },
    onDelta<T extends KubeObject>(resource: Resource<T>, handle: (delta: CacheDelta<T>) => void) {
      handlers.set(resource.kind, [...(handlers.get(resource.kind) ?? []), handle as unknown as Handler]);
    },
    awaited: () => false,
  };
  const world = new OperatorWorld(source, { clock, random: seededRandom(1) });
  const byKind = Map.groupBy(objects, ({ kind }) => kind);
  for (const kind of byKind.keys()) assert(caches.has(kind), "no cache for this kind", { kind });
  const sinks = new Map([...caches].map(([kind, cache]) => [kind, cache.source()]));
  for (const [kind, sink] of sinks) sink.replace(byKind.get(kind) ?? [], REVISION);
  return {
    world,
    apply(event) {
      assert(event.type !== "BOOKMARK", "a bookmark changes nothing");
      const sink = sinks.get(event.object.kind);
      assert(sink !== undefined, "the operator does not watch this kind", { kind: event.object.kind });
      sink.apply(event);
    },
  };
}
