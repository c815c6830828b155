/** What `findViolations` reports: a promise of `docs/allocation-protocol.md#invariants` that is not kept. */
import type { FleetObject } from "./fleet-objects.ts";

/**
 * - `overlap`: two allocated blocks share addresses (invariant 1).
 * - `double-promise`: two claims that exist are promised the same addresses (1).
 * - `outside-pool`: an allocated block is not in its pool, or has none (2).
 * - `child-block`: a child pool that is in use does not lie in its blocks of the parent (2).
 * - `bound-claim`: a Bound claim does not hold exactly one Allocated Subnet, its own, of its CIDR (3).
 * - `lost-block`: a block is allocated to a claim that is gone.
 * - `stale-block`: a block is still held for a pool that is no longer a child of this parent, or no longer has this range.
 *   That is meant to be so while something lives there.
 * - `status`: the status of a pool differs from a computation from scratch (6).
 * - `accounting`: the incremental accounting and the one from scratch disagree (6).
 * - `unsettled`: the operator should have acted on the object, and has not (7, 8).
 * - `stuck`: a claim is not Bound and gives no reason (8).
 * - `failed-subnet`: a Subnet was refused, and holds nothing.
 * - `awaited-claim`: a Subnet that was restored holds its block for a claim, or a pool, that does not exist.
 * - `awaited-block`: a claim that had a block before, or was promised one, does not have it.
 * - `overlapping-pools`: unrelated pools share addresses. Allowed, but hardly meant.
 */
export type Invariant =
  | "overlap"
  | "double-promise"
  | "outside-pool"
  | "child-block"
  | "bound-claim"
  | "lost-block"
  | "stale-block"
  | "status"
  | "accounting"
  | "unsettled"
  | "stuck"
  | "failed-subnet"
  | "awaited-claim"
  | "awaited-block"
  | "overlapping-pools";

export interface Violation {
  readonly invariant: Invariant;
  readonly severity: "violation" | "warning";
  /** True: a fleet at work may show it for moments. False: it must never be seen. */
  readonly transient: boolean;
  readonly namespace: string;
  /** `Subnet a`, the offender first. */
  readonly objects: readonly [string, ...string[]];
  /** One sentence. */
  readonly message: string;
}

const TRANSIENT: ReadonlySet<Invariant> = new Set([
  "outside-pool",
  "child-block",
  "bound-claim",
  "lost-block",
  "status",
  "unsettled",
  "stuck",
]);

const WARNINGS: ReadonlySet<Invariant> = new Set([
  "stale-block",
  "failed-subnet",
  "awaited-claim",
  "awaited-block",
  "overlapping-pools",
]);

export function violation(
  invariant: Invariant,
  objects: readonly [FleetObject, ...FleetObject[]],
  message: string,
): Violation {
  const [first, ...others] = objects;
  return {
    invariant,
    severity: WARNINGS.has(invariant) ? "warning" : "violation",
    transient: TRANSIENT.has(invariant),
    namespace: first.metadata.namespace,
    objects: [nameOf(first), ...others.map(nameOf)],
    message,
  };
}

export function nameOf(object: FleetObject): string {
  return `${object.kind} ${object.metadata.name}`;
}
