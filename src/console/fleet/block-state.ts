/** From a Subnet to what the map shows of it. Pure. */

import { isLive, type Subnet } from "../../api/index.ts";
import { comparePrefixes, contains, type PoolSpace, type Prefix } from "../../ipam/index.ts";
import { isBackingClusterID, isSubnetName, type OperatorWorld } from "../../operator/index.ts";
import type { MapEntry } from "../map/block-sum.ts";
import { ALLOCATED, CHILD, DECIDING, FAILED, OVERLAPPING, RESTING, type StateCode } from "../map/states.ts";

export function entryOf(subnet: Subnet, prefix: Prefix, isOverlapping: boolean): MapEntry {
  const { clusterID } = subnet.spec;
  return {
    key: subnet.metadata.name,
    prefix,
    state: stateOf(subnet, isOverlapping),
    isHeld: isLive(subnet),
    cluster: isBackingClusterID(clusterID) ? undefined : clusterID,
    since: secondsOf(subnet.status?.allocatedAt),
  };
}

function stateOf(subnet: Subnet, isOverlapping: boolean): StateCode {
  if (isOverlapping) return OVERLAPPING;
  switch (subnet.status?.phase) {
    case "Allocated":
      return isBackingClusterID(subnet.spec.clusterID) ? CHILD : ALLOCATED;
    case "Released":
      return RESTING;
    case "Failed":
      return readyReason(subnet) === "Overlap" ? OVERLAPPING : FAILED;
    default:
      return DECIDING;
  }
}

export function readyReason(object: {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly reason: string }[] };
}): string | undefined {
  return object.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
}

/** Seconds since 1970; 0 for no time, or a text that is none. */
export function secondsOf(time: string | undefined): number {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

/** Whether another live Subnet of the pool has an address of it. */
export function hasRival(space: PoolSpace, prefix: Prefix, key: string): boolean {
  for (const { owner } of space.occupants(prefix)) if (owner !== key && isSubnetName(owner)) return true;
  return false;
}

/** The keys of those that overlap another one. Two prefixes are nested or apart, so one pass in order is enough. */
export function overlappingKeys(
  blocks: readonly { readonly key: string; readonly prefix: Prefix }[],
): ReadonlySet<string> {
  const found = new Set<string>();
  const open: (typeof blocks)[number][] = [];
  for (const block of blocks.toSorted((a, b) => comparePrefixes(a.prefix, b.prefix))) {
    for (let top = open.at(-1); top !== undefined && !contains(top.prefix, block.prefix); top = open.at(-1)) {
      open.pop();
    }
    const outer = open.at(-1);
    if (outer !== undefined) {
      found.add(outer.key);
      found.add(block.key);
    }
    open.push(block);
  }
  return found;
}

/** What is held of a pool without a Subnet, as far as no Subnet has the same place. */
export function promisedEntries(world: OperatorWorld, poolKey: string): MapEntry[] {
  const space = world.spaces.view(poolKey)?.space;
  if (space === undefined) return [];
  const entries: MapEntry[] = [];
  for (const owner of world.spaces.promisedOwners(poolKey)) {
    const prefix = space.prefixOf(owner);
    if (prefix === undefined || !contains(space.cidr, prefix) || hasRival(space, prefix, owner)) continue;
    entries.push({ key: owner, prefix, state: DECIDING, isHeld: true, cluster: undefined, since: 0 });
  }
  return entries;
}
