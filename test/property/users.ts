/** What users do with kubectl, well or ill. Each act reports what it did. */
import {
  API_VERSION,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
} from "../../src/api/index.ts";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { NAMESPACES } from "../../src/kube/index.ts";
import type { Draw } from "./draw.ts";
import { CRDS, KINDS, NAMESPACE, type SimWorld } from "./sim/world.ts";

export type Act = (world: SimWorld, draw: Draw) => Promise<string>;

const FOREIGN_FINALIZER = "example.com/cluster-still-up";
/** Argo CD deletes in the foreground by default. */
const PROPAGATIONS = ["Background", "Foreground", "Foreground", "Orphan", undefined] as const;
const MERGE = "application/merge-patch+json";

const CORP = { cidr: "10.8.0.0/21" };
/**
 * Hand-made pools: a name always has the same parent, so that trees do not grow together unnoticed.
 */
const POOLS: Readonly<Record<string, readonly object[]>> = {
  corp: [
    CORP,
    CORP,
    { ...CORP, reclaimPolicy: "Retain" },
    { ...CORP, reuseDelaySeconds: 5 },
    { ...CORP, strategy: "Buddy" },
  ],
  hand: [
    { cidr: "10.8.2.0/23", parentRef: { name: "corp" } },
    { cidr: "10.8.0.0/23", parentRef: { name: "corp" } },
  ],
  deep: [
    { cidr: "10.8.2.0/24", parentRef: { name: "hand" }, defaultBlockSize: 26 },
    { cidr: "10.8.0.0/24", parentRef: { name: "team" }, defaultBlockSize: 26 },
  ].slice(0, 1),
  solo: [{ cidr: "10.9.0.0/23" }, { cidr: "10.9.0.0/23", reclaimPolicy: "Retain" }],
};
/** What a pool may be resized to: it grows, shrinks, and moves from under what was allocated. */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  corp: ["10.8.0.0/21", "10.8.0.0/20", "10.8.0.0/22", "10.8.4.0/22"],
  hand: ["10.8.2.0/23", "10.8.0.0/22", "10.8.2.0/24"],
  solo: ["10.9.0.0/23", "10.9.0.0/22", "10.9.1.0/24"],
};
const POOL_CLAIMS: Readonly<Record<string, object>> = {
  team: { parentPoolRef: "corp", desiredBlockSize: 22 },
  crew: { parentPoolRef: "team", desiredBlockSize: 23 },
};
const CLAIM_NAMES = ["a", "b", "c", "d", "e", "f"];
const CLAIM_POOLS = ["corp", "corp", "corp", "team", "team", "hand", "deep", "crew", "solo"];
const BLOCKS = [
  "10.8.0.0/24",
  "10.8.1.0/24",
  "10.8.2.0/24",
  "10.8.2.0/25",
  "10.8.0.0/22",
  "10.8.4.0/23",
  "10.9.0.0/24",
];

async function make(world: SimWorld, resource: Resource, name: string, spec: object, metadata: object = {}) {
  const body = { apiVersion: API_VERSION, kind: resource.kind, metadata: { name, ...metadata }, spec };
  const made = await world.user({ verb: "create", resource, name: "", body });
  return `create ${resource.kind} ${name} ${JSON.stringify(spec)}${made === undefined ? " (refused)" : ""}`;
}

export const createPool: Act = (world, draw) => {
  const name = draw.weighted([
    [3, "corp"],
    [3, "hand"],
    [2, "deep"],
    [1, "solo"],
  ] as const);
  return make(world, SUBNET_POOLS, name, draw.pick(POOLS[name] ?? []));
};

export const createPoolClaim: Act = (world, draw) => {
  const name = draw.weighted([
    [3, "team"],
    [1, "crew"],
  ] as const);
  return make(world, SUBNET_POOL_CLAIMS, name, POOL_CLAIMS[name] ?? {});
};

