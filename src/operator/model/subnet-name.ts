/**
 * The identity of an allocation is (namespace, pool, clusterID); the Subnet's name is derived from it. A create that
 * is repeated, by any client, returns `AlreadyExists` and finds its own Subnet (`docs/allocation-protocol.md#identity`).
 */
import { hash } from "node:crypto";

const LONGEST_NAME = 63;
const HASH_DIGITS = 10;

/**
 * A DNS label that people recognise and that no other pair shares: `<pool>-<clusterID>-<hash>`. Without the hash,
 * pool `a-b` with cluster `c` and pool `a` with cluster `b-c` would be one.
 */
export function subnetNameFor(poolName: string, clusterID: string, purpose = ""): string {
  const identity = purpose === "" ? clusterID : `${clusterID}/${purpose}`;
  const digits = digitsOf(`${poolName}/${identity}`);
  const readable = `${poolName}-${identity}`
    .replaceAll(/[./:]/g, "-")
    .slice(0, LONGEST_NAME - HASH_DIGITS - 1);
  return `${readable.replace(/-+$/, "")}-${digits}`;
}

/** Keeps the clusterIDs of child pools apart from those of clusters. Read in this file alone. */
const BACKING_PREFIX = "pool.";

/**
 * The clusterID under which a child pool holds its block in the parent. The prefix keeps it apart from clusters,
 * and a long name is truncated and made unique by a hash, so that it stays a valid clusterID.
 */
export function backingClusterID(childPoolName: string): string {
  const id = `${BACKING_PREFIX}${childPoolName}`;
  if (id.length <= LONGEST_NAME) return id;
  return `${id.slice(0, LONGEST_NAME - HASH_DIGITS - 1)}.${digitsOf(childPoolName)}`;
}

/** Whether a Subnet of this clusterID holds the range of a child pool. */
export function isBackingClusterID(clusterID: string): boolean {
  return clusterID.startsWith(BACKING_PREFIX);
}

/**
 * The child pools that a clusterID may stand for: the name that it contains, which no object may have, and those of `others`
 * whose long names were cut to it. Empty for the clusterID of a cluster. A Subnet names its child pool nowhere else, and
 * that pool may be gone.
 *
 * @param others called when the pool of the contained name does not exist
 */
export function childNamesIn(
  clusterID: string,
  exists: (name: string) => boolean,
  others: () => readonly string[],
): readonly string[] {
  if (!isBackingClusterID(clusterID)) return [];
  const contained = clusterID.slice(BACKING_PREFIX.length);
  if (exists(contained)) return [contained];
  const cut = others().filter((name) => backingClusterID(name) === clusterID);
  return [...new Set([contained, ...cut])];
}

/** The Subnet by which a child pool that grew holds one more piece of its parent. A clusterID has no slash. */
export function extensionNameFor(parentName: string, childPoolName: string, piece: string): string {
  return subnetNameFor(parentName, `${backingClusterID(childPoolName)}/${piece}`);
}

function digitsOf(text: string): string {
  return hash("sha256", text).slice(0, HASH_DIGITS);
}
