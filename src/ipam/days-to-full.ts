/**
 * When a pool is full that grows at a rate. Two rooms ask, of two sources: `history/growth.ts`, where a
 * history is kept, of the usage of each day on record, with an interval; and `console/read/growth.ts`, which
 * needs no history, of the times at which the present blocks were allocated, as one number, blind to blocks
 * that came and went meanwhile.
 */

/** Of fewer days on record, or of a younger pool, no rate can be computed. */
export const LEAST_GROWTH_DAYS = 7;

/** Farther than anyone plans. */
const MOST_DAYS = 3_650;

/**
 * @param free what is free, in the unit of `perDay`
 * @param perDay what is used up each day
 * @returns undefined where it does not grow, or would not be full within ten years
 */
export function daysToFull(free: number, perDay: number): number | undefined {
  if (perDay <= 0) return undefined;
  const days = free / perDay;
  return days <= MOST_DAYS ? days : undefined;
}
