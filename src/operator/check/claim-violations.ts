/** Invariants 2, 3 and 8 (`docs/allocation-protocol.md#invariants`), as far as claims and child pools are concerned. */
import { parentNameOf, type Subnet, type SubnetPool, servedClaimOf } from "../../api/index.ts";
import { overlaps, parsePrefix } from "../../ipam/index.ts";
import { isGivenBack, uncoveredOf } from "../model/held-range.ts";
import { makerNameOf } from "../model/indexes.ts";
import { isLabelValue } from "../model/label-value.ts";
import { backingClusterID } from "../model/subnet-name.ts";
import { backingSubnetName } from "../view/world.ts";
import type { FleetObjects } from "./fleet-objects.ts";
import { type Violation, violation } from "./violation.ts";

/** Of the objects of one namespace. */
export function findClaimViolations(objects: FleetObjects): Violation[] {
  return [
    ...findBrokenBindings(objects),
    ...findBrokenPoolBindings(objects),
    ...findLostBlocks(objects),
    ...findStaleBlocks(objects),
    ...findStuckClaims(objects),
    ...findBrokenChildren(objects),
  ];
}

function isGoing(object: { readonly metadata: { readonly deletionTimestamp?: string } }): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function isAllocated(subnet: Subnet): boolean {
  return subnet.status?.phase === "Allocated";
}

/** Exactly one Allocated Subnet with the claim's UID, of the CIDR and the identity that its status names. */
function findBrokenBindings({ claims, subnets }: FleetObjects): Violation[] {
  const byClaim = Map.groupBy(subnets, ({ spec }) => spec.claimRef?.uid ?? "");
  return claims.flatMap((claim): Violation[] => {
    if (claim.status?.phase !== "Bound" || isGoing(claim)) return [];
    const { allocatedCIDR = "no CIDR", subnetRef } = claim.status;
    const own = byClaim.get(claim.metadata.uid ?? "") ?? [];
    const held = own.filter(isAllocated);
    const broken = (message: string) => [violation("bound-claim", [claim, ...held], message)];
    const [subnet, second] = held;
    if (subnet === undefined)
      return broken(`it is Bound to ${allocatedCIDR}, and no Allocated Subnet serves it`);
    if (second !== undefined) return broken(`it is Bound, and ${held.length} Allocated Subnets serve it`);
    if (subnet.spec.cidr !== allocatedCIDR) {
      return broken(`it is Bound to ${allocatedCIDR}, and its Subnet holds ${subnet.spec.cidr}`);
    }
    // Another operator may have bound it, by the CIDR alone.
    if (subnetRef !== undefined && subnetRef.uid !== subnet.metadata.uid) {
      return broken(`its status refers to Subnet ${subnetRef.name}, and another one serves it`);
    }
    if (subnet.spec.poolRef !== claim.spec.poolRef || subnet.spec.clusterID !== claim.spec.clusterID) {
      return broken("its Subnet is for another pool or clusterID than it asks for");
    }
    return [];
  });
}

function findBrokenPoolBindings({ poolClaims, pools }: FleetObjects): Violation[] {
  const byName = new Map(pools.map((pool) => [pool.metadata.name, pool]));
  return poolClaims.flatMap((claim): Violation[] => {
    if (claim.status?.phase !== "Bound" || isGoing(claim)) return [];
    const name = claim.status.boundPoolName ?? "";
    const pool = byName.get(name);
    if (pool === undefined) {
      return [violation("bound-claim", [claim], `it is Bound to the pool ${name}, which does not exist`)];
    }
    if (makerNameOf(pool) === claim.metadata.name || !isLabelValue(claim.metadata.name)) return [];
    return [violation("bound-claim", [claim, pool], `it is Bound to the pool ${name}, which is not its own`)];
  });
}

