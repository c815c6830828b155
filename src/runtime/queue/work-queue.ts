/**
 * The queue between mappers and workers, with the semantics of client-go's workqueue.
 *
 * What it guarantees:
 *
 * 1. A key stands in it at most once, however often it is added (RQ-05). What one turn adds is handed out after it.
 * 2. A key is with one worker at a time. Added while it is with a worker, it comes again after `done`.
 * 3. No key is lost: each `add` before `shutDown` is followed by a `get` that returns the key.
 * 4. First come, first served: a key that is added all the time waits behind those who came before (no starving). Where
 *    keys have groups, groups take turns. Keys that a list brought up (`addBacklog`) stand behind those of changes that
 *    happen now, and get their turn among them.
 * 5. A long queue starves nothing else: every so often the event loop gets its turn.
 * 6. No operation grows with the length of the queue; those with a delay are O(log delayed keys).
 */
import { type Clock, drainMicrotasks, type Timer } from "../../kernel/index.ts";
import { keyOf, type Request } from "../flow.ts";
import { DelayHeap } from "./delay-heap.ts";
import { Fifo } from "./fifo.ts";
import { type Lane, type LaneMember, Lanes } from "./lanes.ts";
import { type LimiterOptions, RetryLimiter } from "./limiter.ts";

/** Called on each event of a queue (RQ-13). Times are in milliseconds. */
export interface QueueObserver {
  added(): void;
  taken(waitedMs: number): void;
  finished(workedMs: number): void;
  retried(): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly limiter?: LimiterOptions;
  readonly observer?: QueueObserver;
  /** Keys of one group share their turns; groups take turns. Asked once, when a key comes. Default: one group. */
  readonly groupOf?: ((request: Request) => string) | undefined;
  /** For how long a key waits for further changes of it, whichever adds it. Default: not at all. */
  readonly gatherMs?: ((request: Request) => number) | undefined;
}

/** After so many keys the event loop gets its turn, however long the queue is. */
const KEYS_A_TURN = 64;
/** A key of the backlog counts as so many: what happens meanwhile has to wait for a few of them only. */
const BACKLOG_WEIGHT = 8;

