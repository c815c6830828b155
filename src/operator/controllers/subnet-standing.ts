/** Reads from the caches what depends on a Subnet. */

import {
  claimNameOf,
  parentNameOf,
  readClaimRequest,
  readSubnetBlock,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
} from "../../api/index.ts";
import { overlaps } from "../../ipam/index.ts";
import type { PoolStanding, Standing } from "../decide/standing.ts";
import { isMine, isOfEarlierLife, satisfies } from "../model/claim-subnet.ts";
import { isGivenBack } from "../model/held-range.ts";
import { isSubnetName } from "../model/holder.ts";
import { PARENT_INDEX, POOL_REF_INDEX } from "../model/indexes.ts";
import { backingSubnetName, type OperatorWorld } from "../view/world.ts";

export function standingOf(world: OperatorWorld, subnet: Subnet): Standing {
  const { namespace } = subnet.metadata;
  const claimName = claimNameOf(subnet);
  if (claimName !== undefined) {
    const uid = subnet.spec.claimRef?.uid;
    return {
      kind: "claim",
      name: claimName,
      uid: uid === "" ? undefined : uid,
      claim: claimState(world.claims.get(namespace, claimName), subnet),
      isNameFree: world.claims.get(namespace, claimName) === undefined,
    };
  }
  const names = world.poolNamesBehind(namespace, subnet.spec);
  // One that a cut name leaves open stands for whichever of them still needs it.
  const standings = names.map((name) => poolStanding(world, subnet, name));
  return (
    standings.find(({ pool, isInhabited }) => pool !== "gone" || isInhabited) ??
    standings[0] ?? { kind: "nothing" }
  );
}

function claimState(claim: SubnetClaim | undefined, subnet: Subnet): "lives" | "heir" | "gone" {
  if (claim === undefined) return "gone";
  if (isMine(subnet, claim)) return "lives";
  return isHeir(claim, subnet) ? "heir" : "gone";
}

/** Whether the claim will take over what an earlier life of it had. */
function isHeir(claim: SubnetClaim, subnet: Subnet): boolean {
  if (!isOfEarlierLife(subnet, claim) || claim.metadata.deletionTimestamp !== undefined) return false;
  if (subnet.status?.phase === "Failed") return false;
  const promised = claim.status?.allocatedCIDR;
  if (promised !== undefined) return promised === subnet.spec.cidr;
  const wanted = readClaimRequest(claim);
  return wanted.ok && satisfies(subnet, wanted.value);
}

function poolStanding(world: OperatorWorld, subnet: Subnet, name: string): PoolStanding {
  const { namespace } = subnet.metadata;
  const pool = world.pools.get(namespace, name);
  const poolClaim = world.poolClaims.get(namespace, name);
  return {
    kind: "pool",
    name,
    pool: pool === undefined ? "gone" : pool.metadata.deletionTimestamp === undefined ? "lives" : "going",
    isBase: subnet.metadata.name === backingSubnetName(subnet.spec.poolRef, name),
    isNeeded: pool !== undefined && needs(world, pool, subnet),
    isInhabited: isInhabited(world, subnet, `${namespace}/${name}`),
    isAskedFor:
      pool === undefined &&
      poolClaim !== undefined &&
      poolClaim.metadata.deletionTimestamp === undefined &&
      poolClaim.spec.parentPoolRef === subnet.spec.poolRef,
  };
}

/** A piece that the pool grew by it may mark as given back; else it needs whatever is in its range. */
function needs(world: OperatorWorld, pool: SubnetPool, subnet: Subnet): boolean {
  const { namespace, name } = pool.metadata;
  if (pool.metadata.deletionTimestamp !== undefined || isGivenBack(subnet)) return false;
  if (parentNameOf(pool) !== subnet.spec.poolRef) return false;
  const settings = world.spaces.view(`${namespace}/${name}`)?.settings;
  const block = readSubnetBlock(subnet);
  return !settings?.ok || (block.ok && overlaps(settings.value.cidr, block.value));
}

/** Anything that is there counts, decided or not: who decides later sees that the block is given back. */
function isInhabited({ spaces, subnets, pools }: OperatorWorld, subnet: Subnet, poolKey: string): boolean {
  const count = subnets.countByIndex(POOL_REF_INDEX, poolKey);
  const view = spaces.view(poolKey);
  if (view?.space === undefined) return count > 0 || pools.countByIndex(PARENT_INDEX, poolKey) > 0;
  const block = readSubnetBlock(subnet);
  if (!block.ok) return false;
  // What the pool was moved from lives where it was.
  const outside = view.space.outside().filter(({ prefix }) => overlaps(prefix, block.value));
  for (const { owner } of [...view.space.occupants(block.value), ...outside]) {
    const other = isSubnetName(owner) ? subnets.get(subnet.metadata.namespace, owner) : undefined;
    if (other === undefined || other.status?.phase !== "Failed") return true;
  }
  return false;
}
