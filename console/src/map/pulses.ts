/** Blocks about which something was decided a moment ago: a frame around each, which fades. Pure. */
import { type Block, lastOf, parseBlock } from "../address/address.ts";
import type { ActivityEntry } from "../api/answers.ts";
import { cellAt, type MapPicture, segmentAt } from "./map-picture.ts";
import { STEPS } from "./view-window.ts";

export interface Pulse {
  readonly block: Block;
  /** Milliseconds, as `performance.now()`. */
  readonly began: number;
}

export const PULSE_MS = 2600;
/** Of a burst, the newest are enough to see that much happens. */
const MOST_PULSES = 64;

/** With those of new entries, and without those that are over. */
export function pulsesAfter(
  pulses: readonly Pulse[],
  entries: readonly ActivityEntry[],
  namespace: string,
  now: number,
): readonly Pulse[] {
  const begun = entries.flatMap((entry) => {
    const block = entry.namespace === namespace ? parseBlock(entry.cidr ?? "") : undefined;
    return block === undefined ? [] : [{ block, began: now }];
  });
  return [...pulses.filter(({ began }) => now - began < PULSE_MS), ...begun].slice(-MOST_PULSES);
}

/** 1 when it begins, 0 when it is over. */
export function strengthAt({ began }: Pulse, now: number): number {
  return Math.max(0, 1 - (now - began) / PULSE_MS);
}

/** Depth of the deepest lane that has something there; undefined: it is outside of the picture. */
export function depthOfBlock(picture: MapPicture, { first, ...rest }: Block): number | undefined {
  const cell = cellAt(picture, first * STEPS);
  const isInside = first >= picture.first && lastOf({ first, ...rest }) <= picture.last;
  if (!isInside || rest.family !== picture.family) return undefined;
  const depths = picture.answer.lanes
    .filter((lane) => segmentAt(lane, cell) !== undefined)
    .map(({ depth }) => depth);
  return depths.length === 0 ? undefined : Math.max(...depths);
}
