import type { Prefix } from "./prefix.ts";

/** A block that was released and is not to be given out again until a certain time. */
export interface Rest<P extends Prefix = Prefix> {
  readonly prefix: P;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/**
 * Resting blocks, the first to come free first. Adding costs O(1) while times do not go backwards, as they do not where
 * the delay is the same for all.
 */
export class RestQueue<P extends Prefix = Prefix> {
  #rests: Rest<P>[] = [];
  /** Those before it have come free; they are dropped now and then. */
  #start = 0;

  add(prefix: P, untilMs: number): void {
    let at = this.#rests.length;
    while (at > this.#start && (this.#rests[at - 1] as Rest<P>).untilMs > untilMs) at--;
    if (at === this.#rests.length) this.#rests.push({ prefix, untilMs });
    else this.#rests.splice(at, 0, { prefix, untilMs });
  }

  /** Takes out the first one if its time has come. */
  takeDue(nowMs: number): Rest<P> | undefined {
    const rest = this.#rests[this.#start];
    if (rest === undefined || rest.untilMs > nowMs) return undefined;
    this.#start++;
    if (this.#start * 2 > this.#rests.length) {
      this.#rests = this.#rests.slice(this.#start);
      this.#start = 0;
    }
    return rest;
  }

  nextMs(): number | undefined {
    return this.#rests[this.#start]?.untilMs;
  }

  /** In the order in which they come free. */
  all(): readonly Rest<P>[] {
    return this.#rests.slice(this.#start);
  }
}
