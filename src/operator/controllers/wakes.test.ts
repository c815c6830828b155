import { beforeEach, expect, test } from "vitest";
import { SUBNET_POOLS } from "../../api/index.ts";
import { ManualClock, seededRandom } from "../../kernel/index.ts";
import type { KubeObject, Resource } from "../../kube/index.ts";
import { type CacheDelta, type CacheReader, ObjectCache } from "../../runtime/index.ts";
import { operatorIndexes } from "../model/indexes.ts";
import { allocated, claim, pool, subnet } from "../testing/objects.ts";
import { wakingWorld } from "./wakes.ts";

const prod = pool("prod", "10.0.0.0/24");
const half = subnet("half", "prod", "10.0.0.0/25", { status: allocated() });
const quarter = subnet("quarter", "prod", "10.0.0.192/26", { status: allocated() });
const rest = subnet("rest", "prod", "10.0.0.128/26", { status: allocated() });
const waiting = claim("waiting", "prod");

let isAwaited: boolean;
let raised: string[];
let caches: Map<string, ObjectCache>;

beforeEach(() => {
  isAwaited = true;
  raised = [];
  caches = new Map();
  const handlers: { kind: string; handle: (delta: CacheDelta) => void }[] = [];
  const cacheOf = (resource: Resource) => {
    const { kind } = resource;
    const known = caches.get(kind);
    if (known !== undefined) return known;
    const indexes = operatorIndexes.filter((definition) => definition.resource.kind === kind);
    const onDeltas = (deltas: readonly CacheDelta[]) => {
      for (const delta of deltas) for (const each of handlers) if (each.kind === kind) each.handle(delta);
    };
    const made = new ObjectCache({ resource, indexes, onDeltas });
    caches.set(kind, made);
    return made;
  };
  wakingWorld(
    {
      cache: <T extends KubeObject>(resource: Resource<T>) =>
        cacheOf(resource as Resource) as unknown as CacheReader<T>,
      onDelta: (resource, handle) =>
        handlers.push({ kind: resource.kind, handle: handle as (delta: CacheDelta) => void }),
      raise: ({ signal, value }, atMost) =>
        raised.push(`${signal}: ${value}${atMost === undefined ? "" : ` ×${atMost}`}`),
      awaited: () => isAwaited,
    },
    { clock: new ManualClock(), random: seededRandom(1) },
  );
  set(SUBNET_POOLS.kind, prod);
});

/** From now on these are all that there are of a kind. */
function set(kind: string, ...objects: readonly KubeObject[]): void {
  raised.length = 0;
  caches.get(kind)?.source().replace(objects, "1");
}

const lengths = (from: number) =>
  [26, 27, 28, 29, 30, 31, 32]
    .filter((length) => length >= from)
    .map((length) => `length freed: fleet/prod/${length} ×1`);

test("PX-03 freed space wakes one for each length that fits, and all who want a certain block", () => {
  set("Subnet", half, quarter, rest);
  expect(raised.filter((what) => what.startsWith("length"))).toEqual([]);
  set("Subnet", half, quarter);
  expect(raised).toEqual(["space freed: fleet/prod", ...lengths(26)]);
});

test("PX-03 a claim that was woken and is deleted passes its wake on, and disturbs no claim that requests a certain block", () => {
  set("Subnet", half, quarter);
  set("SubnetClaim", waiting);
  expect(raised).toEqual([]);
  set("SubnetClaim");
  expect(raised).toEqual(lengths(26));
});

test("a full pool wakes no claim for a length", () => {
  set("Subnet", half, quarter, rest);
  set("SubnetClaim", waiting);
  set("SubnetClaim");
  expect(raised).toEqual([]);
});

test("where no claim waits, what is free is not counted", () => {
  isAwaited = false;
  set("Subnet", half, quarter, rest);
  set("Subnet", half, quarter);
  expect(raised).toEqual(["space freed: fleet/prod"]);
});

test("a parent that comes or goes wakes those who wait for a pool below it", () => {
  const child = pool("child", "10.0.0.0/25", { spec: { parentRef: { name: "prod" } } });
  const grandchild = pool("grandchild", "10.0.0.0/26", { spec: { parentRef: { name: "child" } } });
  set("SubnetPool", prod, child, grandchild);
  set("SubnetPool", child, grandchild);
  expect(raised).toEqual(["circumstances: fleet/child", "circumstances: fleet/grandchild"]);
});
