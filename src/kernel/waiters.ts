/**
 * Those who wait until something holds: that a cache or a store has come far enough. There are few of them at a time (one a
 * write that has not come back yet), so each change asks all of them.
 */

interface Waiter {
  readonly holds: () => boolean;
  readonly met: () => void;
  readonly fail: (reason: unknown) => void;
}

export class Waiters {
  readonly #waiters = new Set<Waiter>();

  /** Calls `then` once, as soon as `holds` does. Returns what takes it back. */
  whenever(holds: () => boolean, then: () => void): () => void {
    if (!holds()) return this.#add({ holds, met: then, fail() {} });
    then();
    return () => {};
  }

  /** Resolves as soon as `holds` does; rejects with the reason of the signal, or of {@link rejectAll}. */
  wait(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (holds()) return resolve();
      const onAbort = () => {
        takeBack();
        reject(signal?.reason);
      };
      const done = () => signal?.removeEventListener("abort", onAbort);
      const takeBack = this.#add({
        holds,
        met() {
          done();
          resolve();
        },
        fail(reason) {
          done();
          reject(reason);
        },
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** To be called after each change. */
  check(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.holds()) continue;
      this.#waiters.delete(waiter);
      waiter.met();
    }
  }

  /** Nothing that is waited for will come. */
  rejectAll(reason: unknown): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.fail(reason);
  }

  #add(waiter: Waiter): () => void {
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }
}
