/** Looks at the caches for a SubnetPoolClaim. */
import { parentNameOf, type SubnetPool } from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import { keyOf, type Reconcile } from "../../runtime/index.ts";
import { settled } from "../decide/decision.ts";
import { whatLivesIn } from "../decide/pool.ts";
import { decidePoolClaim } from "../decide/pool-claim.ts";
import { uncoveredOf } from "../model/held-range.ts";
import { OWNER_INDEX } from "../model/indexes.ts";
import { livesIn } from "../view/lives-in.ts";
import { waitsInLine } from "../view/space-signals.ts";
import { backingSubnetName, type OperatorWorld } from "../view/world.ts";
import { inhabitantsOf } from "./pool-status.ts";

export function poolClaimReconciler(world: OperatorWorld): Reconcile {
  const { poolClaims, pools, subnets, clock } = world;
  return ({ namespace, name }) => {
    const claim = poolClaims.get(namespace, name);
    if (claim === undefined) return settled("the claim is gone");
    const { parentPoolRef } = claim.spec;
    const { uid = "" } = claim.metadata;
    // One that another operator made has a name that that one chose.
    const child =
      pools.get(namespace, name) ??
      world.madeFor(namespace, name)[0] ??
      pools.byIndex(OWNER_INDEX, uid).find(({ metadata }) => metadata.namespace === namespace);
    const subnetName = backingSubnetName(parentPoolRef, child?.metadata.name ?? name);
    const decision = decidePoolClaim({
      claim,
      parent: world.poolState(namespace, parentPoolRef),
      subnet: subnets.get(namespace, subnetName),
      child,
      inner: world.innerClaimsOf(namespace, parentPoolRef, uid),
      isInside: (owner) => livesIn(world, namespace, owner, name),
      strays: world.behind(namespace, name).filter(({ metadata }) => metadata.name !== subnetName),
      subnetName,
      released: world.released.ofPoolClaim(namespace, parentPoolRef, name),
      restsUntil: world.restsUntil(namespace, subnetName),
      ...childFacts(world, child),
      keptBy: child && whatLivesIn(inhabitantsOf(world, namespace, child.metadata.name)),
      nowText: formatTime(clock.now()),
    });
    // Whoever was woken for space and does not wait for it any more, for whatever reason, must pass the wake on.
    if (claim.status?.phase !== "Bound" && !waitsInLine(decision, namespace, parentPoolRef))
      world.passOnSpace(keyOf({ namespace, name: parentPoolRef }));
    return decision;
  };
}

/** Whether the pool has all of its range, and what it says where it has not. */
function childFacts(world: OperatorWorld, child: SubnetPool | undefined) {
  if (child === undefined) return {};
  const { namespace = "", name } = child.metadata;
  const parentName = parentNameOf(child);
  const range = parsePrefix(child.spec.cidr);
  const isHeld =
    parentName !== undefined &&
    range.ok &&
    uncoveredOf(range.value, world.heldBy(child, parentName)).length === 0;
  const state = world.poolState(namespace, name);
  return {
    heldRange: isHeld ? range.value : undefined,
    childObstacle: state.state === "not-ready" ? state : undefined,
  };
}
