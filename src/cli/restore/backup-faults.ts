/** What is wrong with the objects of a backup beside each other, and beside those of the cluster. Pure. */
import { isLive, type Subnet, type SubnetClaim, type SubnetPoolClaim } from "../../api/index.ts";
import { contains, equals, formatPrefix, type Prefix } from "../../ipam/index.ts";
import type { FleetObject, FleetObjects } from "../../operator/index.ts";
import { type BackupEntry, poolNameOf } from "../backup/backup-of.ts";
import { blockOfClaim, blockOfPoolClaim } from "../backup/blocks-to-keep.ts";
import { FleetLookup, readable } from "../backup/fleet-lookup.ts";
import type { ObjectFault } from "../backup/read-backup.ts";
import { conflictsAmong, type Holder, holdersOf } from "./block-conflicts.ts";

export interface Compared {
  readonly entries: readonly BackupEntry[];
  /** Of the file. */
  readonly fleet: FleetObjects;
  readonly live: FleetObjects;
  originOf(object: FleetObject): string;
}

/** The first thing that is wrong with each object that is not sound. */
export function backupFaults(compared: Compared): Map<BackupEntry, ObjectFault> {
  const { entries, live } = compared;
  const inFile = new FleetLookup(compared.fleet);
  const inCluster = new FleetLookup(live);
  const twins = twinsAmong(entries);
  const conflicts = conflictsAmong([
    ...holdersOf(entries, inFile, false),
    ...holdersOf(liveEntries(live, inCluster), inCluster, true),
  ]);
  const faults = new Map<BackupEntry, ObjectFault>();
  for (const entry of entries) {
    const { manifest, source } = entry;
    const message =
      faultOfExisting(entry, inCluster) ??
      faultOfRange(entry, inFile, inCluster) ??
      faultOfOtherBlock(entry, inFile) ??
      faultOfTwin(entry, twins, inCluster, compared) ??
      faultOfConflict(entry, conflicts.get(entry), compared);
    if (message === undefined) continue;
    const object = `${manifest.kind} ${manifest.metadata.namespace}/${manifest.metadata.name}`;
    faults.set(entry, { origin: compared.originOf(source), object, message });
  }
  return faults;
}

/** What holds a block in the cluster, on its way out or not. */
function liveEntries({ subnets, claims, poolClaims }: FleetObjects, inCluster: FleetLookup): BackupEntry[] {
  return [...subnets, ...claims, ...poolClaims].map((object) => ({
    manifest: object,
    source: object,
    block: blockOfExisting(object, inCluster),
  }));
}

/** Existing objects are not changed, so they have to match the file. */
function faultOfExisting(entry: BackupEntry, inCluster: FleetLookup): string | undefined {
  const { manifest, block } = entry;
  const live = existing(manifest, inCluster);
  if (live === undefined) return undefined;
  if (live.metadata.deletionTimestamp !== undefined)
    return "is being deleted in the cluster: wait until it is gone, then restore again";
  if (manifest.kind === "SubnetPool") return undefined;
  const [was, is] = [manifest, live].map(requestOf);
  if (was !== is)
    return `exists in the cluster as one ${is}, and in the file as one ${was}: delete it in the cluster, or remove it from the file`;
  const now = blockOfExisting(live, inCluster);
  if (now === undefined || block === undefined || equals(now, block)) return undefined;
  return `has ${formatPrefix(now)} in the cluster, and ${formatPrefix(block)} in the file: delete it in the cluster, or remove it from the file`;
}

function existing(manifest: FleetObject, inCluster: FleetLookup): FleetObject | undefined {
  const { name } = manifest.metadata;
  switch (manifest.kind) {
    case "SubnetPool":
      return inCluster.pool(manifest, name);
    case "SubnetPoolClaim":
      return inCluster.poolClaim(manifest, name);
    case "SubnetClaim":
      return inCluster.claim(manifest, name);
    default:
      return inCluster.subnet(manifest, name);
  }
}

/** `of pool corp for cluster web`. */
function requestOf(object: FleetObject): string {
  const { spec } = object;
  if (!("clusterID" in spec)) return `of pool ${poolNameOf(object)}`;
  const purpose = spec.purpose ? ` (${spec.purpose})` : "";
  return `of pool ${spec.poolRef} for cluster ${spec.clusterID}${purpose}`;
}

function blockOfExisting(live: FleetObject, inCluster: FleetLookup): Prefix | undefined {
  switch (live.kind) {
    case "SubnetPoolClaim":
      return blockOfPoolClaim(live as SubnetPoolClaim, inCluster)?.block;
    case "SubnetClaim":
      return blockOfClaim(live as SubnetClaim, inCluster)?.block;
    default:
      return readable((live as Subnet).spec.cidr);
  }
}

