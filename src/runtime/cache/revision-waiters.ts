/**
 * Those who wait until a cache has come far enough. There are few of them at a time (one a write that has not come
 * back yet), so each change asks all of them.
 */

interface Waiter {
  readonly holds: () => boolean;
  readonly then: () => void;
}

export class RevisionWaiters {
  readonly #waiters = new Set<Waiter>();

  /** Calls `then` once, as soon as `holds` does. Returns what takes it back. */
  whenever(holds: () => boolean, then: () => void): () => void {
    if (holds()) {
      then();
      return () => {};
    }
    const waiter: Waiter = { holds, then };
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  wait(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        takeBack();
        reject(signal?.reason);
      };
      const takeBack = this.whenever(holds, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  check(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.holds()) continue;
      this.#waiters.delete(waiter);
      waiter.then();
    }
  }
}
