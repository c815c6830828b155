/** Looks at the caches for a SubnetPoolClaim. */
import type { SubnetPool } from "../../api/index.ts";
import { type Prefix, parsePrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import { keyOf, type Reconcile } from "../../runtime/index.ts";
import { settled } from "../decisions.ts";
import { unclaimedOf } from "../held-range.ts";
import { OWNER_INDEX } from "../indexes.ts";
import { backingSubnetName, type OperatorWorld } from "../operator-world.ts";
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
    const made = pools.byIndex(OWNER_INDEX, uid).find(({ metadata }) => metadata.namespace === namespace);
    const child = pools.get(namespace, name) ?? made;
    const subnetName = backingSubnetName(parentPoolRef, child?.metadata.name ?? name);
    const decision = decidePoolClaim({
      claim,
      parent: world.poolState(namespace, parentPoolRef),
      subnet: subnets.get(namespace, subnetName),
      child,
      lacking: child && lackingOf(world, child, parentPoolRef),
      inner: world.innerClaimsOf(namespace, parentPoolRef, uid),
      strays: subnets
        .byIndex(OWNER_INDEX, uid)
        .filter(({ metadata }) => metadata.name !== subnetName && metadata.namespace === namespace),
      subnetName,
      restsUntil: world.restsUntil(namespace, subnetName),
      nowText: formatTime(clock.now()),
    });
    // Whoever was woken for space and does not wait for it any more, for whatever reason, must pass the wake on.
    if (claim.status?.phase !== "Bound" && !waitsInLine(decision, namespace, parentPoolRef))
      world.passOnSpace(keyOf({ namespace, name: parentPoolRef }));
    return decision;
  };
}

/** What the pool did not get by growing, and must have begun with. */
function lackingOf(world: OperatorWorld, child: SubnetPool, parentName: string): Prefix | undefined {
  const range = parsePrefix(child.spec.cidr);
  if (!range.ok) return undefined;
  const { extensions } = world.heldBy(child, parentName);
  return unclaimedOf(range.value, { base: undefined, extensions })[0];
}
