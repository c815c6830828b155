/**
 * Keeps a key from being decided on a state older than its own last writes, without holding a worker: the key is parked
 * until the caches have caught up, and then queued again.
 */
import type { Clock } from "../../kernel/index.ts";
import { keyOf, type Request } from "../flow.ts";
import type { PendingView } from "../write/index.ts";

export interface OwnWritesOptions {
  readonly clock: Clock;
  /** A watch that is this late is taken to be broken, and the decision is made: all writes are conditional anyway. */
  readonly limitMs: number;
  readonly requeue: (request: Request) => void;
  readonly onLate: (request: Request) => void;
}

interface Parked {
  readonly release: () => void;
}

export class OwnWrites {
  readonly #options: OwnWritesOptions;
  readonly #pending = new Map<string, { readonly views: readonly PendingView[]; readonly untilMs: number }>();
  readonly #parked = new Map<string, Parked>();

  constructor(options: OwnWritesOptions) {
    this.#options = options;
  }

  /** Keys whose writes have not been seen yet. */
  get size(): number {
    return this.#pending.size;
  }

  /** Remembers what a reconcile of `request` wrote. */
  record(request: Request, views: readonly PendingView[]): void {
    const unseen = views.filter(({ holds }) => !holds());
    if (unseen.length === 0) return;
    const untilMs = this.#options.clock.monotonicMs() + this.#options.limitMs;
    this.#pending.set(keyOf(request), { views: unseen, untilMs });
  }

  /** Whether `request` may be decided on now. If not, it is requeued when it may. */
  admit(request: Request): boolean {
    const key = keyOf(request);
    const pending = this.#pending.get(key);
    if (pending === undefined) return true;
    const unseen = pending.views.find(({ holds }) => !holds());
    if (unseen === undefined) {
      this.#forget(key);
      return true;
    }
    const remainingMs = pending.untilMs - this.#options.clock.monotonicMs();
    if (remainingMs <= 0) {
      this.#forget(key);
      this.#options.onLate(request);
      return true;
    }
    if (!this.#parked.has(key)) this.#park(key, request, unseen, remainingMs);
    return false;
  }

  /** Lets go of all that is parked, without requeuing it. */
  stop(): void {
    for (const key of [...this.#parked.keys()]) this.#unpark(key);
    this.#pending.clear();
  }

  #park(key: string, request: Request, unseen: PendingView, remainingMs: number): void {
    const resume = () => {
      this.#unpark(key);
      this.#options.requeue(request);
    };
    const timer = this.#options.clock.setTimer(remainingMs, resume, true);
    const takeBack = unseen.cache.whenever(unseen.holds, resume);
    this.#parked.set(key, {
      release: () => {
        timer.cancel();
        takeBack();
      },
    });
  }

  #unpark(key: string): void {
    this.#parked.get(key)?.release();
    this.#parked.delete(key);
  }

  #forget(key: string): void {
    this.#unpark(key);
    this.#pending.delete(key);
  }
}
