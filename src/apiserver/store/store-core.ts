/**
 * The order of writes: conditions, revisions, group commit, publication. See `store.ts` for what is guaranteed.
 *
 * A write goes through three states. *Accepted*: its condition held against the newest state, it has a revision, and
 * later writes are judged against it; it cannot be read. *Durable*: the persistence has it. *Visible*: it is part
 * of what is read and watched, and its promise resolves. Writes that are accepted while a commit is under way go
 * into the next one together.
 */
import type { Logger } from "pino";
import {
  assert,
  defined,
  drainMicrotasks,
  err,
  type Kernel,
  ok,
  type Result,
  type Timer,
  Waiters,
} from "../../kernel/index.ts";
import type { History } from "./history.ts";
import { defaultObjectBytes, ObjectBudget } from "./object-budget.ts";
import { type LoggedChange, type Persistence, TemporaryFault } from "./persistence.ts";
import type {
  Compacted,
  ListOptions,
  ListResult,
  ObjectAddress,
  StorageKind,
  Store,
  StoreChange,
  StoredObject,
  Subscription,
  WatchOptions,
  Write,
  WriteConflict,
} from "./store.ts";
import { StoreFailedError } from "./store.ts";
import { StoredState } from "./stored-state.ts";

export interface StoreCoreOptions {
  readonly kernel: Pick<Kernel, "clock">;
  readonly persistence: Persistence;
  /** What the store starts from. It belongs to the store from now on. */
  readonly history: History;
  /** What the objects may take together, in bytes of memory. Default: half of the heap (`object-budget.ts`). */
  readonly maxObjectBytes?: number;
  /** Called when writes stop, and when they resume. */
  readonly logger?: Pick<Logger, "info" | "error">;
}

type Deferred = PromiseWithResolvers<void>;

interface Accepted extends LoggedChange {
  readonly settle: () => void;
  readonly reject: (error: Error) => void;
}

