/** The states of the map, in the order of their codes. */
import type { MapStates } from "../answers.ts";

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

export type StateCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export const FREE = 0;
export const ALLOCATED = 1;
export const DECIDING = 2;
export const RESTING = 3;
export const RESERVED = 4;
export const OVERLAPPING = 5;
export const CHILD = 6;
export const FAILED = 7;