/** A block that no claim will ever give back. */
function findLostBlocks({ claims, subnets }: FleetObjects): Violation[] {
  const uids = new Set(claims.map(({ metadata }) => metadata.uid));
  return subnets.flatMap((subnet): Violation[] => {
    const served = servedClaimOf(subnet);
    if (served === undefined || uids.has(served.uid) || !isAllocated(subnet) || isGoing(subnet)) return [];
    const message = `it holds ${subnet.spec.cidr} for the claim ${served.name}, which is gone`;
    return [violation("lost-block", [subnet], message)];
  });
}

/** The block of a child pool that has another parent by now, or none, or that left this block by shrinking. */
function findStaleBlocks({ pools, subnets }: FleetObjects): Violation[] {
  const byCluster = new Map(pools.map((pool) => [backingClusterID(pool.metadata.name), pool]));
  return subnets.flatMap((subnet): Violation[] => {
    const pool = byCluster.get(subnet.spec.clusterID);
    if (pool === undefined || isGoing(subnet)) return [];
    const held = `it holds ${subnet.spec.cidr} of ${subnet.spec.poolRef} for the pool ${pool.metadata.name}`;
    if (parentNameOf(pool) !== subnet.spec.poolRef) {
      const message = `${held}, which is no longer a child of that parent: it is released once that pool is empty`;
      return [violation("stale-block", [subnet, pool], message)];
    }
    const isExtension = subnet.metadata.name !== backingSubnetName(subnet.spec.poolRef, pool.metadata.name);
    const range = parsePrefix(pool.spec.cidr);
    const block = parsePrefix(subnet.spec.cidr);
    if (!isExtension || !range.ok || !block.ok || overlaps(range.value, block.value)) return [];
    const message = `${held}, whose range is now ${pool.spec.cidr}: it is released once it is empty`;
    return [violation("stale-block", [subnet, pool], message)];
  });
}

function findStuckClaims({ claims, poolClaims }: FleetObjects): Violation[] {
  return [...claims, ...poolClaims].flatMap((claim): Violation[] => {
    if (isGoing(claim) || claim.status?.phase === "Bound") return [];
    const ready = claim.status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "False" && ready.reason !== "" && ready.message !== "") return [];
    return [violation("stuck", [claim], "it is not Bound, and no condition contains a reason")];
  });
}

/** A child pool that calls itself Ready lies in its Allocated blocks of the parent. */
function findBrokenChildren({ pools, poolClaims, subnets }: FleetObjects): Violation[] {
  const uids = new Map(poolClaims.map(({ metadata }) => [metadata.name, metadata.uid]));
  const byIdentity = Map.groupBy(subnets, ({ spec }) => `${spec.poolRef}/${spec.clusterID}`);
  return pools.flatMap((pool): Violation[] => {
    const parent = parentNameOf(pool);
    if (parent === undefined || !isReady(pool) || isGoing(pool)) return [];
    const own = byIdentity.get(`${parent}/${backingClusterID(pool.metadata.name)}`) ?? [];
    // Another operator holds the block of a pool for the claim that made the pool.
    const maker = uids.get(makerNameOf(pool) ?? "");
    const held = [...own, ...(byIdentity.get(`${parent}/${maker}`) ?? [])].filter(
      (subnet) => isAllocated(subnet) && !isGivenBack(subnet),
    );
    if (held.length === 0) {
      const message = `it is Ready, but holds no block in its parent ${parent}`;
      return [violation("child-block", [pool, ...own], message)];
    }
    const range = parsePrefix(pool.spec.cidr);
    const isCovered =
      range.ok && uncoveredOf(range.value, { base: undefined, extensions: held }).length === 0;
    if (isCovered) return [];
    const blocks = held.map(({ spec }) => spec.cidr).join(", ");
    const message = `its range is ${pool.spec.cidr}, but it holds ${blocks} in its parent ${parent}`;
    return [violation("child-block", [pool, ...held], message)];
  });
}

function isReady(pool: SubnetPool): boolean {
  return pool.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
