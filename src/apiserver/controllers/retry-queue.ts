/**
 * Keys that wait to be worked on, for the controllers inside the server.
 *
 * A key waits once however often it is added, and is never worked on twice at the same time: one that is added while
 * it is worked on is worked on again. A key whose work fails is tried again, after a delay that doubles each time.
 */
import type { Clock, Timer } from "../../kernel/index.ts";

export interface RetryQueueOptions {
  readonly clock: Clock;
  /** How many keys are worked on at the same time. */
  readonly concurrency: number;
  work(key: string): Promise<void>;
  onError(key: string, error: unknown, retryDelayMs: number): void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 30_000;

export class RetryQueue {
  readonly #options: RetryQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #retries = new Map<string, Timer>();
  #state: "held" | "open" | "closed" = "held";
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: RetryQueueOptions) {
    this.#options = options;
  }

  /** Until then keys only gather. */
  open(): void {
    if (this.#state === "held") this.#state = "open";
    this.#pump();
  }

  add(key: string): void {
    if (this.#state === "closed") return;
    this.#retries.get(key)?.cancel();
    this.#retries.delete(key);
    this.#waiting.add(key);
    this.#pump();
  }

  /** Resolves when no key waits or is worked on. Those that failed and wait for their retry do not count. */
  idle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Resolves when the work under way has ended. */
  close(): Promise<void> {
    this.#state = "closed";
    this.#waiting.clear();
    for (const timer of this.#retries.values()) timer.cancel();
    this.#retries.clear();
    this.#settleIdle();
    return this.idle();
  }

  #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#running.size === 0;
  }

  #settleIdle(): void {
    if (!this.#isIdle()) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #pump(): void {
    if (this.#state !== "open") return;
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    // The caller that adds a key completes its own turn before the work begins.
    await undefined;
    try {
      await this.#options.work(key);
      this.#failures.delete(key);
    } catch (error) {
      this.#retryLater(key, error);
    }
    this.#running.delete(key);
    this.#pump();
    this.#settleIdle();
  }

  #retryLater(key: string, error: unknown): void {
    if (this.#state === "closed") return;
    const failures = this.#failures.get(key) ?? 0;
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS);
    this.#failures.set(key, failures + 1);
    try {
      this.#options.onError(key, error, delayMs);
    } catch {
      // The error callback may fail itself: the retry happens all the same.
    }
    this.#retries.get(key)?.cancel();
    this.#retries.set(
      key,
      this.#options.clock.setTimer(delayMs, () => this.add(key), true),
    );
  }
}
