/** Looks at the caches for a SubnetClaim, and takes blocks out of the view while they are being written. */
import { SUBNETS, type Subnet } from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import { keyOf, type Reconcile, type WriteObserver } from "../../runtime/index.ts";
import { settled } from "../decisions.ts";
import { IDENTITY_INDEX } from "../indexes.ts";
import type { OperatorWorld } from "../operator-world.ts";
import { waitsInLine } from "../space-signals.ts";
import { subnetNameFor } from "../subnet-name.ts";
import { subnetsOf } from "./claim-subnet.ts";
import { decideClaim } from "./decide.ts";

export function claimReconciler(world: OperatorWorld): Reconcile {
  const { claims, clock } = world;
  return ({ namespace, name }) => {
    const claim = claims.get(namespace, name);
    if (claim === undefined) return settled("the claim is gone");
    const { poolRef, clusterID } = claim.spec;
    const subnetName = subnetNameFor(poolRef, clusterID);
    const decision = decideClaim({
      claim,
      pool: world.poolState(namespace, poolRef),
      subnetName,
      ...subnetsOf(world, claim, subnetName),
      holder: claims
        .byIndex(IDENTITY_INDEX, `${namespace}/${poolRef}/${clusterID}`)
        .find((other) => other.metadata.name !== name && other.status?.allocatedCIDR !== undefined),
      restsUntil: (subnet) => world.restsUntil(namespace, subnet),
      nowText: formatTime(clock.now()),
    });
    // Whoever was woken for space and does not wait for it any more, for whatever reason, must pass the wake on.
    if (claim.status?.phase !== "Bound" && !waitsInLine(decision, namespace, poolRef))
      world.passOnSpace(keyOf({ namespace, name: poolRef }));
    return decision;
  };
}

/**
 * Holds the block of a Subnet from the decision until its creation is seen, refused, or never was (allocation.md,
 * rule 1). An unknown outcome keeps it held: the creation may still come back on the watch.
 */
export function blockHolder(world: OperatorWorld): WriteObserver {
  const { spaces } = world;
  const keyOfSubnet = (subnet: Subnet) =>
    keyOf({ namespace: subnet.metadata.namespace ?? "", name: subnet.metadata.name });
  return {
    beforeWrite(action) {
      if (action.do !== "create" || action.resource.kind !== SUBNETS.kind) return;
      const subnet = action.object as Subnet;
      const block = parsePrefix(subnet.spec.cidr);
      const poolKey = keyOf({ namespace: subnet.metadata.namespace ?? "", name: subnet.spec.poolRef });
      if (block.ok) spaces.hold(poolKey, keyOfSubnet(subnet), block.value);
    },
    afterWrite(action, outcome) {
      if (action.do !== "create" || action.resource.kind !== SUBNETS.kind) return;
      const key = keyOfSubnet(action.object as Subnet);
      if (outcome.result === "done") spaces.acknowledge(key, outcome.object?.metadata.resourceVersion);
      else if (outcome.result !== "unknown") spaces.releaseHold(key);
    },
  };
}
