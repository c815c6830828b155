/** A block and whom it belongs to, in terms of what a user can see. */
import {
  claimNameOf,
  parentNameOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
} from "../../../api/index.ts";
import { formatPrefix, type Occupant } from "../../../ipam/index.ts";
import { defined } from "../../../kernel/index.ts";
import type { AnyClaim } from "../../model/block-record.ts";
import { holderOf } from "../../model/holder.ts";
import { makerNameOf } from "../../model/indexes.ts";
import type { OperatorWorld } from "../../view/world.ts";
import type { BlockState } from "./block-states.ts";

export interface FoundBlock {
  readonly namespace: string;
  /** Empty: a claim that has no block. */
  readonly cidr: string;
  readonly state: BlockState;
  /** The pools around it, the outermost first. */
  readonly pools: readonly string[];
  readonly cluster?: string;
  readonly purpose?: string;
  /** `SubnetClaim web`; of a pool, the object that requested it. */
  readonly claim?: string;
  readonly subnet?: string;
  /** Allocated, created or released at; RFC 3339. */
  readonly since?: string;
  /** A resting block is free at this time. */
  readonly until?: string;
  readonly message?: string;
}

/**
 * Names of the pools from the outermost to this one. Ends at a parent that does not exist, and at a cycle.
 */
export function chainOf(world: OperatorWorld, namespace: string, name: string): string[] {
  const chain: string[] = [];
  for (let at: string | undefined = name; at !== undefined && !chain.includes(at); ) {
    chain.unshift(at);
    const pool = world.pools.get(namespace, at);
    at = pool && parentNameOf(pool);
  }
  return chain;
}

export function foundSubnet(world: OperatorWorld, subnet: Subnet): FoundBlock {
  const { namespace, name } = subnet.metadata;
  const { cidr, clusterID, purpose, poolRef } = subnet.spec;
  const { phase, allocatedAt, releasedAt, message } = subnet.status ?? {};
  const [behind] = world.poolNamesBehind(namespace, subnet.spec);
  const until = world.restsUntil(namespace, name);
  const claimName = claimNameOf(subnet);
  const claim =
    behind === undefined
      ? claimName && `${SUBNET_CLAIMS.kind} ${claimName}`
      : makerOf(world, namespace, behind);
  const since = phase === "Released" ? releasedAt : (allocatedAt ?? subnet.metadata.creationTimestamp);
  const isFine = phase === "Allocated" || phase === "Released";
  return {
    namespace,
    cidr,
    state: stateOf(phase, until, behind !== undefined, claimName),
    pools: chainOf(world, namespace, poolRef),
    ...defined({
      cluster: behind === undefined ? clusterID : undefined,
      purpose: purpose || undefined,
      claim: claim || undefined,
    }),
    subnet: name,
    ...defined({ since, until, message: isFine ? undefined : message }),
  };
}

function stateOf(
  phase: string | undefined,
  until: string | undefined,
  isPool: boolean,
  claimName: string | undefined,
): BlockState {
  switch (phase) {
    case "Allocated":
      if (isPool) return "pool";
      return claimName === undefined ? "unclaimed" : "claimed";
    case "Released":
      return until === undefined ? "kept" : "resting";
    case "Failed":
      return "failed";
    default:
      return "pending";
  }
}

/** What asked for a child pool: a SubnetPoolClaim, or the pool itself. */
function makerOf(world: OperatorWorld, namespace: string, poolName: string): string {
  const pool = world.pools.get(namespace, poolName);
  const maker = pool && makerNameOf(pool);
  return maker === undefined ? `${SUBNET_POOLS.kind} ${poolName}` : `${SUBNET_POOL_CLAIMS.kind} ${maker}`;
}

export function foundPool(world: OperatorWorld, pool: SubnetPool): FoundBlock {
  const { namespace, name, creationTimestamp } = pool.metadata;
  const notReady = pool.status?.conditions?.find(
    ({ type, status }) => type === "Ready" && status === "False",
  );
  return {
    namespace,
    cidr: pool.spec.cidr,
    state: "pool",
    pools: chainOf(world, namespace, name),
    claim: makerOf(world, namespace, name),
    ...defined({ since: creationTimestamp, message: notReady?.message }),
  };
}

/** One without a Subnet: with one, that is shown. */
export function foundClaim(world: OperatorWorld, claim: AnyClaim): FoundBlock {
  const { namespace, name } = claim.metadata;
  const pool = "poolRef" in claim.spec ? claim.spec.poolRef : claim.spec.parentPoolRef;
  const promised = "poolRef" in claim.spec ? (claim as SubnetClaim).status?.allocatedCIDR : undefined;
  const message = claim.status?.message;
  return {
    namespace,
    cidr: promised ?? "",
    state: promised === undefined ? "pending" : "promised",
    pools: chainOf(world, namespace, pool),
    ...defined({
      cluster: "clusterID" in claim.spec ? claim.spec.clusterID : undefined,
      purpose: ("purpose" in claim.spec && claim.spec.purpose) || undefined,
    }),
    claim: `${claim.kind} ${name}`,
    ...defined({ since: claim.metadata.creationTimestamp, message }),
  };
}

/** What holds a block in the view of a pool. */
export function foundOccupant(
  world: OperatorWorld,
  namespace: string,
  poolName: string,
  { owner, prefix }: Occupant,
): FoundBlock {
  const { kind, name } = holderOf(owner);
  const cidr = formatPrefix(prefix);
  if (kind === SUBNETS.kind || kind === "orphan" || kind === "outsider") {
    const subnet = world.subnets.get(namespace, name);
    if (subnet !== undefined) return foundSubnet(world, subnet);
  }
  const claim = world.claims.get(namespace, name);
  return {
    namespace,
    cidr,
    state: "promised",
    pools: chainOf(world, namespace, poolName),
    ...defined({ cluster: kind === SUBNET_CLAIMS.kind ? claim?.spec.clusterID : undefined }),
    claim: `${kind} ${name}`,
  };
}