export const createClaim: Act = (world, draw) => {
  const name = draw.pick(CLAIM_NAMES);
  const clusterID = draw.chance(0.85) ? name : "shared";
  const size = draw.weighted([
    [6, {}],
    [2, { blockSize: draw.pick([22, 23, 24, 25, 26]) }],
    [2, { requestedCIDR: draw.pick(BLOCKS) }],
  ] as const);
  const metadata = draw.chance(0.25) ? { finalizers: [FOREIGN_FINALIZER] } : {};
  return make(world, SUBNET_CLAIMS, name, { poolRef: draw.pick(CLAIM_POOLS), clusterID, ...size }, metadata);
};

export const createSubnet: Act = (world, draw) => {
  const name = draw.pick(["s1", "s2", "s3"]);
  const clusterID = draw.chance(0.7) ? name : draw.pick(CLAIM_NAMES);
  const spec = {
    poolRef: draw.pick(["corp", "corp", "team", "hand", "solo"]),
    cidr: draw.pick(BLOCKS),
    clusterID,
  };
  return make(world, SUBNETS, name, spec);
};

function anyOf(world: SimWorld, draw: Draw, kinds: readonly Resource[] = KINDS) {
  const all = kinds.flatMap((resource) =>
    world.objects<AnyObject>(resource).map((object) => ({ resource, object, name: object.metadata.name })),
  );
  return all.length === 0 ? undefined : draw.pick(all);
}

function deleting(draw: Draw) {
  const propagationPolicy = draw.pick(PROPAGATIONS);
  return propagationPolicy === undefined ? {} : { propagationPolicy };
}

export const deleteOne: Act = async (world, draw) => {
  const target = anyOf(world, draw, [draw.pick(KINDS)]) ?? anyOf(world, draw);
  if (target === undefined) return "nothing to delete";
  const { resource, name } = target;
  const how = deleting(draw);
  await world.user({ verb: "delete", resource, name, deleting: how });
  return `delete ${resource.kind} ${name} ${how.propagationPolicy ?? ""}`;
};

/** What a block stands on: pools, and claims that say that they are still in use. */
export const deleteInUse: Act = async (world, draw) => {
  const held = [SUBNET_POOLS, SUBNET_POOL_CLAIMS, SUBNET_CLAIMS].flatMap((resource) =>
    world
      .objects<AnyObject>(resource)
      .filter(({ metadata }) => (metadata.finalizers ?? []).length > 0 && metadata.name !== "corp")
      .map(({ metadata }) => ({ resource, name: metadata.name })),
  );
  if (held.length === 0) return "nothing is in use";
  const { resource, name } = draw.pick(held);
  const how = deleting(draw);
  await world.user({ verb: "delete", resource, name, deleting: how });
  return `delete ${resource.kind} ${name} ${how.propagationPolicy ?? ""}`;
};

export const deleteAll: Act = async (world, draw) => {
  const resource = draw.pick(KINDS);
  const how = deleting(draw);
  await world.user({ verb: "delete-all", resource, name: "", deleting: how });
  return `delete all ${resource.plural} ${how.propagationPolicy ?? ""}`;
};

async function merge(world: SimWorld, resource: Resource, name: string, body: object, subresource = "") {
  const patched = await world.user({ verb: "patch", resource, name, body, subresource, contentType: MERGE });
  return `patch ${resource.kind} ${name} ${subresource} ${JSON.stringify(body)}${patched === undefined ? " (refused)" : ""}`;
}

export const stripFinalizers: Act = async (world, draw) => {
  const going = KINDS.flatMap((resource) =>
    world
      .objects<AnyObject>(resource)
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
      .map((object) => ({ resource, name: object.metadata.name })),
  );
  const target = going.length > 0 && draw.chance(0.7) ? draw.pick(going) : anyOf(world, draw);
  if (target === undefined) return "nothing to strip";
  return merge(world, target.resource, target.name, { metadata: { finalizers: null } });
};

export const resizePool: Act = (world, draw) => {
  const name = draw.pick(Object.keys(RANGES));
  return merge(world, SUBNET_POOLS, name, { spec: { cidr: draw.pick(RANGES[name] ?? []) } });
};

