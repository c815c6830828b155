/** The states of the map, in the order of their codes, and the words for them. */
import type { MapState, MapStates } from "../api/answers.ts";

export const MAP_STATES: MapStates = [
  "free",
  "allocated",
  "deciding",
  "resting",
  "reserved",
  "overlapping",
  "child",
  "failed",
];

export const STATE_WORDS: Readonly<Record<MapState, string>> = {
  free: "free",
  allocated: "allocated",
  deciding: "being decided",
  resting: "resting",
  reserved: "reserved",
  overlapping: "overlapping",
  child: "child pool",
  failed: "failed",
};

export const stateOf = (code: number): MapState => MAP_STATES[code] ?? "failed";

/** Codes of the bits of `also`. */
export function codesIn(also: number): number[] {
  return MAP_STATES.flatMap((_, code) => ((also & (1 << code)) === 0 ? [] : [code]));
}
