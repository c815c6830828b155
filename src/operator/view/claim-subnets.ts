/** Which Subnets concern a claim. */
import type { Subnet, SubnetClaim } from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { isMine, isOfEarlierLife, isOfIdentity } from "../model/claim-subnet.ts";
import { CLAIM_INDEX } from "../model/indexes.ts";
import type { OperatorWorld } from "./world.ts";

/** The Subnets that concern a claim. */
export interface ClaimSubnets {
  /**
   * The one that it has, or else one of an earlier life, or else the one of the name that it would have, or of the block
   * that it was promised.
   */
  readonly subnet: Subnet | undefined;
  /** Its other ones. */
  readonly orphans: readonly Subnet[];
}

/**
 * A Subnet of ours has the name that is derived from its identity. One that another operator created has another name, and is
 * kept: the claim determines its block (`docs/design/0005`).
 */
export function subnetsOf(world: OperatorWorld, claim: SubnetClaim, name: string): ClaimSubnets {
  const { namespace } = claim.metadata;
  const promised = claim.status?.allocatedCIDR;
  const named = world.subnets.byIndex(CLAIM_INDEX, `${namespace}/${claim.metadata.name}`);
  const own = named.filter((subnet) => isMine(subnet, claim));
  const isFitting = (subnet: Subnet) =>
    isOfIdentity(subnet, claim) && (promised ?? subnet.spec.cidr) === subnet.spec.cidr;
  const chosen =
    preferred(own.filter(isFitting), name) ??
    preferred(
      named.filter((subnet) => isOfEarlierLife(subnet, claim) && isFitting(subnet)),
      name,
    ) ??
    world.subnets.get(namespace, name) ??
    (promised === undefined ? undefined : holderOfBlock(world, claim, promised));
  return {
    subnet: chosen,
    orphans: own.filter(({ metadata }) => metadata.name !== chosen?.metadata.name),
  };
}

function preferred(subnets: readonly Subnet[], name: string): Subnet | undefined {
  return (
    subnets.find(({ metadata }) => metadata.name === name) ??
    subnets.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))[0]
  );
}

/** The live Subnet of exactly this block, if it is for the pool and cluster of the claim. */
function holderOfBlock(world: OperatorWorld, claim: SubnetClaim, cidr: string): Subnet | undefined {
  const { namespace } = claim.metadata;
  const space = world.spaces.view(keyOf({ namespace, name: claim.spec.poolRef }))?.space;
  const block = parsePrefix(cidr);
  if (space === undefined || !block.ok) return undefined;
  return space
    .overlappingOwners(block.value)
    .map(({ owner }) => world.subnets.get(namespace, owner))
    .find((subnet) => subnet !== undefined && subnet.spec.cidr === cidr && isOfIdentity(subnet, claim));
}
