/**
 * The clusters of a ledger: each name belongs to one cluster, identified by the UID of its namespace kube-system, which
 * no typing error can forge.
 */
import type { Kysely } from "kysely";
import { LedgerError } from "./failure.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;

export interface ClusterIdentity {
  /** The cluster's name in the ledger. */
  readonly name: string;
  /** `metadata.uid` of its namespace kube-system. */
  readonly uid: string;
}

export async function readClusters(db: Database): Promise<ClusterIdentity[]> {
  return db.selectFrom("ledger_clusters").select(["name", "uid"]).orderBy("name").execute();
}

/** Names that people take for the same: databases do not agree whether they are. */
function alike(name: string): string {
  return name.trim().toLowerCase();
}

/** Undefined, or why this cluster may not be written under this name: one sentence with the cure. */
export function identityFault(
  known: readonly ClusterIdentity[],
  name: string,
  uid: string,
): string | undefined {
  const own = known.find((one) => one.uid === uid);
  if (own?.name === name) return undefined;
  if (own !== undefined) {
    return `the ledger knows this cluster (kube-system has the UID ${uid}) as ${own.name}, not as ${name}; say --cluster ${own.name}, or run \`plexaubnet lb resolve cluster --cluster ${name}\` if it is to have this name from now on.`;
  }
  const namesake = known.find((one) => alike(one.name) === alike(name));
  if (namesake === undefined) return undefined;
  return `the cluster ${namesake.name} of the ledger is another one (its kube-system has the UID ${namesake.uid}, that of this cluster ${uid}); say another name with --cluster, or run \`plexaubnet lb resolve cluster --cluster ${name}\` if this cluster has taken its place.`;
}

/** The other name by which the ledger knows the cluster of this UID. */
export async function nameBefore(db: Database, name: string, uid: string): Promise<string | undefined> {
  const own = (await readClusters(db)).find((one) => one.uid === uid);
  return own?.name === name ? undefined : own?.name;
}

/** True: it was not known before. @throws LedgerError (refused) */
export async function claimCluster(
  db: Database,
  name: string,
  uid: string,
  now: string,
  byForce: boolean,
): Promise<boolean> {
  const known = await readClusters(db);
  if (known.some((one) => one.name === name && one.uid === uid)) return false;
  if (byForce) {
    const replaced = known.filter((one) => one.uid === uid || alike(one.name) === alike(name));
    for (const one of replaced) await db.deleteFrom("ledger_clusters").where("uid", "=", one.uid).execute();
  } else {
    const fault = identityFault(known, name, uid);
    if (fault !== undefined) throw new LedgerError("refused", fault);
  }
  await db.insertInto("ledger_clusters").values({ name, uid, first_seen_at: now }).execute();
  return true;
}
