/**
 * A fleet as manifests that bring every number back where there is nothing yet, in whatever order they are applied: claims
 * carry the record of their block (`docs/design/0009`), and nothing speaks of a life that will be over. Pure.
 */
import type { Subnet, SubnetClaim, SubnetPool, SubnetPoolClaim } from "../../api/index.ts";
import { isLive } from "../../api/index.ts";
import { formatPrefix, overlaps, type Prefix } from "../../ipam/index.ts";
import { compareText } from "../../kernel/index.ts";
import type { FleetObject, FleetObjects } from "../../operator/index.ts";
import { bareObject } from "./bare-object.ts";
import { blockOfClaim, blockOfPoolClaim, holderBeside, type KeptBlock } from "./blocks-to-keep.ts";
import { FleetLookup, isBacking, isInner, keyOf, parentOf, readable } from "./fleet-lookup.ts";
import { Staying } from "./staying.ts";

export interface BackupEntry {
  readonly manifest: FleetObject;
  /** What it was made of. */
  readonly source: FleetObject;
  /** What a claim is to have again, and what a Subnet is. */
  readonly block: Prefix | undefined;
}

export interface Backup {
  /** In a stable order, in which claims that have no block come last: they take what the others leave. */
  readonly entries: readonly BackupEntry[];
  /** Unexpected facts that a user should know, one sentence each. */
  readonly notes: readonly string[];
}

export function backupOf(fleet: FleetObjects): Backup {
  const lookup = new FleetLookup(fleet);
  const staying = new Staying(lookup);
  const notes: string[] = [];
  const entries: BackupEntry[] = [];
  for (const object of [...fleet.pools, ...fleet.poolClaims, ...fleet.claims, ...fleet.subnets]) {
    const isStaying = staying.has(object);
    const note = noteOn(object, isStaying, lookup);
    if (note !== undefined) notes.push(`${named(object)} ${note}.`);
    if (isStaying) entries.push(entryOf(object, lookup));
  }
  const vain = vainSubnets(entries);
  for (const { source } of vain)
    notes.push(`${named(source)} is Failed, and another object holds its block: it is omitted.`);
  return { entries: entries.filter((entry) => !vain.has(entry)).toSorted(compareEntries), notes };
}

/** `SubnetClaim fleet/web`. */
export function named(object: FleetObject): string {
  return `${object.kind} ${keyOf(object)}`;
}

function entryOf(source: FleetObject, lookup: FleetLookup): BackupEntry {
  const kept = keptBlockOf(source, lookup);
  const block =
    kept?.block ?? (source.kind === "Subnet" ? readable((source as Subnet).spec.cidr) : undefined);
  return { manifest: bareObject(source, lookup, kept?.labels), source, block };
}

function keptBlockOf(source: FleetObject, lookup: FleetLookup): KeptBlock | undefined {
  if (source.kind === "SubnetClaim") return blockOfClaim(source as SubnetClaim, lookup);
  return source.kind === "SubnetPoolClaim" ? blockOfPoolClaim(source as SubnetPoolClaim, lookup) : undefined;
}

function noteOn(object: FleetObject, isStaying: boolean, lookup: FleetLookup): string | undefined {
  const isDeleted = object.metadata.deletionTimestamp !== undefined;
  if (isDeleted && isStaying)
    return "is being deleted and still in use: it is exported without the deletion, so delete it again after a restore";
  if (object.kind === "SubnetClaim") return noteOnClaim(object as SubnetClaim, isStaying, lookup);
  const isMade = object.kind === "Subnet" && (isBacking(object as Subnet) || hasClaim(object as Subnet));
  // Goes with its pool or its claim, of which it is said.
  return isDeleted && !isMade ? "is being deleted: it is omitted" : undefined;
}

function hasClaim({ spec }: Subnet): boolean {
  return spec.claimRef?.name !== undefined && spec.claimRef.name !== "";
}

function noteOnClaim(claim: SubnetClaim, isStaying: boolean, lookup: FleetLookup): string | undefined {
  if (isInner(claim)) return undefined;
  if (!isStaying) return "is being deleted: it is omitted";
  const promised = readable(claim.status?.allocatedCIDR);
  const other =
    promised && claim.status?.phase !== "Bound" ? holderBeside(claim, promised, lookup) : undefined;
  if (promised === undefined || other === undefined) return undefined;
  return `was promised ${formatPrefix(promised)}, which Subnet ${other.metadata.name} holds: it is exported without a block`;
}

/** Made by hand and refused, since the block is another one's: who comes first after a restore would get it. */
function vainSubnets(entries: readonly BackupEntry[]): ReadonlySet<BackupEntry> {
  const isRefused = ({ source }: BackupEntry) => source.kind === "Subnet" && !isLive(source as Subnet);
  const refused = entries.filter(isRefused);
  if (refused.length === 0) return new Set();
  const others = Map.groupBy(
    entries.filter((entry) => !isRefused(entry) && entry.block !== undefined),
    ({ source }) => poolKeyOf(source),
  );
  return new Set(
    refused.filter((entry) => {
      const { block } = entry;
      if (block === undefined) return true;
      return (others.get(poolKeyOf(entry.source)) ?? []).some(
        (other) => other.block !== undefined && overlaps(other.block, block),
      );
    }),
  );
}

/** The pool that a block is of. */
export function poolKeyOf(object: FleetObject): string {
  return keyOf(object, poolNameOf(object));
}

export function poolNameOf({ spec }: FleetObject): string {
  if ("poolRef" in spec) return spec.poolRef;
  return "parentPoolRef" in spec ? spec.parentPoolRef : "";
}

/**
 * What the operator makes Subnets of comes after the Subnets: it would be faster than `kubectl`, to which the same name then
 * exists already. So child pools are not with the others.
 */
const RANKS: Readonly<Record<string, number>> = {
  SubnetPool: 0,
  Subnet: 1,
  SubnetPoolClaim: 3,
  SubnetClaim: 4,
};
const CHILD_POOL_RANK = 2;
const WITHOUT_BLOCK = 10;

function rankOf({ manifest, source, block }: BackupEntry): number {
  if (source.kind === "SubnetPool" && parentOf(source as SubnetPool) !== undefined) return CHILD_POOL_RANK;
  const rank = RANKS[manifest.kind] ?? 0;
  const isClaim = manifest.kind === "SubnetClaim" || manifest.kind === "SubnetPoolClaim";
  return block === undefined && isClaim ? rank + WITHOUT_BLOCK : rank;
}

function compareEntries(a: BackupEntry, b: BackupEntry): number {
  return (
    compareText(a.manifest.metadata.namespace, b.manifest.metadata.namespace) ||
    rankOf(a) - rankOf(b) ||
    compareText(a.manifest.metadata.name, b.manifest.metadata.name)
  );
}
