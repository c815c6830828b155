/** All objects of a fleet at one revision of its API, for commands that compare one with another. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../api/index.ts";
import { ApiError, type KubeClient, type KubeObject, listAll, type Resource } from "../client/index.ts";
import type { FleetObjects } from "../operator/index.ts";

export interface Scope {
  /** All namespaces when absent. */
  readonly namespace?: string;
}

export async function readFleet(client: KubeClient, scope: Scope): Promise<FleetObjects> {
  const pools = await listAll(client, SUBNET_POOLS, scope);
  const at = pools.metadata.resourceVersion;
  const [poolClaims, claims, subnets] = await Promise.all([
    listAt(client, SUBNET_POOL_CLAIMS, scope, at),
    listAt(client, SUBNET_CLAIMS, scope, at),
    listAt(client, SUBNETS, scope, at),
  ]);
  return { pools: pools.items, poolClaims, claims, subnets };
}

/** Codes of a server that does not know the revision: gone, not yet come, or not one of its own for this kind. */
const UNKNOWN_REVISION = new Set([400, 410, 504]);

async function listAt<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  scope: Scope,
  resourceVersion: string,
): Promise<readonly T[]> {
  try {
    return (await listAll(client, resource, { ...scope, resourceVersion, resourceVersionMatch: "Exact" }))
      .items;
  } catch (error) {
    if (!(error instanceof ApiError) || !UNKNOWN_REVISION.has(error.code)) throw error;
    return (await listAll(client, resource, scope)).items;
  }
}
