/**
 * Reads PEM text and tokens, from memory or from files that someone may replace while we run.
 */
import { readFileSync } from "node:fs";
import type { Clock } from "../kernel/index.ts";
import type { Material } from "./cluster-config.ts";
import { ConfigError } from "./errors.ts";

/** How long what a file said is believed without looking again. Kubelets replace tokens hours before they expire. */
export const REREAD_AFTER_MS = 60_000;

/** @param field where the file is named, for the message: `users[admin].user.tokenFile in /home/me/.kube/config`. */
export function readText(file: string, field: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ConfigError(`cannot read ${file} (${code}), which ${field} names`, cause);
  }
}

/** A file's text, read at most once a minute. Keeps the old text while the file cannot be read. */
export class RotatingFile {
  readonly #file: string;
  readonly #field: string;
  readonly #clock: Clock;
  #text: string | undefined;
  #readAtMs = 0;

  constructor(file: string, field: string, clock: Clock) {
    this.#file = file;
    this.#field = field;
    this.#clock = clock;
  }

  text(): string {
    const now = this.#clock.monotonicMs();
    if (this.#text !== undefined && now - this.#readAtMs < REREAD_AFTER_MS) return this.#text;
    this.#readAtMs = now;
    try {
      this.#text = readText(this.#file, this.#field).trim();
    } catch (error) {
      if (this.#text === undefined) throw error;
    }
    return this.#text;
  }

  /** The next `text()` reads the file. */
  forget(): void {
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }
}

/** A material that may change: calls see the present text. */
export interface MaterialSource {
  text(): string;
  forget(): void;
}

export function materialSource(material: Material, field: string, clock: Clock): MaterialSource {
  if (typeof material !== "string") return new RotatingFile(material.file, field, clock);
  return { text: () => material, forget: () => {} };
}
