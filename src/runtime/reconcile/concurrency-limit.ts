/**
 * How many reconciles run at once: as many as the API server bears. A server that others use too, or whose every write
 * takes milliseconds, has a number at which it does the most; beyond, requests only wait in it. What shows that number is
 * the latency of writes beside that of a few at a time.
 *
 * - While work waits here and a write takes less than {@link GROWS_BELOW} times as long as usual, more are let in.
 * - From {@link SHRINKS_FROM} times on, fewer are.
 * - A server that refuses for overload (429) halves the number.
 *
 * Usual is the shortest that has been seen, and is learnt again where few requests are under way: at the lower bound, and
 * where no work waits. Otherwise a full queue would pass for the ordinary state of the server.
 */
export interface ConcurrencyBounds {
  /** What it starts with, and never goes below. */
  readonly least: number;
  readonly most: number;
}

/** How much longer than usual a write may take. Half of the time in the queue of the server: about all that it can do. */
const GROWS_BELOW = 2;
const SHRINKS_FROM = 4;
const GROWTH = 1.5;
const SHRINKAGE = 0.75;
/** Writes that are judged together: at least so many, and twice as many as may be under way. */
const LEAST_SAMPLES = 32;
/** How much one window changes what is usual. */
const LEARNING_SHARE = 0.1;

export class ConcurrencyLimit {
  readonly #bounds: ConcurrencyBounds;
  #current: number;
  #samplesMs: number[] = [];
  #usualMs = Number.POSITIVE_INFINITY;
  #isWorkWaiting = false;
  /** Refusals still to come of what was under way when the limit was halved. */
  #known = 0;

  constructor({ least, most }: ConcurrencyBounds) {
    this.#bounds = { least: Math.min(least, most), most };
    this.#current = this.#bounds.least;
  }

  /** For each controller. */
  get current(): number {
    return this.#current;
  }

  /** Work waits although the limit is reached. */
  exhausted(): void {
    this.#isWorkWaiting = true;
  }

  /** The server answered a write after so many milliseconds. */
  answered(tookMs: number): void {
    this.#samplesMs.push(tookMs);
    if (this.#samplesMs.length < Math.max(LEAST_SAMPLES, 2 * this.#current)) return;
    const medianMs = this.#samplesMs.sort((a, b) => a - b)[this.#samplesMs.length >> 1] as number;
    this.#judge(medianMs);
    this.#samplesMs = [];
    this.#isWorkWaiting = false;
    this.#known = 0;
  }

  /** The server refused a write because it has too many requests. */
  refused(): void {
    if (this.#known > 0) {
      this.#known -= 1;
      return;
    }
    this.#known = this.#current - 1;
    this.#change(this.#current / 2);
    this.#samplesMs = [];
  }

  #judge(medianMs: number): void {
    const isAlone = !this.#isWorkWaiting || this.#current === this.#bounds.least;
    if (medianMs < this.#usualMs) this.#usualMs = medianMs;
    else if (isAlone) this.#usualMs += (medianMs - this.#usualMs) * LEARNING_SHARE;
    if (medianMs >= this.#usualMs * SHRINKS_FROM) this.#change(this.#current * SHRINKAGE);
    else if (this.#isWorkWaiting && medianMs <= this.#usualMs * GROWS_BELOW)
      this.#change(Math.ceil(this.#current * GROWTH));
  }

  #change(to: number): void {
    const { least, most } = this.#bounds;
    this.#current = Math.max(least, Math.min(most, Math.floor(to)));
  }
}
