/** Random fleets, brought to rest and saved as a backup tool saves them. */
import {
  API_VERSION,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  SubnetClaimSpec,
} from "../../src/api/index.ts";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import type { Draw } from "./draw.ts";
import type { SimWorld } from "./sim/world.ts";

export interface Made {
  readonly resource: Resource;
  readonly object: AnyObject;
}

/** Earlier versions did not know purposes. */
const KNOWS_PURPOSES = "purpose" in SubnetClaimSpec.properties;

export function made(resource: Resource, name: string, spec: object, metadata: object = {}): Made {
  const object = { apiVersion: API_VERSION, kind: resource.kind, metadata: { name, ...metadata }, spec };
  return { resource, object };
}

/** Pools first is one order of many: they are made in any. */
export function drawFleet(draw: Draw): Made[] {
  const made = pools(draw);
  // Some claims name a pool that is not there.
  const names = made.map(({ object }) => object.metadata.name).concat(draw.chance(0.1) ? ["ghost"] : []);
  return draw.shuffled([...made, ...claims(draw, names), ...handMade(draw)]);
}

function policy(draw: Draw): object {
  return {
    ...(draw.chance(0.25) ? { reclaimPolicy: "Retain" } : {}),
    ...(draw.chance(0.25) ? { reuseDelaySeconds: 5 } : {}),
    ...(draw.chance(0.5) ? { strategy: draw.pick(["Linear", "Buddy"]) } : {}),
  };
}

function pools(draw: Draw): Made[] {
  const found = [
    made(SUBNET_POOLS, "corp", { cidr: "10.0.0.0/19", ...policy(draw) }),
    made(SUBNET_POOLS, "six", { cidr: "2001:db8::/60", ...policy(draw) }),
  ];
  if (draw.chance(0.7))
    found.push(
      made(SUBNET_POOLS, "hand", { cidr: "10.0.8.0/22", parentRef: { name: "corp" }, ...policy(draw) }),
    );
  if (draw.chance(0.7))
    found.push(made(SUBNET_POOL_CLAIMS, "team", { parentPoolRef: "corp", desiredBlockSize: 22 }));
  if (draw.chance(0.4))
    found.push(
      made(SUBNET_POOL_CLAIMS, "crew", {
        parentPoolRef: draw.pick(
          found.map(({ object }) => object.metadata.name).filter((name) => name !== "six"),
        ),
        desiredBlockSize: 23,
      }),
    );
  if (draw.chance(0.3))
    found.push(made(SUBNET_POOL_CLAIMS, "sixth", { parentPoolRef: "six", desiredBlockSize: 62 }));
  return found;
}

export function drawClaim(draw: Draw, name: string, pools: readonly string[]): Made {
  const poolRef = draw.chance(0.4) ? "corp" : draw.pick(pools);
  const isSix = poolRef.startsWith("six");
  const size = draw.weighted<object>([
    [5, {}],
    [2, isSix ? {} : { blockSize: draw.pick([24, 25, 26]) }],
    [1, poolRef === "corp" ? { requestedCIDR: `10.0.${draw.between(16, 31)}.0/24` } : {}],
  ]);
  const hasPurpose = KNOWS_PURPOSES && draw.chance(0.3);
  const purpose = hasPurpose ? { clusterID: "many", purpose: name } : { clusterID: name };
  const metadata = draw.chance(0.3) ? { labels: { team: "blue" }, annotations: { note: "by hand" } } : {};
  return made(SUBNET_CLAIMS, name, { poolRef, ...purpose, ...size }, metadata);
}

function claims(draw: Draw, pools: readonly string[]): Made[] {
  return Array.from({ length: draw.between(4, 9) }, (_, i) => drawClaim(draw, `c${i}`, pools));
}

function handMade(draw: Draw): Made[] {
  return Array.from({ length: draw.below(3) }, (_, i) => {
    const cidr = `10.0.${draw.between(16, 31)}.0/24`;
    return made(SUBNETS, `s${i}`, { poolRef: "corp", cidr, clusterID: `s${i}` });
  });
}

export interface Backup {
  readonly objects: readonly Made[];
  /** Claim → the block that it had; pool claim → the range of its pool. */
  readonly blocks: ReadonlyMap<string, string>;
  /** No claim waits or failed: such a one may get, in a restore, what it could not have before. */
  readonly isSettled: boolean;
  /** Two claims have one block in it. */
  readonly isEdited: boolean;
}

/** What each claim has; only those that have something. */
export function blocksOf(world: SimWorld): Map<string, string> {
  const blocks = new Map<string, string>();
  for (const { kind, metadata, status } of world.objects<AnyObject>(SUBNET_CLAIMS)) {
    const { phase, allocatedCIDR } = (status ?? {}) as { phase?: string; allocatedCIDR?: string };
    if (phase === "Bound" && allocatedCIDR !== undefined)
      blocks.set(`${kind} ${metadata.name}`, allocatedCIDR);
  }
  const pools = new Map(
    world
      .objects<AnyObject>(SUBNET_POOLS)
      .map(({ metadata, spec }) => [metadata.name, spec as { cidr: string }]),
  );
  for (const { kind, metadata, status } of world.objects<AnyObject>(SUBNET_POOL_CLAIMS)) {
    const { phase, boundPoolName = "" } = (status ?? {}) as { phase?: string; boundPoolName?: string };
    const range = pools.get(boundPoolName)?.cidr;
    if (phase === "Bound" && range !== undefined) blocks.set(`${kind} ${metadata.name}`, range);
  }
  return blocks;
}

export function saved(world: SimWorld): Backup {
  const kinds: readonly Resource[] = [SUBNET_POOLS, SUBNET_POOL_CLAIMS, SUBNET_CLAIMS, SUBNETS];
  const objects = kinds.flatMap((resource) =>
    world.objects<AnyObject>(resource).map((object) => ({ resource, object })),
  );
  const isSettled = objects.every(({ object }) => isServed(object));
  return { objects, blocks: blocksOf(world), isSettled, isEdited: false };
}

function isServed({ status }: AnyObject): boolean {
  const { phase, conditions = [] } = (status ?? {}) as {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  if (phase === "Allocated" || phase === "Released") return true;
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
