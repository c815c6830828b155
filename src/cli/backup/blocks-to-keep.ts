/** Which block each claim is to have again. */
import {
  isLive,
  lifeOf,
  recordLabels,
  recordOf,
  type Subnet,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { equals, overlaps, type Prefix } from "../../ipam/index.ts";
import { type FleetLookup, readable } from "./fleet-lookup.ts";

export interface KeptBlock {
  readonly block: Prefix;
  readonly labels: Readonly<Record<string, string>>;
}

/** A record of no life would be taken for one of no claim at all. */
const UNKNOWN_LIFE = "restored";

function kept(
  claim: SubnetClaim | SubnetPoolClaim,
  block: Prefix,
  life: string | undefined = lifeOf(claim),
): KeptBlock {
  return { block, labels: recordLabels(claim, block, life === "" ? UNKNOWN_LIFE : life) };
}

/** What the claim was promised; else what it remembers, or has asked for and got. */
export function blockOfClaim(claim: SubnetClaim, lookup: FleetLookup): KeptBlock | undefined {
  const promised = readable(claim.status?.allocatedCIDR);
  if (promised !== undefined) {
    const isLost = claim.status?.phase !== "Bound" && holderBeside(claim, promised, lookup) !== undefined;
    return isLost ? undefined : kept(claim, promised);
  }
  const record = recordOf(claim);
  if (record === undefined) return undefined;
  const isOfEarlierLife = record.life !== lifeOf(claim);
  return isOfEarlierLife || hasGot(record.block, lookup.subnetsOf(claim))
    ? kept(claim, record.block, record.life)
    : undefined;
}

/** Another claim may hold the requested block by now, until the Subnet shows that this claim got it. */
function hasGot(block: Prefix, subnets: readonly Subnet[]): boolean {
  return subnets.some(({ spec, status }) => {
    const own = status?.phase === "Allocated" ? readable(spec.cidr) : undefined;
    return own !== undefined && equals(own, block);
  });
}

/** The Subnet of another owner that holds a block which this claim was promised, and lost. */
export function holderBeside(claim: SubnetClaim, block: Prefix, lookup: FleetLookup): Subnet | undefined {
  return lookup.subnetsIn(claim, claim.spec.poolRef).find((subnet) => {
    if (!isLive(subnet) || subnet.spec.claimRef?.name === claim.metadata.name) return false;
    const own = subnet.status?.phase === "Allocated" ? readable(subnet.spec.cidr) : undefined;
    return own !== undefined && overlaps(own, block);
  });
}

/** What its pool ranges over, as the operator recorded it; before it did, the block that the pool began with. */
export function blockOfPoolClaim(claim: SubnetPoolClaim, lookup: FleetLookup): KeptBlock | undefined {
  const pool = lookup.poolOf(claim);
  const record = recordOf(claim);
  if (record !== undefined && (pool !== undefined || record.life !== lifeOf(claim)))
    return kept(claim, record.block, record.life);
  const first = pool && lookup.firstBlockOf(pool);
  const held = first !== undefined && isLive(first) ? readable(first.spec.cidr) : undefined;
  if (held !== undefined) return kept(claim, held);
  const range = pool && readable(pool.spec.cidr);
  return range !== undefined && range.length === claim.spec.desiredBlockSize ? kept(claim, range) : undefined;
}
