/**
 * A store that misbehaves as stores and networks do, for tests and the simulation. What it does is decided by the seed
 * of the kernel that it is given, so a run can be repeated; with no rates set it passes everything through.
 *
 * It never breaks a promise that a correct client relies on: a write that is acknowledged is there, revisions go
 * up, and a watch misses nothing between where it starts and where it is cut.
 */

import type {
  Compacted,
  ListOptions,
  ListResult,
  ObjectAddress,
  StorageKind,
  Store,
  StoredObject,
  StoreFailedError,
  Subscription,
  WatchOptions,
  Write,
  WriteConflict,
} from "../apiserver/index.ts";
import { type Clock, err, type Random, type Result, randomBelow, sleep } from "../kernel/index.ts";

/** A failure that was asked for. The API server answers 500 to it. */
export class InjectedFaultError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InjectedFaultError";
  }
}

/** Chances between 0 and 1. What is left out does not happen. */
export interface FaultRates {
  /** A write waits, before it is made or before it is acknowledged, up to `maxDelayMs`. */
  readonly delay?: number;
  /** Default: 1000. */
  readonly maxDelayMs?: number;
  /** A write is executed, but reported as failed. */
  readonly loseAcknowledgement?: number;
  /** A write is not executed, and reported as failed. */
  readonly refuse?: number;
  /** A list that names no revision shows one up to `maxStaleness` revisions ago, and reports that revision. */
  readonly stale?: number;
  /** Default: 10. */
  readonly maxStaleness?: number;
  /** A list at an older revision, or a watch from one, fails because history is gone. */
  readonly expire?: number;
  /** A change ends a watch instead of being delivered. */
  readonly cut?: number;
}

export type FaultKind = "delay" | "loseAcknowledgement" | "refuse" | "stale" | "expire" | "cut";

export interface FaultyStore extends Store {
  /** From now on. `{}` ends all faults. */
  setFaults(rates: FaultRates): void;
  /** Ends every watch that is open now; of one kind only when it is given. */
  cutWatches(kind?: StorageKind): void;
  /** Forgets all history before the newest revision. */
  expireHistory(): Promise<void>;
  /** How often each fault was injected. */
  readonly injected: Readonly<Record<FaultKind, number>>;
}

export interface FaultKernel {
  readonly clock: Clock;
  readonly random: Random;
}

export function withFaults(store: Store, kernel: FaultKernel, rates: FaultRates = {}): FaultyStore {
  return new Faulty(store, kernel, rates);
}

const DEFAULT_MAX_DELAY_MS = 1000;
const DEFAULT_MAX_STALENESS = 10;

class Faulty implements FaultyStore {
  readonly #store: Store;
  readonly #kernel: FaultKernel;
  #rates: FaultRates;
  readonly #watches = new Map<FaultyWatch, StorageKind>();
  readonly injected: Record<FaultKind, number> = {
    delay: 0,
    loseAcknowledgement: 0,
    refuse: 0,
    stale: 0,
    expire: 0,
    cut: 0,
  };

  constructor(store: Store, kernel: FaultKernel, rates: FaultRates) {
    this.#store = store;
    this.#kernel = kernel;
    this.#rates = rates;
  }

  get revision(): number {
    return this.#store.revision;
  }

  get oldestRevision(): number {
    return this.#store.oldestRevision;
  }

  get failure(): StoreFailedError | undefined {
    return this.#store.failure;
  }

  setFaults(rates: FaultRates): void {
    this.#rates = rates;
  }

