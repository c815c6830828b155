/** The five controllers, each with its routes and what it decides. */
import { SUBNET_POOLS } from "../../api/index.ts";
import type { ControllerDefinition } from "../../runtime/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import type { Bookkeeping } from "./bookkeeping.ts";
import { blockHolder, claimReconciler, claimRoutes } from "./claim.ts";
import { poolReconciler, poolRoutes } from "./pool.ts";
import { poolClaimReconciler, poolClaimRoutes } from "./pool-claim.ts";
import { poolStatusController } from "./pool-status.ts";
import { subnetReconciler, subnetRoutes } from "./subnet.ts";

/** Their names are those in logs, metrics and `rbac.ts`. */
export function operatorControllers(
  world: OperatorWorld,
  bookkeeping: Bookkeeping,
): readonly ControllerDefinition[] {
  const holder = blockHolder(world);
  const { claims, subnets, poolClaims } = world;
  return [
    {
      name: "SubnetClaim",
      routes: claimRoutes(subnets),
      reconcile: claimReconciler(world),
      groupOf: ({ namespace, name }) => poolGroup(namespace, claims.get(namespace, name)?.spec.poolRef),
      observer: holder,
    },
    {
      name: "Subnet",
      routes: subnetRoutes(subnets),
      reconcile: subnetReconciler(world),
      groupOf: ({ namespace, name }) => poolGroup(namespace, subnets.get(namespace, name)?.spec.poolRef),
      onResult: ({ decision }) => bookkeeping.countConflicts(decision),
    },
    {
      name: "SubnetPoolClaim",
      routes: poolClaimRoutes(world),
      reconcile: poolClaimReconciler(world),
      groupOf: ({ namespace, name }) =>
        poolGroup(namespace, poolClaims.get(namespace, name)?.spec.parentPoolRef),
      observer: holder,
    },
    {
      name: SUBNET_POOLS.kind,
      routes: poolRoutes(world),
      reconcile: poolReconciler(world),
      observer: holder,
    },
    {
      name: "PoolStatus",
      ...poolStatusController(world, bookkeeping),
    },
  ];
}

/** Pools take turns: thousands of claims on one hold up no claim on another. */
function poolGroup(namespace: string, poolRef = ""): string {
  return `${namespace}/${poolRef}`;
}
