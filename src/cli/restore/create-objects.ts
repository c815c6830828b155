/** Creates what is not there, and reminds claims that have no block of the one that they had. */
import {
  BLOCK_LIFE_LABEL,
  lifeOf,
  recordLabels,
  recordOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import {
  type AnyObject,
  ApiError,
  type KubeClient,
  type KubeObject,
  type Resource,
} from "../../client/index.ts";
import { equals, type Prefix } from "../../ipam/index.ts";
import { NAMESPACES } from "../../kube/index.ts";
import type { BackupEntry } from "../backup/backup-of.ts";

/** Kinds that others need come first, and blocks before those who may take any. */
const ORDER: readonly Resource[] = [SUBNET_POOLS, SUBNETS, SUBNET_POOL_CLAIMS, SUBNET_CLAIMS];

/** Requests under way at the same time: a server commits those together that wait for one write of its disk. */
const CONCURRENCY = 32;
const CONFLICT_TRIES = 10;

export interface Refusal {
  readonly entry: BackupEntry;
  readonly message: string;
}

export interface Creation {
  created: number;
  there: number;
  readonly refusals: Refusal[];
}

/** If the user may not create one that is needed, the objects inside it report the error. */
export async function createNamespaces(client: KubeClient, namespaces: Iterable<AnyObject>): Promise<void> {
  for (const namespace of namespaces) {
    try {
      await createUnlessThere(client, NAMESPACES, namespace);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 403) throw error;
    }
  }
}

/** @param onDone called after each. */
export async function createAll(
  client: KubeClient,
  entries: readonly BackupEntry[],
  onDone: () => void,
): Promise<Creation> {
  const creation: Creation = { created: 0, there: 0, refusals: [] };
  for (const resource of ORDER) {
    const waiting = entries.filter(({ manifest }) => manifest.kind === resource.kind).values();
    const work = async () => {
      for (const entry of waiting) {
        await createOne(client, resource, entry, creation);
        onDone();
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }
  return creation;
}

async function createOne(
  client: KubeClient,
  resource: Resource,
  entry: BackupEntry,
  creation: Creation,
): Promise<void> {
  try {
    if (await createUnlessThere(client, resource, entry.manifest)) {
      creation.created++;
      return;
    }
    creation.there++;
    const isClaim = resource === SUBNET_CLAIMS || resource === SUBNET_POOL_CLAIMS;
    if (isClaim && entry.block !== undefined) await remind(client, resource, entry, entry.block);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    creation.refusals.push({ entry, message: error.message });
  }
}

async function createUnlessThere(
  client: KubeClient,
  resource: Resource,
  object: KubeObject,
): Promise<boolean> {
  try {
    await client.create(resource, object);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.reason === "AlreadyExists") return false;
    throw error;
  }
}

type AnyClaim = SubnetClaim | SubnetPoolClaim;

/** With the revision that was read: an operator may be about to allocate a block to it. */
async function remind(
  client: KubeClient,
  resource: Resource,
  entry: BackupEntry,
  block: Prefix,
): Promise<void> {
  const { namespace, name } = entry.manifest.metadata;
  for (let left = CONFLICT_TRIES; ; left--) {
    const live = (await client.get(resource, { namespace, name })) as AnyClaim;
    const labels = reminderFor(live, entry.manifest as AnyClaim, block);
    if (labels === undefined) return;
    const { resourceVersion } = live.metadata;
    try {
      await client.patch(resource, { namespace, name }, "merge", { metadata: { resourceVersion, labels } });
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 409 || left <= 1) throw error;
    }
  }
}

/** Undefined when the claim has a block, or remembers this one. A record of its present life would be a mere request. */
export function reminderFor(
  live: AnyClaim,
  restored: AnyClaim,
  block: Prefix,
): Readonly<Record<string, string>> | undefined {
  const hasBlock =
    live.status !== undefined && ("allocatedCIDR" in live.status || "boundPoolName" in live.status);
  if (hasBlock) return undefined;
  const own = lifeOf(live);
  const record = recordOf(live);
  if (record !== undefined && equals(record.block, block) && record.life !== own) return undefined;
  const life = restored.metadata.labels?.[BLOCK_LIFE_LABEL];
  return recordLabels(live, block, life === undefined || life === own ? "restored" : life);
}