  cutWatches(kind?: StorageKind): void {
    for (const [watch, watched] of [...this.#watches])
      if (kind === undefined || kind === watched) watch.cut();
  }

  expireHistory(): Promise<void> {
    return this.#store.compact(this.#store.revision);
  }

  get(address: ObjectAddress): StoredObject | undefined {
    return this.#store.get(address);
  }

  list(kind: StorageKind, options: ListOptions): Result<ListResult, Compacted> {
    if (options.revision !== undefined) {
      if (options.revision < this.revision && this.#strikes("expire")) return err(this.#compacted());
      return this.#store.list(kind, options);
    }
    if (!this.#strikes("stale")) return this.#store.list(kind, options);
    const age = 1 + randomBelow(this.#kernel.random, this.#rates.maxStaleness ?? DEFAULT_MAX_STALENESS);
    const revision = Math.min(Math.max(this.oldestRevision, this.revision - age), this.revision);
    return this.#store.list(kind, { ...options, revision });
  }

  count(kind: StorageKind, namespace?: string): number {
    return this.#store.count(kind, namespace);
  }

  kinds(): readonly StorageKind[] {
    return this.#store.kinds();
  }

  async write(write: Write): Promise<Result<StoredObject, WriteConflict>> {
    const delayMs = this.#strikes("delay") ? this.#delayMs() : 0;
    const delaysAnswer = delayMs > 0 && this.#kernel.random.next() < 0.5;
    if (delayMs > 0 && !delaysAnswer) await sleep(this.#kernel.clock, delayMs);
    if (this.#strikes("refuse")) throw new InjectedFaultError("injected: the write was refused");
    const result = await this.#store.write(write);
    if (delaysAnswer) await sleep(this.#kernel.clock, delayMs);
    if (this.#strikes("loseAcknowledgement")) throw new InjectedFaultError("injected: the answer was lost");
    return result;
  }

  watch(kind: StorageKind, options: WatchOptions): Result<Subscription, Compacted> {
    if (options.after < this.revision && this.#strikes("expire")) return err(this.#compacted());
    const watch = new FaultyWatch(
      options,
      () => this.#strikes("cut"),
      () => this.#watches.delete(watch),
    );
    this.#watches.set(watch, kind);
    const result = watch.open(this.#store, kind);
    if (!result.ok) this.#watches.delete(watch);
    return result;
  }

  waitForRevision(revision: number, signal?: AbortSignal): Promise<void> {
    return this.#store.waitForRevision(revision, signal);
  }

  compact(revision: number): Promise<void> {
    return this.#store.compact(revision);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #strikes(kind: FaultKind): boolean {
    const rate = this.#rates[kind] ?? 0;
    const strikes = rate > 0 && this.#kernel.random.next() < rate;
    if (strikes) this.injected[kind] += 1;
    return strikes;
  }

  #delayMs(): number {
    return 1 + randomBelow(this.#kernel.random, this.#rates.maxDelayMs ?? DEFAULT_MAX_DELAY_MS);
  }

  #compacted(): Compacted {
    return { reason: "compacted", oldest: this.revision };
  }
}

/** One watch that may be cut: at a change, or from outside. */
class FaultyWatch implements Subscription {
  readonly #options: WatchOptions;
  readonly #strikes: () => boolean;
  readonly #onGone: () => void;
  #inner: Subscription | undefined;
  #open = true;

  constructor(options: WatchOptions, strikes: () => boolean, onGone: () => void) {
    this.#options = options;
    this.#strikes = strikes;
    this.#onGone = onGone;
  }

  open(store: Store, kind: StorageKind): Result<Subscription, Compacted> {
    const result = store.watch(kind, {
      ...this.#options,
      onChange: (change) => {
        if (!this.#open) return;
        if (this.#strikes()) this.cut();
        else this.#options.onChange(change);
      },
      onEnd: () => this.cut(),
    });
    if (!result.ok) return result;
    this.#inner = result.value;
    // It may have been cut while history was replayed.
    if (!this.#open) this.#inner.close();
    return { ok: true, value: this };
  }

  cut(): void {
    if (!this.#open) return;
    this.close();
    this.#options.onEnd?.();
  }

  close(): void {
    this.#open = false;
    this.#inner?.close();
    this.#onGone();
  }
}
