/** A fleet for tests: objects in caches, as after a list, and changes as a watch delivers them. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import { type Clock, ManualClock, seededRandom } from "../../kernel/index.ts";
import type { KubeObject, Resource } from "../../kube/index.ts";
import { operatorIndexes, type WorldSource } from "../../operator/index.ts";
import { type CacheDelta, type CacheReader, ObjectCache } from "../../runtime/index.ts";
import { ConsoleFleet } from "../fleet/fleet.ts";

type Handler = (delta: CacheDelta) => void;

export interface TestSource {
  readonly source: WorldSource;
  /** Fills the caches, once those who want to see it are registered. */
  list(): void;
  /** Adds or replaces an object. */
  put(object: KubeObject): void;
  remove(object: KubeObject): void;
}

export interface TestFleet extends TestSource {
  readonly fleet: ConsoleFleet;
}

export function fleetOf(objects: readonly KubeObject[], clock: Clock = new ManualClock()): TestFleet {
  const test = sourceOf(objects);
  const fleet = new ConsoleFleet(test.source, { clock, random: seededRandom(1) });
  test.list();
  return { ...test, fleet };
}

export function sourceOf(objects: readonly KubeObject[]): TestSource {
  const handlers = new Map<string, Handler[]>();
  const caches = new Map<string, ObjectCache>();
  for (const resource of [SUBNET_POOLS, SUBNETS, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS] as readonly Resource[]) {
    const indexes = operatorIndexes.filter((definition) => definition.resource.kind === resource.kind);
    const onDeltas = (deltas: readonly CacheDelta[]) => {
      for (const delta of deltas) for (const handle of handlers.get(resource.kind) ?? []) handle(delta);
    };
    caches.set(resource.kind, new ObjectCache({ resource, indexes, onDeltas }));
  }
  const source: WorldSource = {
    cache: <T extends KubeObject>({ kind }: Resource<T>) => caches.get(kind) as unknown as CacheReader<T>,
    onDelta<T extends KubeObject>({ kind }: Resource<T>, handle: (delta: CacheDelta<T>) => void) {
      handlers.set(kind, [...(handlers.get(kind) ?? []), handle as unknown as Handler]);
    },
    awaited: () => false,
  };
  const sinks = new Map([...caches].map(([kind, cache]) => [kind, cache.source()]));
  let revision = objects.length + 1;
  return {
    source,
    list() {
      const byKind = Map.groupBy(
        objects.map((object, at) => withRevision(object, at + 1)),
        ({ kind }) => kind,
      );
      for (const [kind, sink] of sinks) sink.replace(byKind.get(kind) ?? [], String(revision));
    },
    put(object) {
      sinks.get(object.kind)?.apply({ type: "MODIFIED", object: withRevision(object, ++revision) });
    },
    remove(object) {
      const held = caches.get(object.kind)?.get(object.metadata.namespace ?? "", object.metadata.name);
      if (held !== undefined)
        sinks.get(object.kind)?.apply({ type: "DELETED", object: withRevision(held, ++revision) });
    },
  };
}

function withRevision(object: KubeObject, revision: number): KubeObject {
  const { uid = `uid-${object.kind}-${object.metadata.name}` } = object.metadata;
  return { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(revision) } };
}
