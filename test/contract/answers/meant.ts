/**
 * Where the embedded server answers otherwise on purpose, and why. Such a step counts as equal from the level
 * at which it differs on: what comes before that level still has to be equal.
 */
import type { Level } from "./compare.ts";

export interface Meant {
  readonly scenario: string;
  /** From 1. */
  readonly step: number;
  /** The first level at which the answers differ. */
  readonly level: Level;
  /** One sentence. */
  readonly why: string;
}

const BLAME =
  "A real one answers 500 without a reason; the fault is the client's, and 400 says which field it is.";

export const MEANT: readonly Meant[] = [
  { scenario: "apply: faults", step: 5, level: "status", why: BLAME },
  { scenario: "apply: faults", step: 11, level: "status", why: BLAME },
  { scenario: "apply: faults", step: 12, level: "status", why: BLAME },
  { scenario: "strategic: services ports by key", step: 5, level: "status", why: BLAME },
];
