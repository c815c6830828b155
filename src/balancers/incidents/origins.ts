/**
 * What the API keeps on the objects that a comparison is about: when and by whom they were made, and who wrote the field
 * that differs last (`creationTimestamp`, `managedFields`).
 */

import { type KubeClient, type KubeObject, listAll } from "../../client/index.ts";
import { type DriftRow, IP_ADDRESS_POOLS, SERVICES } from "../sync/index.ts";
import type { ObjectSeen } from "./evidence.ts";

/** Services that are asked for one by one. */
const MOST_SERVICES = 20;

interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsV1?: unknown;
}

/** @param owners of pools, by name. Objects that are gone, or that cannot be read, are not in the answer. */
export async function originsOf(
  client: KubeClient,
  drift: readonly DriftRow[],
  owners: ReadonlyMap<string, string>,
): Promise<readonly ObjectSeen[]> {
  const subjects = [...new Set(drift.map(({ subject }) => objectSubject(subject)))];
  const pools = new Set(subjects.filter((subject) => subject.startsWith("pool/")));
  const services = subjects.filter((subject) => subject.startsWith("service/")).slice(0, MOST_SERVICES);
  const [found, read] = await Promise.all([
    pools.size === 0 ? [] : readPools(client, pools, owners),
    Promise.all(services.map((subject) => readService(client, subject))),
  ]);
  return [...found, ...read.flat()];
}

function objectSubject(subject: string): string {
  return subject.startsWith("service/") ? subject.split("/").slice(0, 3).join("/") : subject;
}

async function readPools(
  client: KubeClient,
  subjects: ReadonlySet<string>,
  owners: ReadonlyMap<string, string>,
): Promise<ObjectSeen[]> {
  const { items } = await listAll(client, IP_ADDRESS_POOLS).catch(() => ({ items: [] }));
  const seen = items.flatMap((pool): ObjectSeen[] => {
    const subject = `pool/${pool.metadata.name}`;
    return subjects.has(subject) ? [objectSeen(subject, pool, "f:addresses")] : [];
  });
  const present = new Set(seen.map(({ subject }) => subject));
  const gone = [...subjects]
    .filter((subject) => !present.has(subject))
    .map((subject): ObjectSeen => ({ subject }));
  return [...seen, ...gone].map((one) => {
    const owner = owners.get(one.subject.slice("pool/".length));
    return owner === undefined ? one : { ...one, owner };
  });
}

async function readService(client: KubeClient, subject: string): Promise<ObjectSeen[]> {
  const [, namespace = "", name = ""] = subject.split("/");
  try {
    const { metadata } = await client.get(SERVICES, { namespace, name });
    return [{ subject, createdAt: inMillis(metadata.creationTimestamp) }];
  } catch {
    // It is gone, or may not be read: then nothing is known of it.
    return [];
  }
}

/** @param field whose last writer is meant */
function objectSeen(subject: string, { metadata }: KubeObject, field: string): ObjectSeen {
  const { creationTimestamp: createdAt } = metadata;
  const managed = (metadata.managedFields ?? []) as readonly ManagedFields[];
  const spec = managed.filter(({ subresource, fieldsV1 }) => {
    return (subresource ?? "") === "" && JSON.stringify(fieldsV1 ?? {}).includes(`"${field}"`);
  });
  const last = spec.toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? -1 : 1)).at(-1);
  const isFirst = last?.time !== undefined && last.time === createdAt;
  return {
    subject,
    createdAt: inMillis(createdAt),
    ...(isFirst && { createdBy: last.manager }),
    ...(last?.time !== undefined && { changedAt: inMillis(last.time), changedBy: last.manager }),
  };
}

/** As all times of an analysis are written, so that they sort as text. */
function inMillis(time: string | undefined): string | undefined {
  const ms = Date.parse(time ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
