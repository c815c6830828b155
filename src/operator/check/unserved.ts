/** Subnets that hold nothing, or hold it for somebody who is not there: no fault of the operator, and nobody else lists them. */
import type { FleetObjects } from "./fleet-objects.ts";
import { type Violation, violation } from "./violation.ts";

/** Of the objects of one namespace. */
export function findUnserved({ subnets }: FleetObjects): Violation[] {
  return subnets.flatMap((subnet): Violation[] => {
    const { phase, message, conditions } = subnet.status ?? {};
    if (phase === "Failed")
      return [violation("failed-subnet", [subnet], `${subnet.spec.cidr} is not given out: ${message}`)];
    const isAwaiting = conditions?.some(({ type, reason }) => type === "Ready" && reason === "AwaitingClaim");
    return isAwaiting === true ? [violation("awaited-claim", [subnet], `it ${message}`)] : [];
  });
}
