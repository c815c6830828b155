/** What a cluster has otherwise than a backup of it. Pure. */
import {
  isLive,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { equals, formatPrefix, type Prefix } from "../../ipam/index.ts";
import type { FleetObject, FleetObjects } from "../../operator/index.ts";
import type { Backup, BackupEntry } from "./backup-of.ts";
import { FleetLookup, isBacking, readable } from "./fleet-lookup.ts";

/**
 * - `missing`: it is in the backup and not in the cluster.
 * - `moved`: it has another block than in the backup.
 * - `unserved`: it has no block yet, and had one in the backup.
 * - `range`: a pool has another range.
 */
export type DifferenceKind = "missing" | "moved" | "unserved" | "range";

export interface Difference {
  readonly difference: DifferenceKind;
  readonly namespace: string;
  /** `SubnetClaim web`. */
  readonly object: string;
  /** The block or range of the backup. */
  readonly backup: string | undefined;
  readonly cluster: string | undefined;
  /** One sentence. */
  readonly message: string;
}

export function differencesFrom({ entries }: Backup, live: FleetObjects): Difference[] {
  const lookup = new FleetLookup(live);
  const isClaimed = new Set(entries.map(({ manifest }) => keyFor(manifest)));
  return entries.flatMap((entry) => differenceOf(entry, lookup, isClaimed) ?? []);
}

function keyFor({ kind, metadata }: FleetObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

function differenceOf(
  entry: BackupEntry,
  lookup: FleetLookup,
  inBackup: ReadonlySet<string>,
): Difference | undefined {
  const { manifest } = entry;
  switch (manifest.kind) {
    case "SubnetPool":
      return ofPool(entry, lookup.pool(manifest, manifest.metadata.name));
    case "SubnetPoolClaim":
      return ofPoolClaim(entry, lookup.poolClaim(manifest, manifest.metadata.name), lookup);
    case "SubnetClaim":
      return ofClaim(entry, lookup.claim(manifest, manifest.metadata.name));
    default: {
      // The Subnet of a claim or a pool may have another name by now: they are compared themselves.
      const subnet = manifest as Subnet;
      const claim = `SubnetClaim ${manifest.metadata.namespace}/${subnet.spec.claimRef?.name}`;
      if (isBacking(subnet) || inBackup.has(claim)) return undefined;
      return ofSubnet(entry, lookup.subnet(manifest, manifest.metadata.name));
    }
  }
}

function say(
  { manifest, block }: BackupEntry,
  difference: DifferenceKind,
  cluster: Prefix | undefined,
  message: string,
): Difference {
  return {
    difference,
    namespace: manifest.metadata.namespace,
    object: `${manifest.kind} ${manifest.metadata.name}`,
    backup: "cidr" in manifest.spec ? manifest.spec.cidr : block && formatPrefix(block),
    cluster: cluster && formatPrefix(cluster),
    message,
  };
}

function missing(entry: BackupEntry): Difference {
  return say(entry, "missing", undefined, "is in the backup, and not in the cluster");
}

function moved(entry: BackupEntry, now: Prefix, was: Prefix): Difference {
  return say(entry, "moved", now, `has ${formatPrefix(now)}, and had ${formatPrefix(was)} in the backup`);
}

function ofPool(entry: BackupEntry, live: SubnetPool | undefined): Difference | undefined {
  if (live === undefined) return missing(entry);
  const was = (entry.manifest as SubnetPool).spec.cidr;
  if (live.spec.cidr === was) return undefined;
  const message = `ranges over ${live.spec.cidr}, and over ${was} in the backup`;
  return say(entry, "range", readable(live.spec.cidr), message);
}

function ofClaim(entry: BackupEntry, live: SubnetClaim | undefined): Difference | undefined {
  if (live === undefined) return missing(entry);
  const { block } = entry;
  if (block === undefined) return undefined;
  const now = readable(live.status?.allocatedCIDR);
  if (now !== undefined && !equals(now, block)) return moved(entry, now, block);
  return live.status?.phase === "Bound" ? undefined : unserved(entry, live);
}

function ofPoolClaim(
  entry: BackupEntry,
  live: SubnetPoolClaim | undefined,
  lookup: FleetLookup,
): Difference | undefined {
  if (live === undefined) return missing(entry);
  const { block } = entry;
  if (block === undefined) return undefined;
  if (live.status?.phase !== "Bound") return unserved(entry, live);
  const pool = lookup.poolOf(live);
  const first = pool && readable(lookup.firstBlockOf(pool)?.spec.cidr);
  return first === undefined || equals(first, block) ? undefined : moved(entry, first, block);
}

function unserved(entry: BackupEntry, live: SubnetClaim | SubnetPoolClaim): Difference {
  const ready = live.status?.conditions?.find(({ type }) => type === "Ready");
  const said = live.status?.message ?? ready?.message;
  const why =
    said === undefined ? "has no answer yet: an operator has to run" : `${ready?.reason ?? "waits"}: ${said}`;
  return say(entry, "unserved", undefined, why);
}

function ofSubnet(entry: BackupEntry, live: Subnet | undefined): Difference | undefined {
  const { block, source } = entry;
  if (!isLive(source as Subnet)) return undefined;
  if (live === undefined) return missing(entry);
  const now = readable(live.spec.cidr);
  if (now !== undefined && block !== undefined && !equals(now, block)) return moved(entry, now, block);
  if (isLive(live)) return undefined;
  return say(entry, "unserved", undefined, `is Failed: ${live.status?.message ?? "it holds no block"}`);
}