export class StoreCore implements Store {
  readonly #kernel: Pick<Kernel, "clock">;
  readonly #persistence: Persistence;
  readonly #history: History;
  readonly #logger: Pick<Logger, "info" | "error"> | undefined;
  readonly #waiters = new Waiters();
  /** Of the newest accepted states. */
  readonly #budget: ObjectBudget;
  /** Accepted, and not yet handed to the persistence. */
  #queue: Accepted[] = [];
  /** Calls of `compact` that wait for the next commit. */
  #compactions: Deferred[] = [];
  /** The newest accepted, not yet visible change of an object, by {@link addressKey}. */
  readonly #pending = new Map<string, StoreChange>();
  /** Of the newest accepted write. */
  #acceptedRevision: number;
  #pump: Promise<void> | undefined;
  #failure: StoreFailedError | undefined;
  #probeTimer: Timer | undefined;
  #probing: Promise<void> | undefined;
  #closing: StoreFailedError | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: StoreCoreOptions) {
    this.#kernel = options.kernel;
    this.#persistence = options.persistence;
    this.#history = options.history;
    this.#logger = options.logger;
    this.#acceptedRevision = this.#history.revision;
    this.#budget = new ObjectBudget(options.maxObjectBytes ?? defaultObjectBytes());
    this.#budget.reset(this.#history.objects());
  }

  get revision(): number {
    return this.#history.revision;
  }

  get oldestRevision(): number {
    return this.#history.oldestRevision;
  }

  get failure(): StoreFailedError | undefined {
    return this.#failure ?? this.#closing;
  }

  get(address: ObjectAddress): StoredObject | undefined {
    return this.#history.get(address);
  }

  list(kind: StorageKind, options: ListOptions): Result<ListResult, Compacted> {
    return this.#history.list(kind, options);
  }

  count(kind: StorageKind, namespace?: string): number {
    return this.#history.count(kind, namespace);
  }

  kinds(): readonly StorageKind[] {
    return this.#history.kinds();
  }

  watch(kind: StorageKind, options: WatchOptions): Result<Subscription, Compacted> {
    return this.#history.watch(kind, options);
  }

  waitForRevision(revision: number, signal?: AbortSignal): Promise<void> {
    if (revision <= this.revision) return Promise.resolve();
    if (this.#failure !== undefined || (this.#closing !== undefined && this.#pump === undefined)) {
      return Promise.reject(this.failure);
    }
    return this.#waiters.wait(() => revision <= this.revision, signal);
  }

  write(write: Write): Promise<Result<StoredObject, WriteConflict>> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const key = addressKey(write);
    const pending = this.#pending.get(key);
    const newest = pending === undefined ? this.get(write) : stateAfter(pending);
    if (
      (newest?.revision ?? 0) !== write.expectedRevision ||
      (write.do === "delete" && newest === undefined)
    ) {
      return this.#conflict(newest, pending);
    }
    let change: StoreChange;
    try {
      change = changeOf(write, this.#acceptedRevision + 1, newest);
      this.#budget.admit(change);
    } catch (error) {
      return Promise.reject(error);
    }
    // Only now that the change exists, text included: the log has no gaps.
    this.#acceptedRevision = change.revision;
    const written = change.type === "put" ? change.current : change.final;
    this.#pending.set(key, change);
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (this.#pending.get(key) === change) this.#pending.delete(key);
        resolve(ok(written));
      };
      this.#queue.push({ change, atMs: this.#kernel.clock.now(), settle, reject });
      this.#pump ??= this.#commitAll();
    });
  }

  compact(revision: number): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.#history.compact(revision);
    const committed = Promise.withResolvers<void>();
    this.#compactions.push(committed);
    this.#pump ??= this.#commitAll();
    return committed.promise;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing = new StoreFailedError("The store is closed.", undefined);
    this.#probeTimer?.cancel();
    await this.#pump;
    await this.#probing;
    this.#waiters.rejectAll(this.#closing);
    this.#history.endWatches();
    await this.#persistence.close();
  }

  /** One that lost against a write under way learns so when that write is visible, and not before. */
  async #conflict(
    newest: StoredObject | undefined,
    pending: StoreChange | undefined,
  ): Promise<Result<StoredObject, WriteConflict>> {
    if (pending !== undefined) await this.waitForRevision(pending.revision);
    return err({ reason: "conflict", ...defined({ current: newest }) });
  }

  /**
   * Each batch is what queued up while the last one was committed, and what else this turn of the event loop brings:
   * fewer and larger batches cost the disk, and those who watch, less than they make a write wait.
   */
  async #commitAll(): Promise<void> {
    while (this.#queue.length > 0 || this.#compactions.length > 0) {
      await drainMicrotasks();
      const batch = this.#queue;
      const compactions = this.#compactions;
      this.#queue = [];
      this.#compactions = [];
      await this.#commitBatch(batch, compactions);
    }
    this.#pump = undefined;
  }

  async #commitBatch(batch: readonly Accepted[], compactions: readonly Deferred[]): Promise<void> {
    const waiting = () => [...batch, ...this.#queue, ...compactions, ...this.#compactions];
    try {
      assertFollows(batch, this.revision);
      await this.#persistence.commit(batch, this.#history.oldestRevision);
    } catch (cause) {
      this.#fail(cause, waiting());
      return;
    }
    try {
      for (const accepted of batch) {
        this.#history.publish(accepted);
        accepted.settle();
      }
    } catch (cause) {
      // It is durable, and cannot be shown: what is in memory is no longer what is in the file.
      this.#fail(cause, waiting());
      return;
    }
    for (const compaction of compactions) compaction.resolve();
    this.#waiters.check();
  }

  /** Rejects all that wait. What was settled before does not mind. */
  #fail(cause: unknown, losers: readonly Pick<Deferred, "reject">[]): void {
    const isTemporary = cause instanceof TemporaryFault;
    this.#failure = failureOf(cause, isTemporary);
    for (const loser of losers) loser.reject(this.#failure);
    this.#queue = [];
    this.#compactions = [];
    this.#pending.clear();
    this.#acceptedRevision = this.revision;
    this.#budget.reset(this.#history.objects());
    this.#waiters.rejectAll(this.#failure);
    this.#log("error", { err: cause }, this.#failure.message);
    if (isTemporary) this.#probeLater();
  }

  /** A log that cannot be written to, on the same full disk perhaps, must not end the work that it logs. */
  #log(level: "info" | "error", fields: object, message: string): void {
    try {
      this.#logger?.[level](fields, message);
    } catch {}
  }

  #probeLater(): void {
    const probe = () => {
      this.#probing = this.#probe();
    };
    if (this.#closing === undefined)
      this.#probeTimer = this.#kernel.clock.setTimer(PROBE_INTERVAL_MS, probe, true);
  }

  async #probe(): Promise<void> {
    if (this.#closing !== undefined) return;
    try {
      await this.#persistence.probe?.(this.oldestRevision);
    } catch (cause) {
      const isTemporary = cause instanceof TemporaryFault;
      this.#failure = failureOf(cause, isTemporary);
      if (isTemporary) this.#probeLater();
      else this.#log("error", { err: cause }, this.#failure.message);
      return;
    }
    this.#failure = undefined;
    this.#log("info", { revision: this.revision }, "the store takes writes again");
  }
}

/** How often it is looked whether there is room again. */
const PROBE_INTERVAL_MS = 1000;

function failureOf(cause: unknown, isTemporary: boolean): StoreFailedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const sentence = isTemporary
    ? `The store is read-only for now: ${reason}. Reads go on, and writes do as soon as that is cured; what was not acknowledged was not kept.`
    : `The store takes no more writes: ${reason}. Cure that and restart; reads go on.`;
  return new StoreFailedError(sentence, cause, isTemporary);
}

function assertFollows(batch: readonly LoggedChange[], newest: number): void {
  for (const [at, { change }] of batch.entries())
    assert(change.revision === newest + 1 + at, "a batch follows on what is visible, without gaps", {
      revision: change.revision,
      newest,
      at,
    });
}

function addressKey(address: ObjectAddress): string {
  return `${address.kind}\0${address.namespace}\0${address.name}`;
}

function stateAfter(change: StoreChange): StoredObject | undefined {
  return change.type === "put" ? change.current : undefined;
}

function changeOf(write: Write, revision: number, newest: StoredObject | undefined): StoreChange {
  if (write.do === "put") {
    const current = StoredState.ofObject(write, revision, newest?.createRevision ?? revision, write.object);
    return { type: "put", revision, current, ...defined({ previous: newest }) };
  }
  const previous = newest as StoredObject;
  return { type: "delete", revision, previous, final: StoredState.ofDeleted(previous, revision) };
}
