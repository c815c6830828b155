/** Who holds which block of a pool, in a backup and in the cluster, and who stands on whose. Pure. */
import { isLive, type Subnet, type SubnetClaim, type SubnetPoolClaim } from "../../api/index.ts";
import { comparePrefixes, contains, equals, type Prefix } from "../../ipam/index.ts";
import type { FleetObject } from "../../operator/index.ts";
import { backingClusterID } from "../../operator/model/subnet-name.ts";
import { type BackupEntry, poolKeyOf } from "../backup/backup-of.ts";
import { type FleetLookup, isBacking } from "../backup/fleet-lookup.ts";

export interface Holder {
  readonly block: Prefix;
  /** The same for a claim and the Subnet that serves it: the block is theirs together. */
  readonly identity: string;
  readonly object: FleetObject;
  /** Undefined: it is in the cluster. */
  readonly entry: BackupEntry | undefined;
}

/** @param lookup of the fleet that the objects are of. */
export function holdersOf(
  entries: readonly BackupEntry[],
  lookup: FleetLookup,
  isInCluster: boolean,
): [poolKey: string, holder: Holder][] {
  return entries.flatMap((entry): [string, Holder][] => {
    const { manifest, source, block } = entry;
    const holdsNothing = manifest.kind === "Subnet" && !isLive(source as Subnet);
    if (block === undefined || holdsNothing) return [];
    const identity = identityOf(manifest, lookup);
    return [
      [poolKeyOf(manifest), { block, identity, object: manifest, entry: isInCluster ? undefined : entry }],
    ];
  });
}

function identityOf(object: FleetObject, lookup: FleetLookup): string {
  const { name } = object.metadata;
  switch (object.kind) {
    case "SubnetClaim":
      return `claim ${name}`;
    case "SubnetPoolClaim":
      return backingClusterID(lookup.poolOf(object as SubnetPoolClaim)?.metadata.name ?? name);
    default:
      return identityOfSubnet(object as Subnet);
  }
}

function identityOfSubnet(subnet: Subnet): string {
  if (isBacking(subnet)) return subnet.spec.clusterID;
  const name = subnet.spec.claimRef?.name;
  return name ? `claim ${name}` : `subnet ${subnet.metadata.name}`;
}

function isSame(a: Holder, b: Holder): boolean {
  return a.identity === b.identity || isAdoptedBy(a, b) || isAdoptedBy(b, a);
}

/** A Subnet that was made by hand becomes that of the claim of its cluster which asks for its block. */
function isAdoptedBy(subnet: Holder, claim: Holder): boolean {
  if (subnet.object.kind !== "Subnet" || claim.object.kind !== "SubnetClaim") return false;
  const { clusterID, purpose = "", claimRef } = (subnet.object as Subnet).spec;
  const wanted = (claim.object as SubnetClaim).spec;
  const isSameCluster = wanted.clusterID === clusterID && (wanted.purpose ?? "") === purpose;
  return !claimRef?.name && isSameCluster && equals(subnet.block, claim.block);
}

/** For each holder of the backup that shares addresses with another one: the first conflict found. */
export function conflictsAmong(holders: Iterable<readonly [string, Holder]>): Map<BackupEntry, Holder> {
  const conflicts = new Map<BackupEntry, Holder>();
  const meet = (a: Holder, b: Holder) => {
    if (a.entry !== undefined && !conflicts.has(a.entry)) conflicts.set(a.entry, b);
  };
  for (const group of Map.groupBy(holders, ([poolKey]) => poolKey).values()) {
    const sorted = group.map(([, holder]) => holder).sort((a, b) => comparePrefixes(a.block, b.block));
    const around: Holder[] = [];
    for (const holder of sorted) {
      while (around.length > 0 && !contains((around.at(-1) as Holder).block, holder.block)) around.pop();
      for (const outer of around) {
        if (isSame(outer, holder)) continue;
        meet(outer, holder);
        meet(holder, outer);
      }
      around.push(holder);
    }
  }
  return conflicts;
}
