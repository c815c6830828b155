/** What a block can be to a user. A file of its own, since the command line lists it before anything else is loaded. */

/**
 * - `claimed`: allocated to a claim.
 * - `unclaimed`: allocated to a Subnet that serves no claim: it was created by hand, or imported without an
 *   owner.
 * - `pool`: a pool, or the block of one in its parent.
 * - `resting`: released, and free at `until`. `kept`: released, and retained.
 * - `pending`: requested, and not decided. `failed`: requested, and not allocated.
 * - `promised`: held for a claim or a pool without a Subnet.
 * - `reserved`: excluded by the pool. `free`: in a pool, and of no owner. `outside`: in no pool.
 */
export const BLOCK_STATES = [
  "claimed",
  "unclaimed",
  "pool",
  "resting",
  "kept",
  "pending",
  "failed",
  "promised",
  "reserved",
  "free",
  "outside",
] as const;
export type BlockState = (typeof BLOCK_STATES)[number];
