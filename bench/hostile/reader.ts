/** The other client, from where the attacks are played. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReaderOrder, ReaderTarget, Told, Window } from "./reader-process.ts";

export type { Window } from "./reader-process.ts";

export const NOTHING_SEEN: Window = {
  longestMs: 0,
  medianMs: 0,
  reads: 0,
  refused: 0,
  cut: 0,
  noiseMs: 0,
};

const POLL_MS = 10;

export class Reader {
  readonly #process: ChildProcess = fork(join(import.meta.dirname, "reader-process.ts"));
  /** Those who asked and have no answer yet. Several may ask at a time. */
  readonly #asked = new Map<number, (window: Window) => void>();
  #asks = 0;
  #stopped = false;

  constructor() {
    this.#process.on("message", ({ id, window }: Told) => {
      this.#asked.get(id)?.(window);
      this.#asked.delete(id);
    });
  }

  /** Reads there from now on, in a new window. */
  read(target: ReaderTarget): void {
    this.#order({ do: "read", target });
  }

  /** Begins a window. */
  mark(): void {
    this.#order({ do: "mark" });
  }

  window(): Promise<Window> {
    const id = this.#asks++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#order({ do: "tell", id });
    });
  }

  /** Waits until it has read so often since the mark, or for `forMs`. Returns what it saw. */
  async untilReads(count: number, forMs: number): Promise<Window> {
    const end = performance.now() + forMs;
    for (;;) {
      if (this.#stopped) return NOTHING_SEEN;
      const seen = await this.window();
      if (seen.reads >= count || performance.now() > end) return seen;
      await sleep(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const ended = once(this.#process, "exit");
    this.#process.disconnect();
    await ended;
  }

  #order(order: ReaderOrder): void {
    this.#process.send(order);
  }
}
