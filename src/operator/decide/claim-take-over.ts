/** A block passes to the next life of its claim, or to the next claim of its identity. Pure. */
import { lifeOf, SUBNET_CLAIMS, type Subnet, type SubnetClaim, servedClaimOf } from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import { writeRecord } from "./block-record.ts";
import type { ClaimSnapshot } from "./claim-snapshot.ts";
import { handOver } from "./claim-subnet.ts";
import { settled } from "./decision.ts";

/**
 * The API is asked whether the earlier life is gone, since the cache of claims may lag behind a Subnet that was handed on
 * already. Then the claim remembers the block, so that it is never given another one, should this one be lost.
 */
export function takeOver({ claim }: ClaimSnapshot, subnet: Subnet, which: string): Decision {
  const block = parsePrefix(subnet.spec.cidr);
  const record = block.ok ? writeRecord(SUBNET_CLAIMS, claim, block.value, formerLife(claim, subnet)) : [];
  return settled(`takes over Subnet ${subnet.metadata.name}, ${which}`, [
    ...confirmations(subnet),
    ...record,
    handOver(claim, subnet),
  ]);
}

function confirmations(subnet: Subnet): Action[] {
  const served = servedClaimOf(subnet);
  if (served === undefined) return [];
  const { namespace } = subnet.metadata;
  return [{ do: "confirm-gone", resource: SUBNET_CLAIMS, namespace, ...served }];
}

/** Never that of the claim itself, which would make the record one that may be withdrawn. */
function formerLife(claim: SubnetClaim, subnet: Subnet): string {
  const { uid = "" } = subnet.spec.claimRef ?? {};
  const life = lifeOf({ metadata: { name: claim.metadata.name, uid } });
  return life === "" || life === lifeOf(claim) ? "restored" : life;
}
