/** The operator's world with these objects in it, over real caches and without any API. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import type { KubeObject, Resource } from "../../client/index.ts";
import { assert, ManualClock, seededRandom } from "../../kernel/index.ts";
import { type CacheDelta, type Manager, ObjectCache } from "../../runtime/index.ts";
import { operatorIndexes } from "../indexes.ts";
import { OperatorWorld } from "../operator-world.ts";

const RESOURCES: readonly Resource[] = [SUBNET_POOLS, SUBNET_CLAIMS, SUBNETS, SUBNET_POOL_CLAIMS];

export function worldOf(...objects: readonly KubeObject[]): OperatorWorld {
  const caches = new Map<string, ObjectCache>();
  const handlers = new Map<string, ((delta: CacheDelta) => void)[]>();
  for (const resource of RESOURCES) {
    const indexes = operatorIndexes.filter((definition) => definition.resource.kind === resource.kind);
    const onDeltas = (deltas: readonly CacheDelta[]) => {
      for (const delta of deltas) for (const handle of handlers.get(resource.kind) ?? []) handle(delta);
    };
    caches.set(resource.kind, new ObjectCache({ resource, indexes, onDeltas }));
  }
  const manager = {
    cache: (resource: Resource) => caches.get(resource.kind),
    onDelta: (resource: Resource, handle: (delta: CacheDelta) => void) => {
      handlers.set(resource.kind, [...(handlers.get(resource.kind) ?? []), handle]);
    },
    raise: () => {},
  } as unknown as Manager;
  const world = new OperatorWorld(manager, { clock: new ManualClock(), random: seededRandom(1) });
  for (const [kind, cache] of caches) {
    cache.source().replace(
      objects.filter((object) => object.kind === kind),
      "1",
    );
  }
  for (const { kind } of objects) assert(caches.has(kind), "no cache for this kind", { kind });
  return world;
}