/** The pool of the cluster counts where there is one: it stays as it is. */
function faultOfRange(
  { manifest, source, block }: BackupEntry,
  inFile: FleetLookup,
  inCluster: FleetLookup,
): string | undefined {
  const wasRefused = manifest.kind === "Subnet" && !isLive(source as Subnet);
  if (block === undefined || wasRefused) return undefined;
  const name = poolNameOf(manifest);
  const filed = inFile.pool(manifest, name)?.spec.cidr;
  const live = inCluster.pool(manifest, name)?.spec.cidr;
  const range = readable(live ?? filed);
  if (range === undefined || contains(range, block)) return undefined;
  const said = `has ${formatPrefix(block)}, which is outside pool ${name}, whose range is ${formatPrefix(range)} in the`;
  if (live === undefined) return `${said} file: correct one of them`;
  const was = filed === undefined || filed === live ? "" : `, and ${filed} in the file`;
  return `${said} cluster${was}: grow the pool, or remove this object from the file`;
}

/** A claim and its Subnet in the same file have different blocks. */
function faultOfOtherBlock(
  { manifest, source, block }: BackupEntry,
  inFile: FleetLookup,
): string | undefined {
  if (block === undefined) return undefined;
  if (manifest.kind === "SubnetClaim") {
    const others = inFile.subnetsOf(manifest as SubnetClaim).filter(isLive);
    const blocks = others.map((subnet) => ({ subnet, own: readable(subnet.spec.cidr) }));
    const other = blocks.find(({ own }) => own !== undefined && !equals(own, block));
    return other?.own && otherBlock(block, `Subnet ${other.subnet.metadata.name}`, other.own);
  }
  if (manifest.kind !== "Subnet" || !isLive(source as Subnet)) return undefined;
  const subnet = manifest as Subnet;
  const claim = inFile.claim(subnet, subnet.spec.claimRef?.name ?? "");
  const own = claim?.spec.poolRef === subnet.spec.poolRef ? blockOfClaim(claim, inFile)?.block : undefined;
  if (claim === undefined || own === undefined || equals(own, block)) return undefined;
  return otherBlock(block, `SubnetClaim ${claim.metadata.name}`, own);
}

function otherBlock(block: Prefix, other: string, own: Prefix): string {
  return `has ${formatPrefix(block)}, and its ${other} in the file has ${formatPrefix(own)}: correct one of them`;
}

function identityKey({ metadata, spec }: SubnetClaim): string {
  return JSON.stringify([metadata.namespace, spec.poolRef, spec.clusterID, spec.purpose ?? ""]);
}

/** Claims of the file that have a block, by pool, cluster and purpose: there can be one of each. */
function twinsAmong(entries: readonly BackupEntry[]): ReadonlyMap<string, readonly BackupEntry[]> {
  return Map.groupBy(
    entries.filter(({ manifest, block }) => manifest.kind === "SubnetClaim" && block !== undefined),
    ({ manifest }) => identityKey(manifest as SubnetClaim),
  );
}

function faultOfTwin(
  entry: BackupEntry,
  twins: ReadonlyMap<string, readonly BackupEntry[]>,
  inCluster: FleetLookup,
  { originOf }: Compared,
): string | undefined {
  const { manifest, block } = entry;
  if (manifest.kind !== "SubnetClaim" || block === undefined) return undefined;
  const claim = manifest as SubnetClaim;
  const { clusterID, purpose, poolRef } = claim.spec;
  const what = `one block of pool ${poolRef} for cluster ${clusterID}${purpose ? ` (${purpose})` : ""}`;
  const twin = twins.get(identityKey(claim))?.find((other) => other !== entry);
  if (twin !== undefined)
    return `requests ${what}, like SubnetClaim ${twin.manifest.metadata.name} at ${originOf(twin.source)}: remove one of them`;
  const live = inCluster
    .claimsOfCluster(claim)
    .find(
      (other) => other.metadata.name !== claim.metadata.name && blockOfClaim(other, inCluster) !== undefined,
    );
  return live === undefined
    ? undefined
    : `requests ${what}, like SubnetClaim ${live.metadata.name} in the cluster: delete that one, or remove this one from the file`;
}

function faultOfConflict(
  { block }: BackupEntry,
  other: Holder | undefined,
  { originOf }: Compared,
): string | undefined {
  if (other === undefined || block === undefined) return undefined;
  const { object, entry } = other;
  const isEqual = equals(other.block, block);
  const which = isEqual ? "which" : `and ${formatPrefix(other.block)}, which overlaps it, is what`;
  const where = entry === undefined ? "in the cluster" : `at ${originOf(entry.source)}`;
  const cure =
    entry === undefined ? "delete that one, or remove this one from the file" : "remove one of them";
  return `has ${formatPrefix(block)}, ${which} ${object.kind} ${object.metadata.name} ${where} has: ${cure}`;
}