interface Item extends LaneMember {
  readonly request: Request;
  readonly key: string;
  /** Added, and not handed out since. */
  dirty: boolean;
  processing: boolean;
  /** Where it goes when it is ready again. */
  nextLane: Lane;
  sinceMs: number;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #limiter: RetryLimiter;
  readonly #observer: QueueObserver | undefined;
  readonly #groupOf: (request: Request) => string;
  readonly #gatherMs: ((request: Request) => number) | undefined;
  /** Keys that are dirty, or processing, or both. */
  readonly #items = new Map<string, Item>();
  readonly #ready = new Lanes<Item>();
  readonly #getters = new Fifo<(request: Request | undefined) => void>();
  readonly #delayed = new DelayHeap();
  readonly #delayedRequests = new Map<string, Request>();
  readonly #drained: (() => void)[] = [];
  #timer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  readonly #processing = new Set<Item>();
  #shutDown = false;
  #dispatching = false;
  /** Keys handed out in this turn of the event loop, by weight. */
  #handedOut = 0;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#limiter = new RetryLimiter(options.limiter ?? {}, options.clock);
    this.#observer = options.observer;
    this.#groupOf = options.groupOf ?? (() => "");
    this.#gatherMs = options.gatherMs;
  }

  /** Keys that wait for a worker. Those that are delayed, or with a worker, do not count. */
  get length(): number {
    return this.#ready.length;
  }

  get delayedCount(): number {
    return this.#delayed.size;
  }

  get processingCount(): number {
    return this.#processing.size;
  }

  get shuttingDown(): boolean {
    return this.#shutDown;
  }

  /** For each key that is with a worker, for how long it has been there. */
  processingForMs(): readonly number[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#processing].map((item) => nowMs - item.sinceMs);
  }

  add(request: Request): void {
    const waitsMs = this.#gatherMs?.(request) ?? 0;
    if (waitsMs > 0) this.addAfter(request, waitsMs);
    else this.#add(request, "live");
  }

  /** Adds a key of an object that existed before: it can wait for new changes. */
  addBacklog(request: Request): void {
    this.#add(request, "backlog");
  }

  #add(request: Request, lane: Lane): void {
    if (this.#shutDown) return;
    const key = keyOf(request);
    const known = this.#items.get(key);
    if (known === undefined) {
      this.#observer?.added();
      const item: Item = {
        request,
        key,
        dirty: true,
        processing: false,
        nextLane: lane,
        lane: undefined,
        group: this.#groupOf(request),
        sinceMs: 0,
      };
      this.#items.set(key, item);
      this.#enqueue(item);
      return;
    }
    if (!known.dirty) {
      this.#observer?.added();
      known.dirty = true;
      known.nextLane = lane;
    } else if (lane === "live") {
      known.nextLane = lane;
      if (!known.processing) this.#ready.put(known, lane);
    }
  }

  /** Adds it after `delayMs`. Of several delays for one key the one that ends first counts. */
  addAfter(request: Request, delayMs: number): void {
    if (this.#shutDown) return;
    if (!(delayMs > 0)) {
      this.#add(request, "live");
      return;
    }
    const key = keyOf(request);
    this.#delayed.add(key, this.#clock.monotonicMs() + delayMs);
    this.#delayedRequests.set(key, request);
    this.#setTimer();
  }

  /** Adds it after the delay of the limiter (RQ-11). @param leastMs what the API server asked for */
  addRateLimited(request: Request, leastMs = 0): void {
    if (this.#shutDown) return;
    this.#observer?.retried();
    this.addAfter(request, Math.max(this.#limiter.delayMs(keyOf(request)), leastMs));
  }

  /** The key succeeded: its back-off is reset. */
  forget(request: Request): void {
    this.#limiter.forget(keyOf(request));
  }

  /** How often the key was added rate-limited since it was forgotten. */
  retries(request: Request): number {
    return this.#limiter.failures(keyOf(request));
  }

  /**
   * The next key. The caller owns it until it calls `done`. Undefined: the queue was shut down and is empty.
   */
  get(): Promise<Request | undefined> {
    if (this.length > 0 && this.#handedOut < KEYS_A_TURN) {
      const item = this.#ready.take();
      return Promise.resolve(item && this.#handOut(item));
    }
    if (this.#shutDown && this.length === 0) return Promise.resolve(undefined);
    if (this.length > 0) this.#dispatchSoon();
    return new Promise((resolve) => this.#getters.push(resolve));
  }

  /** Ends the work that `get` began. */
  done(request: Request): void {
    const item = this.#items.get(keyOf(request));
    if (item === undefined || !item.processing) return;
    item.processing = false;
    this.#processing.delete(item);
    this.#observer?.finished(this.#clock.monotonicMs() - item.sinceMs);
    if (item.dirty) this.#enqueue(item);
    else this.#items.delete(item.key);
    if (this.#processing.size === 0 && this.length === 0)
      for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Nothing is added any more, and delayed keys are dropped. Keys that are ready are still handed out. */
  shutDown(): void {
    this.#shutDown = true;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#delayed.clear();
    this.#delayedRequests.clear();
    this.#dispatch(Number.POSITIVE_INFINITY);
    for (let getter = this.#getters.shift(); getter !== undefined; getter = this.#getters.shift()) {
      getter(undefined);
    }
  }

  /** As `shutDown`; resolves once no key is ready or with a worker. */
  shutDownWithDrain(): Promise<void> {
    this.shutDown();
    if (this.#processing.size === 0 && this.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  #enqueue(item: Item): void {
    item.sinceMs = this.#clock.monotonicMs();
    this.#ready.put(item, item.nextLane);
    if (this.#getters.length > 0) this.#dispatchSoon();
  }

  /** Not at once: what the present turn of the event loop adds still collapses with it. */
  #dispatchSoon(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    void drainMicrotasks().then(() => this.#dispatch());
  }

  #dispatch(limit = KEYS_A_TURN): void {
    this.#dispatching = false;
    this.#handedOut = 0;
    while (this.#getters.length > 0 && this.length > 0) {
      if (this.#handedOut >= limit) {
        this.#dispatchSoon();
        return;
      }
      const item = this.#ready.take();
      if (item !== undefined) this.#getters.shift()?.(this.#handOut(item));
    }
  }

  #handOut(item: Item): Request {
    const nowMs = this.#clock.monotonicMs();
    this.#observer?.taken(nowMs - item.sinceMs);
    this.#handedOut += item.nextLane === "backlog" ? BACKLOG_WEIGHT : 1;
    item.dirty = false;
    item.processing = true;
    item.sinceMs = nowMs;
    this.#processing.add(item);
    return item.request;
  }

  #setTimer(): void {
    const dueMs = this.#delayed.nextDueMs;
    if (dueMs === undefined || (this.#timer !== undefined && this.#timer.dueMs <= dueMs)) return;
    this.#timer?.timer.cancel();
    const timer = this.#clock.setTimer(dueMs - this.#clock.monotonicMs(), () => this.#addDue());
    this.#timer = { timer, dueMs };
  }

  #addDue(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (let key = this.#delayed.popDue(nowMs); key !== undefined; key = this.#delayed.popDue(nowMs)) {
      const request = this.#delayedRequests.get(key);
      this.#delayedRequests.delete(key);
      if (request !== undefined) this.#add(request, "live");
    }
    this.#setTimer();
  }
}
