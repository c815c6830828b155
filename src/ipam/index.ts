/**
 * `plexaubnet/ipam`: addresses and prefixes of both families, free space, and the accounting of pools.
 * Pure: no I/O, no clock, no randomness.
 */
export * from "./accounting.ts";
export { daysToFull, LEAST_GROWTH_DAYS } from "./days-to-full.ts";
export * from "./format.ts";
export {
  type AllocateFailure,
  type BlockFailure,
  FreeSpace,
  type ReleaseFailure,
  type SpaceJson,
  type SpaceReader,
} from "./free-space.ts";
export * from "./parse.ts";
export * from "./pool-space.ts";
export * from "./prefix.ts";
export type { Overlap, Strategy } from "./prefix-trie.ts";
export * from "./range.ts";
export { recompute, type SpaceContent } from "./recompute.ts";
