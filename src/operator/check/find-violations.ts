/**
 * Every promise of `docs/allocation-protocol.md#invariants` that given objects do not keep. Pure; knows nothing of the running operator, and
 * believes no status.
 */
import { findBlockViolations } from "./block-violations.ts";
import { findClaimViolations } from "./claim-violations.ts";
import { findDoublePromises } from "./double-promises.ts";
import type { FleetObjects } from "./fleet-objects.ts";
import { findRestViolations } from "./rest-violations.ts";
import { findUnserved } from "./unserved.ts";
import type { Violation } from "./violation.ts";

/**
 * What is wrong, safety first. The objects must be of one moment: lists taken one after the other show differences
 * that never were. Those marked `transient` count only when they stay.
 *
 * O(n log n) in the number of objects, except for pools that overlap each other.
 *
 * @param nowMs milliseconds since the epoch, by which is judged what is overdue.
 */
export function findViolations(objects: FleetObjects, nowMs: number): Violation[] {
  const perNamespace = splitByNamespace(objects);
  return [
    ...perNamespace.flatMap(findBlockViolations),
    ...perNamespace.flatMap(findDoublePromises),
    ...perNamespace.flatMap(findClaimViolations),
    ...perNamespace.flatMap(findUnserved),
    ...findRestViolations(objects, nowMs),
  ];
}

function splitByNamespace({ pools, poolClaims, claims, subnets }: FleetObjects): FleetObjects[] {
  const parts = new Map<string, { [K in keyof FleetObjects]: FleetObjects[K][number][] }>();
  const partOf = ({ metadata: { namespace } }: { readonly metadata: { readonly namespace: string } }) => {
    const known = parts.get(namespace);
    if (known !== undefined) return known;
    const part = { pools: [], poolClaims: [], claims: [], subnets: [] };
    parts.set(namespace, part);
    return part;
  };
  for (const pool of pools) partOf(pool).pools.push(pool);
  for (const claim of poolClaims) partOf(claim).poolClaims.push(claim);
  for (const claim of claims) partOf(claim).claims.push(claim);
  for (const subnet of subnets) partOf(subnet).subnets.push(subnet);
  return [...parts.keys()].sort().map((namespace) => parts.get(namespace) as FleetObjects);
}
