/** One replica of the operator under leader election, and what can be done to it from outside. */
import type { Reign } from "./failover-plan.ts";

export type ReplicaState = "waiting" | "leading" | "paused" | "woken" | "ended";

export interface Replica {
  readonly name: string;
  readonly state: ReplicaState;
  /** Where it serves, once it leads. */
  readonly served:
    | { readonly endpointsUrl: string | undefined; readonly webhookUrl: string | undefined }
    | undefined;
  /** Of a killed one: sends the write that was still on its way. */
  readonly late: (() => Promise<unknown>) | undefined;
  /** Resolves once it leads, or has ended without. */
  readonly settled: Promise<void>;
  /** Resolves once its reign has ended, however. */
  readonly over: Promise<void>;
  /** Resolves once it will do nothing any more. */
  readonly ended: Promise<void>;
  readonly isAskingForLease: boolean;
  readonly hasAskedForLease: boolean;
  /** From now on writes are counted, and the reign ends as planned. */
  arm(reign: Reign): void;
  /** It may lead for ever. False: what ends it has begun. */
  spare(): boolean;
  /** Resolves when it has written so many more times. */
  untilWrites(count: number): Promise<void>;
  /** It vanishes: nothing it has under way is heard of any more, and its lease is not given back. */
  kill(): void;
  /** A paused one goes on. It must end at once: the lease is another's by now. */
  wake(first: Reign["wakesWith"]): Promise<void>;
  /** As a signal asks it to: gives the lease back. */
  stop(): Promise<void>;
}

/** Counts what a leader writes, and knows when its reign is to end. */
export class WriteCount {
  #reign: Reign | undefined;
  #count = 0;
  #onWrite: (() => void) | undefined;

  arm(reign: Reign): void {
    this.#reign = reign;
    this.#count = 0;
  }

  /** The reign, if this is the write that ends it. */
  next(): Reign | undefined {
    this.#count++;
    this.#onWrite?.();
    return this.#count === this.#reign?.endsAtWrite ? this.#reign : undefined;
  }

  spare(): boolean {
    if (this.#reign !== undefined && this.#count >= this.#reign.endsAtWrite) return false;
    this.#reign = undefined;
    return true;
  }

  until(count: number): Promise<void> {
    const target = this.#count + count;
    return new Promise((resolve) => {
      this.#onWrite = () => this.#count >= target && resolve();
      this.#onWrite();
    });
  }
}