/** The cluster of a claim is down at last. */
export const endForeignFinalizer: Act = async (world) => {
  const held = world
    .objects<SubnetClaim>(SUBNET_CLAIMS)
    .find(({ metadata }) => metadata.finalizers?.includes(FOREIGN_FINALIZER));
  if (held === undefined) return "no foreign finalizer";
  const finalizers = held.metadata.finalizers?.filter((finalizer) => finalizer !== FOREIGN_FINALIZER);
  return merge(world, SUBNET_CLAIMS, held.metadata.name, { metadata: { finalizers } });
};

export const tamperOwners: Act = async (world, draw) => {
  const target = anyOf(world, draw, [SUBNETS, SUBNET_POOLS]);
  if (target === undefined) return "no owners to tamper with";
  const other = anyOf(world, draw);
  const { name = "ghost", uid = "gone" } = other?.object.metadata ?? {};
  const kind = other?.resource.kind ?? SUBNET_CLAIMS.kind;
  const forged = [{ apiVersion: API_VERSION, kind, name, uid: draw.chance(0.7) ? uid : "0-of-another-life" }];
  const ownerReferences = draw.chance(0.5) ? null : forged;
  return merge(world, target.resource, target.name, { metadata: { ownerReferences } });
};

export const tamperLabels: Act = async (world, draw) => {
  const target = anyOf(world, draw);
  if (target === undefined) return "no labels to tamper with";
  const { resource, object, name } = target;
  const labels = object.metadata.labels ?? {};
  const without = Object.fromEntries(Object.keys(labels).map((label) => [label, null]));
  const other = anyOf(world, draw, [resource])?.object.metadata.labels ?? {};
  const one = draw.pick(Object.keys(labels).length > 0 ? Object.keys(labels) : ["plexaubnet.io/block"]);
  const body = draw.weighted<object>([
    [3, { ...without, "example.com/touched": "yes" }],
    [2, other],
    [2, { [one]: null }],
    [1, { [one]: "forged" }],
    [1, { "plexaubnet.io/block": "10.8.0.0_24" }],
  ]);
  return merge(world, resource, name, { metadata: { labels: body } });
};

export const tamperStatus: Act = async (world, draw) => {
  const target = anyOf(world, draw);
  if (target === undefined) return "no status to tamper with";
  const { resource, object, name } = target;
  const isClaim = resource.kind === SUBNET_CLAIMS.kind;
  const wiped: object = { status: null };
  const body = draw.weighted<object>([
    [3, wiped],
    [1, isClaim ? { status: { phase: "Bound", allocatedCIDR: draw.pick(BLOCKS) } } : wiped],
    [
      1,
      {
        status: {
          phase: draw.pick(
            resource.kind === SUBNETS.kind
              ? ["Allocated", "Released", "Failed"]
              : ["Bound", "Pending", "Error"],
          ),
        },
      },
    ],
    [1, { status: { conditions: null, observedGeneration: object.metadata.generation } }],
  ]);
  return merge(world, resource, name, body, "status");
};

/** `kubectl replace --force`: deleted, waited for, made again. */
export const replace: Act = async (world, draw) => {
  const target = anyOf(world, draw, [draw.pick(KINDS)]) ?? anyOf(world, draw);
  if (target === undefined) return "nothing to replace";
  const { resource, object, name } = target;
  await world.user({ verb: "delete", resource, name, deleting: deleting(draw) });
  await world.ticks(draw.below(30));
  const labels = draw.chance(0.5) ? object.metadata.labels : undefined;
  return `replace: ${await make(world, resource, name, object.spec as object, labels === undefined ? {} : { labels })}`;
};

export const removeCrd: Act = async (world, draw) => {
  const { plural, group } = draw.pick(KINDS);
  const name = `${plural}.${group}`;
  await world.user({ verb: "delete", resource: CRDS, namespace: "", name, deleting: deleting(draw) });
  return `delete CRD ${name}`;
};

export const ensureCrds: Act = async (world) => {
  await world.ensureCrds();
  return "apply all CRDs";
};

export const removeNamespace: Act = async (world) => {
  await world.user({ verb: "delete", resource: NAMESPACES, namespace: "", name: NAMESPACE });
  return "delete the namespace";
};

export const ensureNamespace: Act = async (world) => {
  await world.ensureNamespace();
  return "create the namespace";
};
