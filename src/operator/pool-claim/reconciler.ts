/** Looks at the caches for a SubnetPoolClaim. */
import { formatTime } from "../../kernel/index.ts";
import { keyOf, type Reconcile } from "../../runtime/index.ts";
import { settled } from "../decisions.ts";
import { OWNER_INDEX } from "../indexes.ts";
import { backingSubnetName, type OperatorWorld } from "../operator-world.ts";
import { whatLivesIn } from "../pool/decide.ts";
import { inhabitantsOf } from "../pool-status/reconciler.ts";
import { waitsInLine } from "../space-signals.ts";
import { decidePoolClaim } from "./decide.ts";

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
      strays: world.behind(namespace, name).filter(({ metadata }) => metadata.name !== subnetName),
      subnetName,
      released: world.released.ofPoolClaim(namespace, parentPoolRef, name),
      restsUntil: world.restsUntil(namespace, subnetName),
      keptBy: child && whatLivesIn(inhabitantsOf(world, namespace, child.metadata.name)),
      nowText: formatTime(clock.now()),
    });
    // Whoever was woken for space and does not wait for it any more, for whatever reason, must pass the wake on.
    if (claim.status?.phase !== "Bound" && !waitsInLine(decision, namespace, parentPoolRef))
      world.passOnSpace(keyOf({ namespace, name: parentPoolRef }));
    return decision;
  };
}
