/** Claims that are not fulfilled, and Subnets that hold a block for a missing object: not faults of the operator, but listed only here. */

import { claimNameOf, servedClaimOf } from "../../api/index.ts";
import { rememberedBlock } from "../model/block-record.ts";
import type { FleetObjects } from "./fleet-objects.ts";
import { type Violation, violation } from "./violation.ts";

/** Of the objects of one namespace. */
export function findUnserved(objects: FleetObjects): Violation[] {
  return [...findUnservedSubnets(objects), ...findUnservedClaims(objects)];
}

/** A claim that has, or had, a block and cannot have it now. Those that wait for any block are what a full pool has. */
function findUnservedClaims({ claims, poolClaims }: FleetObjects): Violation[] {
  return [...claims, ...poolClaims].flatMap((claim): Violation[] => {
    const { phase, conditions } = claim.status ?? {};
    const ready = conditions?.find(({ type }) => type === "Ready");
    if (phase === "Bound" || ready === undefined || claim.metadata.deletionTimestamp !== undefined) return [];
    const isDue = ready.reason === "AllocationLost" || rememberedBlock(claim) !== undefined;
    return isDue
      ? [violation("awaited-block", [claim], `it waits for its previous block: ${ready.message}`)]
      : [];
  });
}

function findUnservedSubnets({ claims, subnets }: FleetObjects): Violation[] {
  const names = new Set(claims.map(({ metadata }) => metadata.name));
  return subnets.flatMap((subnet): Violation[] => {
    const { phase, message, conditions } = subnet.status ?? {};
    if (phase === "Failed")
      return [violation("failed-subnet", [subnet], `${subnet.spec.cidr} is not allocated: ${message}`)];
    const isAwaiting = conditions?.some(({ type, reason }) => type === "Ready" && reason === "AwaitingClaim");
    if (isAwaiting === true) return [violation("awaited-claim", [subnet], `it ${message}`)];
    const claimName = claimNameOf(subnet);
    // Restored without the UID of its claim, or made by hand for one that is to come.
    const isEarly = claimName !== undefined && servedClaimOf(subnet) === undefined && !names.has(claimName);
    const early = `it keeps ${subnet.spec.cidr} for SubnetClaim ${claimName}, which does not exist`;
    return isEarly ? [violation("awaited-claim", [subnet], early)] : [];
  });
}
