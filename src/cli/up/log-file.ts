import { closeSync, openSync, writeSync } from "node:fs";
import type { Clock } from "../../kernel/index.ts";
import { createLogger, type Logger } from "../../runtime/index.ts";

/**
 * The log of the process: JSON lines, appended. Lines are written at once, so that what led to a crash is there.
 *
 * @param verbose every decision and every request, and not only what a person may have to act on.
 */
export function openLog(file: string, clock: Clock, verbose: boolean): Logger {
  const level = verbose ? "debug" : "info";
  return createLogger({ clock, level, destination: new LineFile(file) });
}

/** How many of the bytes were written. A parameter for tests. */
export type AppendBytes = (file: number, bytes: Uint8Array) => number;

/**
 * A file that lines are appended to. Where one cannot be written, on a full disk say, it is dropped and counted, and the
 * first one that can be is followed by the number of lost lines: callers of the logger are not affected.
 */
export class LineFile {
  readonly #path: string;
  readonly #append: AppendBytes;
  #file: number | undefined;
  #dropped = 0;
  /** Whether a part of a line stands at the end of the file. */
  #isTorn = false;

  constructor(path: string, append: AppendBytes = writeSync) {
    this.#path = path;
    this.#append = append;
  }

  /** Lines that were not written since the last one that was. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param line with its end. */
  write(line: string): void {
    try {
      this.#file ??= openSync(this.#path, "a", 0o600);
      if (this.#dropped > 0) this.#writeWhole(`${this.#isTorn ? "\n" : ""}${droppedLine(this.#dropped)}`);
      this.#dropped = 0;
      this.#writeWhole(line);
    } catch {
      this.#dropped += 1;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #writeWhole(text: string): void {
    for (let rest = Buffer.from(text); rest.length > 0; ) {
      const written = this.#append(this.#file as number, rest);
      this.#isTorn = written < rest.length;
      if (written === 0) throw new Error("nothing was written");
      rest = rest.subarray(written);
    }
  }
}

function droppedLine(count: number): string {
  const lines = count === 1 ? "1 line was" : `${count} lines were`;
  return `${JSON.stringify({ level: "warn", msg: `${lines} dropped: the log could not be written`, dropped: count })}\n`;
}
