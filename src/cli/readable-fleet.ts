/**
 * The fleet as far as the caller may read it: where not all namespaces may be listed at once, each on its
 * own.
 */
import { SUBNET_POOLS } from "../api/index.ts";
import { ApiError, type KubeClient, listAll } from "../client/index.ts";
import { counted } from "../kernel/index.ts";
import { NAMESPACES } from "../kube/index.ts";
import type { FleetObjects } from "../operator/index.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { readFleet } from "./fleet-snapshot.ts";

export interface ReadableFleet {
  /** The objects of each namespace that has any, by its name. */
  readonly namespaces: ReadonlyMap<string, FleetObjects>;
  /** One sentence that reports what was not readable; undefined: everything was. */
  readonly note: string | undefined;
}

/** Most namespaces that a sentence names. */
const MOST_NAMED = 10;

/** @throws ApiError when not even the caller's own namespace, or the one of `--namespace`, may be read. */
export async function readReadable({ client, namespace, scope }: ClusterAccess): Promise<ReadableFleet> {
  try {
    return { namespaces: byNamespace(await readFleet(client, scope)), note: undefined };
  } catch (error) {
    if (!isForbidden(error) || scope.namespace !== undefined) throw error;
  }
  const names = await listNamespaces(client);
  if (names === undefined) {
    const note = `Only namespace ${namespace} was read: the user may neither list the objects of all namespaces nor the namespaces; name another one with -n.`;
    return { namespaces: byNamespace(await readFleet(client, { namespace })), note };
  }
  const found = new Map<string, FleetObjects>();
  const refused: string[] = [];
  for (const name of names) {
    try {
      if (!(await mayBeRead(client, name))) refused.push(name);
      else
        for (const [each, fleet] of byNamespace(await readFleet(client, { namespace: name })))
          found.set(each, fleet);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      refused.push(name);
    }
  }
  return { namespaces: found, note: refused.length === 0 ? undefined : refusedNote(refused) };
}

function refusedNote(refused: readonly string[]): string {
  const named = refused.slice(0, MOST_NAMED).join(", ");
  const rest = refused.length - MOST_NAMED;
  return `${counted(refused.length, "namespace")} could not be read by this user: ${named}${rest > 0 ? ` and ${rest} more` : ""}.`;
}

/** Cheaper than all lists of one that is refused at the last. */
async function mayBeRead(client: KubeClient, namespace: string): Promise<boolean> {
  try {
    await client.list(SUBNET_POOLS, { namespace, limit: 1 });
    return true;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}

async function listNamespaces(client: KubeClient): Promise<string[] | undefined> {
  try {
    const { items } = await listAll(client, NAMESPACES, {});
    return items.map(({ metadata }) => metadata.name).sort();
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.code === 403;
}

function byNamespace({ pools, poolClaims, claims, subnets }: FleetObjects): Map<string, FleetObjects> {
  const parts = new Map<string, { [K in keyof FleetObjects]: FleetObjects[K][number][] }>();
  const partOf = ({ metadata: { namespace } }: { readonly metadata: { readonly namespace: string } }) => {
    const known = parts.get(namespace) ?? { pools: [], poolClaims: [], claims: [], subnets: [] };
    parts.set(namespace, known);
    return known;
  };
  for (const pool of pools) partOf(pool).pools.push(pool);
  for (const claim of poolClaims) partOf(claim).poolClaims.push(claim);
  for (const claim of claims) partOf(claim).claims.push(claim);
  for (const subnet of subnets) partOf(subnet).subnets.push(subnet);
  return new Map([...parts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
