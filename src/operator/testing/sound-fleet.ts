/** A sound fleet, built by the operator's own decisions. */
import {
  CLUSTER_ID_LABEL,
  PARENT_LABEL,
  POOL_CLAIM_LABEL,
  POOL_LABEL,
  recordLabels,
  SUBNET_PROTECTION_FINALIZER,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
} from "../../api/index.ts";
import { formatTime } from "../../kernel/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { findViolations } from "../check/find-violations.ts";
import { allObjects, type FleetObjects } from "../check/fleet-objects.ts";
import { recomputeWorld } from "../check/recomputed-world.ts";
import { snapshotOf } from "../controllers/pool-status.ts";
import { decidePoolStatus } from "../decide/pool-status.ts";
import { isBackingClusterID, subnetNameFor } from "../model/subnet-name.ts";
import { allocated, claim, NAMESPACE, NOW_TEXT, pool, poolClaim, subnet } from "./objects.ts";
import { prefix } from "./usable-pool.ts";

export const NOW_MS = Date.parse(NOW_TEXT);
export const READY = { type: "Ready", status: "True" as const, lastTransitionTime: NOW_TEXT };
export const protectedPool = { finalizers: ["plexaubnet.io/pool-protection"] };

export function heldSubnet(poolRef: string, clusterID: string, cidr: string, claimName?: string): Subnet {
  const name = subnetNameFor(poolRef, clusterID);
  const status = allocated({
    life: `uuid-${name}`.slice(0, 9),
    conditions: [{ ...READY, reason: "Allocated", message: "holds its block" }],
  });
  const served = claimName !== undefined || isBackingClusterID(clusterID);
  const metadata = served
    ? {
        finalizers: [SUBNET_PROTECTION_FINALIZER],
        labels: { [POOL_LABEL]: poolRef, [CLUSTER_ID_LABEL]: clusterID },
      }
    : {};
  const claimRef = claimName === undefined ? {} : { claimRef: { name: claimName, uid: `uid-${claimName}` } };
  return subnet(name, poolRef, cidr, {
    metadata,
    spec: { clusterID, ...claimRef },
    status,
  });
}

export function boundClaim(name: string, poolRef: string, cidr: string): SubnetClaim {
  const subnetName = subnetNameFor(poolRef, name);
  const labels = recordLabels(claim(name, poolRef), prefix(cidr));
  return claim(name, poolRef, {
    metadata: { labels },
    status: {
      observedGeneration: 1,
      phase: "Bound",
      allocatedCIDR: cidr,
      subnetRef: { name: subnetName, uid: `uid-${subnetName}` },
      conditions: [{ ...READY, reason: "Bound", message: `holds ${cidr}` }],
    },
  });
}

export const poolClaimOfWeb = poolClaim("web", "corp", 20, {
  metadata: {
    finalizers: ["plexaubnet.io/block-protection"],
    labels: recordLabels(poolClaim("web", "corp", 20), prefix("10.0.16.0/20")),
  },
  status: {
    observedGeneration: 1,
    phase: "Bound",
    boundPoolName: "web",
    conditions: [{ ...READY, reason: "Bound", message: "pool web ranges over 10.0.16.0/20 of corp" }],
  },
});
export const madeForWeb = { [PARENT_LABEL]: "corp", [POOL_CLAIM_LABEL]: "web" };

export const bare: FleetObjects = {
  pools: [
    pool("corp", "10.0.0.0/16", { metadata: protectedPool }),
    pool("web", "10.0.16.0/20", {
      metadata: { ...protectedPool, labels: madeForWeb },
      spec: { parentRef: { name: "corp" } },
    }),
  ],
  poolClaims: [poolClaimOfWeb],
  claims: [boundClaim("a", "corp", "10.0.0.0/24"), boundClaim("b", "web", "10.0.16.0/24")],
  subnets: [
    heldSubnet("corp", "a", "10.0.0.0/24", "a"),
    heldSubnet("web", "b", "10.0.16.0/24", "b"),
    heldSubnet("corp", "pool.web", "10.0.16.0/20"),
  ],
};

/** The objects, with every pool's status as the controller would write it. */
export function withStatuses(objects: FleetObjects): FleetObjects {
  const blank = objects.pools.map(({ status: _, ...rest }): SubnetPool => rest);
  const world = recomputeWorld(allObjects({ ...objects, pools: blank }));
  const pools = blank.map((each): SubnetPool => {
    const view = world.spaces.view(keyOf({ namespace: NAMESPACE, name: each.metadata.name }));
    if (view === undefined) return each;
    const nowText = formatTime(world.clock.now());
    const { actions } = decidePoolStatus({ ...snapshotOf(world, each, view), nowText });
    const patch = actions.find((action) => action.do === "patch-status");
    return patch === undefined
      ? each
      : { ...each, status: patch.status as NonNullable<SubnetPool["status"]> };
  });
  return { ...objects, pools };
}

export const sound = withStatuses(bare);

export const found = (objects: FleetObjects) =>
  findViolations(objects, NOW_MS).map(({ invariant, objects: [first] }) => `${invariant}: ${first}`);
