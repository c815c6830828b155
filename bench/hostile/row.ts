/** What an attack is: a row of the table that `npm run bench -- hostile` plays. */
import type { Attacker } from "./attacker.ts";

/**
 * What is wrong with a request, or with what it asks for. A kind has many rows, and there are always more.
 */
export type Kind =
  | "depth"
  | "watch"
  | "webhook"
  | "patch"
  | "body"
  | "pattern"
  | "cel"
  | "schema"
  | "metadata"
  | "apply"
  | "list"
  | "memory"
  | "cut-off"
  | "connections"
  | "fairness"
  | "http"
  | "tokens"
  | "objects";

/**
 * What the server holds when the row is played.
 *
 * - `plain`: the kinds of Plexaubnet, the kind Any, and little else
 * - `big`: 100 ConfigMaps of 0.9 MB besides, all in one namespace
 * - `many`: 200,000 ConfigMaps of 200 bytes besides, all in one namespace
 * - `small-heap`: as `plain`, in a process with a heap of 600 MB
 */
export type Ground = "plain" | "big" | "many" | "small-heap";

export interface Row {
  /** Begins with the letter of its section of the list of attacks. Words in kebab-case. */
  readonly id: string;
  readonly kind: Kind;
  /** One line for people. */
  readonly what: string;
  /** The longest that another client may wait meanwhile. */
  readonly limitMs: number;
  /** How many times its median without attack the median wait of the other client may be. */
  readonly fairness?: number;
  /** Default: `plain`. */
  readonly ground?: Ground;
  /** Left out by `--quick`. */
  readonly takesMinutes?: boolean;
  /** Left out unless `--huge` asks for it: it needs many gigabytes. */
  readonly isHuge?: boolean;
  /** How long the row may take before the server counts as stuck. Default: that of the run, 20 s. */
  readonly cutOffMs?: number;
  /** What must be there first. It is not measured, and it is the administrator who does it. */
  prepare?(attacker: Attacker): Promise<void>;
  /** Sends the attack, and waits for its answer. */
  play(attacker: Attacker): Promise<Played>;
}

export interface Played {
  /** The codes that came back, as `201` or `201×3 500×2`. */
  readonly answer: string;
  /** What else was wrong with it, in a few words. */
  readonly fault?: string;
}

/** No single request of at most 3 MiB may make another client wait longer. */
export const TARGET_MS = 100;
