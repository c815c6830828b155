/** Subnets that hold nothing, or hold it for somebody who is not there: no fault of the operator, and nobody else lists them. */
import { claimNameOf, servedClaimOf } from "../../api/index.ts";
import type { FleetObjects } from "./fleet-objects.ts";
import { type Violation, violation } from "./violation.ts";

/** Of the objects of one namespace. */
export function findUnserved({ claims, subnets }: FleetObjects): Violation[] {
  const names = new Set(claims.map(({ metadata }) => metadata.name));
  return subnets.flatMap((subnet): Violation[] => {
    const { phase, message, conditions } = subnet.status ?? {};
    if (phase === "Failed")
      return [violation("failed-subnet", [subnet], `${subnet.spec.cidr} is not given out: ${message}`)];
    const isAwaiting = conditions?.some(({ type, reason }) => type === "Ready" && reason === "AwaitingClaim");
    if (isAwaiting === true) return [violation("awaited-claim", [subnet], `it ${message}`)];
    const claimName = claimNameOf(subnet);
    // Restored without the UID of its claim, or made by hand for one that is to come.
    const isEarly = claimName !== undefined && servedClaimOf(subnet) === undefined && !names.has(claimName);
    const early = `it keeps ${subnet.spec.cidr} for SubnetClaim ${claimName}, which does not exist`;
    return isEarly ? [violation("awaited-claim", [subnet], early)] : [];
  });
}
