/** Whose a Subnet is: of which claim, of which life of it, and whether it is what that asks for. */
import {
  type BlockRequest,
  claimNameOf,
  type Subnet,
  type SubnetClaim,
  servedClaimOf,
} from "../../api/index.ts";
import { equals, type Prefix, parsePrefix } from "../../ipam/index.ts";

export function isMine(subnet: Subnet, claim: SubnetClaim): boolean {
  return subnet.spec.claimRef?.uid !== undefined && subnet.spec.claimRef.uid === claim.metadata.uid;
}

/** Whether an earlier life of the claim had it, or it names this claim without saying which life. */
export function isOfEarlierLife(subnet: Subnet, claim: SubnetClaim): boolean {
  return claimNameOf(subnet) === claim.metadata.name && !isMine(subnet, claim) && isOfIdentity(subnet, claim);
}

/** Whether no other claim has it: it references no claim, or this one. */
export function isUnclaimed(subnet: Subnet, claim: SubnetClaim): boolean {
  if (isOfEarlierLife(subnet, claim)) return true;
  const { name = "" } = subnet.spec.claimRef ?? {};
  return servedClaimOf(subnet) === undefined && (name === "" || name === claim.metadata.name);
}

export function isOfIdentity({ spec }: Subnet, claim: SubnetClaim): boolean {
  return (
    spec.poolRef === claim.spec.poolRef &&
    spec.clusterID === claim.spec.clusterID &&
    (spec.purpose ?? "") === (claim.spec.purpose ?? "")
  );
}

export function satisfies(subnet: Subnet, wanted: BlockRequest): boolean {
  const block = parsePrefix(subnet.spec.cidr);
  return !block.ok || fits(block.value, wanted);
}

export function fits(block: Prefix, wanted: BlockRequest): boolean {
  switch (wanted.want) {
    case "default":
      return true;
    case "exactly":
      return equals(block, wanted.prefix);
    case "length":
      return block.length === wanted.length;
  }
}
