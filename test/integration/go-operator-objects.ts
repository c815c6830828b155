/**
 * Objects as the Go operator of the same name leaves them in a cluster: what its manifests become there.
 * Subnets are named after pool and block, carry no labels and no finalizer, belong to their claim, and have a
 * status of two fields.
 */
import {
  API_VERSION,
  PARENT_LABEL,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../src/api/index.ts";
import type { KubeObject, ObjectMeta, Resource } from "../../src/client/index.ts";
import { type FleetWorld, NAMESPACE } from "./fleet-world.ts";

const THEN = "2025-05-12T08:00:00Z";

function ownedBy({ apiVersion, kind, metadata }: KubeObject): Pick<ObjectMeta, "ownerReferences"> {
  const { name, uid = "" } = metadata;
  return {
    ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
  };
}

async function make<T extends KubeObject>(
  world: FleetWorld,
  resource: Resource<T>,
  metadata: ObjectMeta,
  spec: object,
  status?: object,
): Promise<T> {
  const object = {
    apiVersion: API_VERSION,
    kind: resource.kind,
    metadata: { ...metadata, namespace: NAMESPACE },
    spec,
  };
  const made = await world.client.create(resource, object as unknown as T);
  if (status === undefined) return made;
  const target = { namespace: NAMESPACE, name: made.metadata.name };
  return world.client.patch(resource, target, "merge", { status }, { subresource: "status" });
}

/** Its CRD writes the defaults of strategy and size into every pool; its status knows no conditions. */
export function goPool(
  world: FleetWorld,
  name: string,
  cidr: string,
  metadata: Partial<ObjectMeta> = {},
): Promise<SubnetPool> {
  const spec = { cidr, defaultBlockSize: 24, strategy: "Linear" };
  const status = { allocatedCount: 0, freeCountBySize: { "24": 0 }, allocatedCIDRs: {}, lastSyncTime: THEN };
  return make(world, SUBNET_POOLS, { ...metadata, name }, spec, status);
}

export interface GoClaim {
  readonly pool: string;
  readonly cluster: string;
  /** What it was given; none: it waits. */
  readonly cidr?: string;
  readonly metadata?: Partial<ObjectMeta>;
  /** Instead of its own Subnet: none was made for it, since one of the cluster was there. */
  readonly withoutSubnet?: boolean;
}

export async function goClaim(
  world: FleetWorld,
  name: string,
  { pool, cluster, cidr, metadata = {}, withoutSubnet = false }: GoClaim,
): Promise<SubnetClaim> {
  const blockSize = Number(cidr?.split("/")[1] ?? 24);
  const spec = { poolRef: pool, clusterID: cluster, blockSize };
  const claim = await make(
    world,
    SUBNET_CLAIMS,
    { ...metadata, name },
    spec,
    cidr === undefined ? waiting(pool) : given(cidr),
  );
  if (cidr !== undefined && !withoutSubnet) await goSubnet(world, claim, cidr);
  return claim;
}

function condition(status: "True" | "False", reason: string, message: string) {
  return { type: "Ready", status, reason, message, lastTransitionTime: THEN, observedGeneration: 1 };
}

function given(allocatedCIDR: string) {
  const conditions = [condition("True", "Allocated", `CIDR ${allocatedCIDR} allocated`)];
  return { phase: "Bound", allocatedCIDR, observedGeneration: 1, conditions };
}

function waiting(pool: string) {
  const message = `Pool ${pool} is exhausted`;
  return {
    phase: "Error",
    message,
    observedGeneration: 1,
    conditions: [condition("False", "Error", message)],
  };
}

export function goSubnetName(pool: string, cidr: string): string {
  return `${pool}-${cidr.replaceAll(/[./:]/g, "-")}`;
}

export function goSubnet(world: FleetWorld, claim: SubnetClaim, cidr: string): Promise<Subnet> {
  const { poolRef, clusterID } = claim.spec;
  const claimRef = { name: claim.metadata.name, uid: claim.metadata.uid };
  const metadata = { name: goSubnetName(poolRef, cidr), ...ownedBy(claim) };
  return make(world, SUBNETS, metadata, { poolRef, cidr, clusterID, claimRef }, allocated());
}

/** One that a user of it made by hand. It writes an empty claimRef where there is none. */
export function goSubnetByHand(
  world: FleetWorld,
  name: string,
  spec: { poolRef: string; cidr: string; clusterID: string; claimRef?: { name?: string } },
): Promise<Subnet> {
  return make(world, SUBNETS, { name }, { claimRef: {}, ...spec }, allocated());
}

function allocated() {
  return { phase: "Allocated", allocatedAt: THEN };
}

/** A SubnetPoolClaim, the SubnetClaim by which it holds its block, and the pool that was made of it. */
export async function goPoolClaim(
  world: FleetWorld,
  name: string,
  parent: string,
  cidr: string | undefined,
): Promise<{ readonly claim: SubnetPoolClaim; readonly inner: SubnetClaim; readonly child?: SubnetPool }> {
  const spec = { parentPoolRef: parent, desiredBlockSize: 20 };
  const boundPoolName = `${name}-x7k2p`;
  const status = cidr === undefined ? undefined : { phase: "Bound", boundPoolName, observedGeneration: 1 };
  const claim = await make(world, SUBNET_POOL_CLAIMS, { name }, spec, status);
  const wanted = { pool: parent, cluster: claim.metadata.uid ?? "", metadata: ownedBy(claim) };
  const inner = await goClaim(world, `${name}-9c4qd`, { ...wanted, ...(cidr === undefined ? {} : { cidr }) });
  if (cidr === undefined) return { claim, inner };
  const labels = { [PARENT_LABEL]: parent, "plexaubnet.io/ipam": "true" };
  const child = await goPool(world, boundPoolName, cidr, { labels, ...ownedBy(claim) });
  return { claim, inner, child };
}
