/** What of a plan the cluster has already, by its block, whatever it is called there. Pure. */
import {
  isLive,
  recordOf,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { ExistingPool, Fault, PlannedKind, PlannedObject } from "../../exchange/index.ts";
import { formatPrefix, overlaps, parsePrefix } from "../../ipam/index.ts";
import type { FleetObjects } from "../../operator/index.ts";

export function existingPools({ pools }: FleetObjects): ExistingPool[] {
  return pools.flatMap(({ metadata, spec }) => {
    const parsed = parsePrefix(spec.cidr);
    return parsed.ok
      ? [{ namespace: metadata.namespace ?? "", name: metadata.name, cidr: parsed.value }]
      : [];
  });
}

/** `namespace/name` of everything that others must not be called. */
export function takenNames({ pools, claims, subnets }: FleetObjects): Set<string> {
  return new Set(
    [...pools, ...claims, ...subnets].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  );
}

export interface Split {
  readonly there: readonly PlannedObject[];
  readonly missing: readonly PlannedObject[];
}

/** What is there with another range or parent is not: the steps of `restore` name the difference. */
export function splitByCluster(objects: readonly PlannedObject[], live: FleetObjects): Split {
  const keys = new Set([
    ...live.pools.map(poolKey),
    ...live.poolClaims.map(poolKey),
    ...live.claims.map(claimKey),
    ...live.subnets.filter((subnet) => isLive(subnet) && !subnet.spec.claimRef?.name).map(subnetKey),
  ]);
  const isThere = ({ object }: PlannedObject) => keys.has(keyOf(object));
  return { there: objects.filter(isThere), missing: objects.filter((each) => !isThere(each)) };
}

function keyOf(object: PlannedKind): string {
  if (object.kind === "SubnetClaim") return claimKey(object as SubnetClaim);
  return object.kind === "Subnet"
    ? subnetKey(object as Subnet)
    : poolKey(object as SubnetPool | SubnetPoolClaim);
}

function poolKey({ kind, metadata, spec }: SubnetPool | SubnetPoolClaim): string {
  const what = "cidr" in spec ? spec.cidr : spec.parentPoolRef;
  return JSON.stringify([kind, metadata.namespace, metadata.name, what]);
}

/** Who has which block; of a claim that has none, its name. */
function claimKey(claim: SubnetClaim): string {
  const { metadata, spec, status } = claim;
  const record = recordOf(claim)?.block;
  const block = status?.allocatedCIDR ?? spec.requestedCIDR ?? (record && formatPrefix(record));
  return JSON.stringify(["claim", metadata.namespace, spec.poolRef, spec.clusterID, block ?? metadata.name]);
}

function subnetKey({ metadata, spec }: Subnet): string {
  return JSON.stringify(["Subnet", metadata.namespace, spec.poolRef, spec.cidr]);
}

/** Pools that are to be made where the enclosing pool has already allocated a block: they would never be ready. */
export function poolFaults(missing: readonly PlannedObject[], live: FleetObjects): Map<PlannedKind, Fault> {
  const blocks = Map.groupBy(
    live.subnets
      .filter((subnet) => isLive(subnet))
      .flatMap((subnet) => {
        const parsed = parsePrefix(subnet.spec.cidr);
        return parsed.ok ? [{ subnet, block: parsed.value }] : [];
      }),
    ({ subnet }) => `${subnet.metadata.namespace}/${subnet.spec.poolRef}`,
  );
  const faults = new Map<PlannedKind, Fault>();
  for (const { object, origin } of missing) {
    if (object.kind !== "SubnetPool" || origin === undefined) continue;
    const { metadata, spec } = object as SubnetPool;
    const range = parsePrefix(spec.cidr);
    const near = blocks.get(`${metadata.namespace}/${spec.parentRef?.name}`) ?? [];
    const taken = range.ok ? near.find(({ block }) => overlaps(block, range.value)) : undefined;
    if (taken === undefined) continue;
    const { subnet, block } = taken;
    faults.set(object, {
      kind: "conflict",
      origin,
      message: `pool ${spec.cidr} would lie in pool ${subnet.spec.poolRef}, of which Subnet ${subnet.metadata.name} has ${formatPrefix(block)} in the cluster`,
      cure: "delete that one or its claim first, or take this out",
    });
  }
  return faults;
}
