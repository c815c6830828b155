/** What belongs to what in a fleet, by names: they are all that a backup can rely on. */
import {
  PARENT_LABEL,
  POOL_CLAIM_LABEL,
  SUBNET_POOL_CLAIMS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { KubeObject } from "../../client/index.ts";
import { type Prefix, parsePrefix } from "../../ipam/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { backingClusterID, isBackingClusterID, subnetNameFor } from "../../operator/model/subnet-name.ts";

/** `namespace/name`. */
export function keyOf({ metadata }: KubeObject, name = metadata.name): string {
  return `${metadata.namespace}/${name}`;
}

/** Undefined if it is invalid. */
export function readable(cidr: string | undefined): Prefix | undefined {
  const parsed = parsePrefix(cidr ?? "");
  return parsed.ok ? parsed.value : undefined;
}

/** An empty name counts as absent, such as a value of a chart that was left empty. */
export function parentOf(pool: SubnetPool): string | undefined {
  return pool.spec.parentRef?.name || pool.metadata.labels?.[PARENT_LABEL] || undefined;
}

/** The SubnetPoolClaim that a pool was made for; earlier versions, and another operator, say so by an owner alone. */
export function makerOf(pool: SubnetPool): string | undefined {
  return pool.metadata.labels?.[POOL_CLAIM_LABEL] || ownerNameOf(pool);
}

/** Whether another operator made the claim to hold the block of a SubnetPoolClaim by it. */
export function isInner(claim: SubnetClaim): boolean {
  return ownerNameOf(claim) !== undefined;
}

function ownerNameOf({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === SUBNET_POOL_CLAIMS.kind)?.name;
}

function clusterOf({ spec: { poolRef, clusterID, purpose = "" } }: SubnetClaim | Subnet): string {
  return `${poolRef} ${clusterID} ${purpose}`;
}

/** Holds a child pool's piece of its parent. */
export function isBacking({ spec }: Subnet): boolean {
  return isBackingClusterID(spec.clusterID);
}

export function backingNameOf(parentName: string, poolName: string): string {
  return subnetNameFor(parentName, backingClusterID(poolName));
}

export class FleetLookup {
  readonly fleet: FleetObjects;
  readonly #pools: ReadonlyMap<string, SubnetPool>;
  readonly #claims: ReadonlyMap<string, SubnetClaim>;
  readonly #poolClaims: ReadonlyMap<string, SubnetPoolClaim>;
  readonly #subnets: ReadonlyMap<string, Subnet>;
  readonly #poolsByMaker: ReadonlyMap<string, readonly SubnetPool[]>;
  readonly #poolsByBacking: ReadonlyMap<string, readonly SubnetPool[]>;
  readonly #subnetsByPool: ReadonlyMap<string, readonly Subnet[]>;
  readonly #subnetsByClaim: ReadonlyMap<string, readonly Subnet[]>;
  readonly #innerByMaker: ReadonlyMap<string, readonly SubnetClaim[]>;
  readonly #claimsByCluster: ReadonlyMap<string, readonly SubnetClaim[]>;

  constructor(fleet: FleetObjects) {
    this.fleet = fleet;
    this.#pools = byKey(fleet.pools);
    this.#claims = byKey(fleet.claims);
    this.#poolClaims = byKey(fleet.poolClaims);
    this.#subnets = byKey(fleet.subnets);
    this.#poolsByMaker = grouped(fleet.pools, makerOf);
    this.#poolsByBacking = grouped(fleet.pools, ({ metadata }) => backingClusterID(metadata.name));
    this.#subnetsByPool = grouped(fleet.subnets, ({ spec }) => spec.poolRef);
    this.#subnetsByClaim = grouped(fleet.subnets, ({ spec }) => spec.claimRef?.name || undefined);
    this.#innerByMaker = grouped(fleet.claims, ownerNameOf);
    this.#claimsByCluster = grouped(fleet.claims, clusterOf);
  }

  pool(namespaced: KubeObject, name: string): SubnetPool | undefined {
    return this.#pools.get(keyOf(namespaced, name));
  }

  claim(namespaced: KubeObject, name: string): SubnetClaim | undefined {
    return this.#claims.get(keyOf(namespaced, name));
  }

  poolClaim(namespaced: KubeObject, name: string): SubnetPoolClaim | undefined {
    return this.#poolClaims.get(keyOf(namespaced, name));
  }

  subnet(namespaced: KubeObject, name: string): Subnet | undefined {
    return this.#subnets.get(keyOf(namespaced, name));
  }

  subnetsIn(namespaced: KubeObject, poolName: string): readonly Subnet[] {
    return this.#subnetsByPool.get(keyOf(namespaced, poolName)) ?? [];
  }

  /** Those that serve the claim, or served an earlier life of it. */
  subnetsOf(claim: SubnetClaim): readonly Subnet[] {
    const all = this.#subnetsByClaim.get(keyOf(claim)) ?? [];
    return all.filter(({ spec }) => spec.poolRef === claim.spec.poolRef);
  }

  /** Those of the same pool, clusterID and purpose. */
  claimsOfCluster(of: SubnetClaim | Subnet): readonly SubnetClaim[] {
    return this.#claimsByCluster.get(keyOf(of, clusterOf(of))) ?? [];
  }

  /** The child pool that a Subnet stands behind. Long names are cut in the clusterID. */
  childOf(subnet: Subnet): SubnetPool | undefined {
    const candidates = this.#poolsByBacking.get(keyOf(subnet, subnet.spec.clusterID)) ?? [];
    return candidates.find((pool) => parentOf(pool) === subnet.spec.poolRef);
  }

  /** The pool that was made for the claim. One that another operator made has a name that that one chose. */
  poolOf(claim: SubnetPoolClaim): SubnetPool | undefined {
    const bound = claim.status?.boundPoolName;
    const named = bound === undefined ? undefined : this.pool(claim, bound);
    return named ?? this.#poolsByMaker.get(keyOf(claim))?.[0];
  }

  makerOf(pool: SubnetPool): SubnetPoolClaim | undefined {
    const name = makerOf(pool);
    return name === undefined ? undefined : this.poolClaim(pool, name);
  }

  /** The Subnet by which a child pool holds the block that it began with. */
  firstBlockOf(pool: SubnetPool): Subnet | undefined {
    const parent = parentOf(pool);
    if (parent === undefined) return undefined;
    const own = this.subnet(pool, backingNameOf(parent, pool.metadata.name));
    if (own !== undefined) return own;
    const maker = makerOf(pool);
    const inner = maker === undefined ? [] : (this.#innerByMaker.get(keyOf(pool, maker)) ?? []);
    return inner.flatMap((claim) => this.subnetsOf(claim)).find(({ spec }) => spec.poolRef === parent);
  }

  /** The pool whose block is held by another operator's claim, of which this is the Subnet. */
  childByInner(subnet: Subnet): SubnetPool | undefined {
    const claim = this.claim(subnet, subnet.spec.claimRef?.name ?? "");
    const maker = claim && ownerNameOf(claim);
    const poolClaim = maker === undefined ? undefined : this.poolClaim(subnet, maker);
    return poolClaim && this.poolOf(poolClaim);
  }
}

function byKey<T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [keyOf(object), object]));
}

/** By namespace and a name; what has none stands nowhere. */
function grouped<T extends KubeObject>(
  objects: readonly T[],
  nameOf: (object: T) => string | undefined,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const object of objects) {
    const name = nameOf(object);
    if (name === undefined) continue;
    const key = keyOf(object, name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [object]);
    else group.push(object);
  }
  return groups;
}
