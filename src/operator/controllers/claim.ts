/** Looks at the caches for a SubnetClaim, and takes blocks out of the view while they are being written. */
import { claimNameOf, isLive, recordOf, SUBNETS, type Subnet, type SubnetClaim } from "../../api/index.ts";
import { equals, formatPrefix, overlaps, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import { keyOf, type Reconcile, type WriteObserver } from "../../runtime/index.ts";
import { decideClaim } from "../decide/claim.ts";
import { isMine, subnetsOf } from "../decide/claim-subnet.ts";
import { settled } from "../decide/decision.ts";
import { holderOf } from "../model/holder.ts";
import { CLAIM_INDEX, IDENTITY_INDEX, identityKey } from "../model/indexes.ts";
import { subnetNameFor } from "../model/subnet-name.ts";
import { dueBlockOf } from "../view/promises.ts";
import { waitsInLine } from "../view/space-signals.ts";
import type { OperatorWorld } from "../view/world.ts";

export function claimReconciler(world: OperatorWorld): Reconcile {
  const { claims, clock } = world;
  return ({ namespace, name }) => {
    const claim = claims.get(namespace, name);
    if (claim === undefined) return settled("the claim is gone");
    const { poolRef, clusterID, purpose } = claim.spec;
    const subnetName = subnetNameFor(poolRef, clusterID, purpose);
    const decision = decideClaim({
      claim,
      pool: world.poolState(namespace, poolRef),
      subnetName,
      ...subnetsOf(world, claim, subnetName),
      holder: claims
        .byIndex(IDENTITY_INDEX, identityKey(namespace, claim.spec))
        .find((other) => other.metadata.name !== name && other.status?.allocatedCIDR !== undefined),
      released: world.released.ofClaim(claim),
      rivalsFor: (block) => rivalsFor(world, claim, block),
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
 * Who else is due a part of the block. What a claim is due is held in the view of the pool by itself, or by a Subnet that
 * serves it.
 */
function rivalsFor({ spaces, subnets, claims }: OperatorWorld, claim: SubnetClaim, block: Prefix) {
  const { namespace = "", name } = claim.metadata;
  const space = spaces.view(keyOf({ namespace, name: claim.spec.poolRef }))?.space;
  const names = new Set<string>();
  for (const { owner } of space?.occupants(block) ?? []) {
    const holder = holderOf(owner);
    const subnet = holder.kind === "Subnet" ? subnets.get(namespace, holder.name) : undefined;
    const claimName = holder.kind === "SubnetClaim" ? holder.name : subnet && claimNameOf(subnet);
    if (claimName !== undefined && claimName !== name) names.add(claimName);
  }
  return [...names].flatMap((other) => {
    const rival = claims.get(namespace, other);
    if (rival === undefined || rival.spec.poolRef !== claim.spec.poolRef) return [];
    const isDue = duesOf(rival, subnets).some((due) => due.family === block.family && overlaps(due, block));
    return isDue ? [rival] : [];
  });
}

/** What its status says counts, and what its record says; of a status that its own Subnet and record deny, the record. */
function duesOf(claim: SubnetClaim, subnets: OperatorWorld["subnets"]): readonly Prefix[] {
  const promised = dueBlockOf(claim);
  const recorded = recordOf(claim)?.block;
  if (promised === undefined || recorded === undefined || equals(promised, recorded))
    return [promised, recorded].filter((block) => block !== undefined);
  const { namespace, name } = claim.metadata;
  const text = formatPrefix(recorded);
  const isDenied = subnets
    .byIndex(CLAIM_INDEX, `${namespace}/${name}`)
    .some((subnet) => isMine(subnet, claim) && isLive(subnet) && subnet.spec.cidr === text);
  return isDenied ? [recorded] : [promised, recorded];
}

/**
 * Holds the block of a Subnet from the decision until its creation is seen, refused, or never was
 * (`docs/allocation-protocol.md#rule-1`). An unknown outcome keeps it held: the creation may still come back on the watch.
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
