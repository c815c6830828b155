export { heldBlocks } from "./block-violations.ts";
export { findViolations } from "./find-violations.ts";
export type { FleetObject, FleetObjects } from "./fleet-objects.ts";
export { type RecomputedSource, recomputeSource, recomputeWorld } from "./recomputed-world.ts";
export type { Invariant, Violation } from "./violation.ts";
