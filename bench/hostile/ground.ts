/** What the server holds before it is attacked. */
import type { Ground } from "./row.ts";

export interface Filling {
  readonly namespace: string;
  readonly count: number;
  /** Of each object, about. */
  readonly bytes: number;
}

/** A collection of 90 MB. */
export const BIG: Filling = { namespace: "big", count: 100, bytes: 900_000 };
export const MANY: Filling = { namespace: "many", count: 200_000, bytes: 50 };

/** Rows that need the same come after each other. */
export const GROUNDS: readonly Ground[] = ["plain", "big", "many", "small-heap"];

/** For Node. */
export function flagsFor(ground: Ground): readonly string[] {
  return ground === "small-heap" ? ["--max-old-space-size=600"] : [];
}
