/**
 * Puts the stages together: one informer a kind, shared by all; controllers on top; one leader at most.
 *
 * Start: caches are synced, then this process becomes the leader, then controllers work. Stop is the reverse, and lets
 * what is under way end. Queues fill from the beginning, so a replica that waits for the lease is warm when it gets it.
 */
import type { KubeClient } from "../client/index.ts";
import { defined, InvariantError, type Kernel, type Timer } from "../kernel/index.ts";
import type { KubeObject, Resource } from "../kube/index.ts";
import { type IndexDefinition, resourceKey, WaitRegistry } from "./cache/index.ts";
import {
  type ControllerDefinition,
  type ControllerHandle,
  DEFAULT_CONCURRENCY,
  DEFAULT_RECONCILE_TIMEOUT_MS,
  FIRST_CONCURRENCY,
  MAX_CONCURRENCY,
} from "./controller.ts";
import { EventRecorder, type EventRecorderLimits } from "./event-recorder.ts";
import type { CacheDelta, CacheReader, EventNote, Request, SignalWaitKey } from "./flow.ts";
import { type DeltaHandler, Informer } from "./informer.ts";
import { type LeaderElectionOptions, LeaderElector } from "./leader-election.ts";
import type { Logger } from "./logger.ts";
import type { RuntimeMetrics } from "./metrics.ts";
import { WorkQueue } from "./queue/index.ts";
import { ConcurrencyLimit, Workers } from "./reconcile/index.ts";
import { runRoutes } from "./route/index.ts";
import { Executor } from "./write/index.ts";

export interface ManagerOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  /** All indexes of all kinds (PS-09). */
  readonly indexes: readonly IndexDefinition[];
  /** Names the component in Events. */
  readonly eventSource: string;
  /** Field manager under which the API server records the writes of this process (`managedFields`). Default: that of the client. */
  readonly fieldManager?: string;
  /** Of which objects the caches keep `managedFields`, half of many an object. Default: of none. */
  readonly keepsManagedFields?: (object: KubeObject) => boolean;
  /** Watches these namespaces only. Default: all. */
  readonly namespaces?: readonly string[];
  /** Default: none, this process works at once. */
  readonly leaderElection?: LeaderElectionOptions;
  readonly eventLimits?: EventRecorderLimits;
  /** Objects a page of a list. */
  readonly pageSize?: number;
  /** A watch on which nothing came for so long is replaced. */
  readonly idleTimeoutMs?: number;
  /** How long a key waits for the watch to show its own last write. Default 10,000. */
  readonly catchUpMs?: number;
  /** How long `stop` waits for what is under way before it aborts it. Default 30,000. */
  readonly stopTimeoutMs?: number;
  /**
   * The process must end: an invariant is broken, or the lease is lost (the manager has stopped writing by then).
   * Called once.
   */
  readonly onFatal?: (error: Error) => void;
}

export interface Manager {
  /** The cache of a kind. Asking for it before `start` makes the manager watch that kind. */
  cache<T extends KubeObject>(resource: Resource<T>): CacheReader<T>;
  /** Passes every change to a derived view, the first list included, after the cache changed and before any route runs. */
  onDelta<T extends KubeObject>(resource: Resource<T>, handler: (delta: CacheDelta<T>) => void): void;
  /** Wakes the blocked requests that wait for this signal, the longest waiting first; at most so many. */
  raise(key: SignalWaitKey, atMost?: number): void;
  /** Whether any blocked request waits for this signal, with whatever value: if none does, raising it is in vain. */
  awaited(signal: string): boolean;
  add(definition: ControllerDefinition): ControllerHandle;
  /** Records a Kubernetes Event, best effort. Controllers use the `emit` action instead. */
  emit(event: EventNote): void;
  /** Resolves when all controllers work; rejects when the signal aborts first. An abort later stops the manager. */
  start(signal?: AbortSignal): Promise<void>;
  /** Stops in reverse order, and resolves when nothing of it runs any more. */
  stop(): Promise<void>;
  /** All caches are synced. */
  ready(): boolean;
  /** Nothing fatal has happened. */
  healthy(): boolean;
  /** Whether this process may write: it is the leader, or there is no election. */
  isLeader(): boolean;
}

/** The lease is lost. Another process may be the leader by now. */
export class LeadershipLostError extends Error {
  constructor() {
    super("this process lost the leader lease; it must end, so that only one works");
    this.name = "LeadershipLostError";
  }
}

const DEFAULT_CATCH_UP_MS = 10_000;
const DEFAULT_STOP_TIMEOUT_MS = 30_000;

export function createManager(options: ManagerOptions): Manager {
  return new RuntimeManager(options);
}

interface Controller {
  readonly queue: WorkQueue;
  readonly workers: Workers;
}

type Phase = "new" | "starting" | "running" | "stopping" | "stopped";

class RuntimeManager implements Manager {
  readonly #options: ManagerOptions;
  readonly #informers = new Map<string, Informer>();
  readonly #controllers = new Map<string, Controller>();
  readonly #waits: WaitRegistry;
  readonly #recorder: EventRecorder;
  readonly #executor: Executor;
  readonly #limit: ConcurrencyLimit;
  readonly #elector: LeaderElector | undefined;
  readonly #informersAbort = new AbortController();
  readonly #startAbort = new AbortController();
  #informersDone: Promise<unknown> = Promise.resolve();
  #phase: Phase = "new";
  #stopped: Promise<void> | undefined;
  #fatal = false;

  constructor(options: ManagerOptions) {
    const { client, kernel, logger, metrics, leaderElection, eventSource, eventLimits, fieldManager } =
      options;
    this.#options = options;
    const caches = (resource: Resource) => this.#informers.get(resourceKey(resource))?.cache;
    this.#waits = new WaitRegistry(caches);
    this.#recorder = new EventRecorder({
      client,
      kernel,
      logger,
      metrics,
      component: eventSource,
      isBusy: () => this.#isBusy(),
      ...eventLimits,
    });
    this.#limit = new ConcurrencyLimit({ least: FIRST_CONCURRENCY, most: MAX_CONCURRENCY });
    metrics.watchLimit(() => this.#limit.current);
    this.#executor = new Executor({
      client,
      kernel,
      caches,
      fieldManager,
      enqueue: (name, request) => this.#enqueue(name, request),
      emit: (event) => this.emit(event),
      raise: (key, atMost) => this.raise(key, atMost),
      onAnswer: (tookMs, isRefused) => {
        if (isRefused) this.#limit.refused();
        else this.#limit.answered(tookMs);
      },
      mayWrite: () => this.isLeader(),
    });
    if (leaderElection === undefined) return;
    this.#elector = new LeaderElector({
      ...leaderElection,
      client,
      kernel,
      logger,
      onLost: () => this.#loseLeadership(),
      onStatus: (isLeader) => metrics.setLeader(leaderElection.name, isLeader),
    });
  }

  cache<T extends KubeObject>(resource: Resource<T>): CacheReader<T> {
    return this.#informer(resource).cache as unknown as CacheReader<T>;
  }

  onDelta<T extends KubeObject>(resource: Resource<T>, handler: (delta: CacheDelta<T>) => void): void {
    this.#informer(resource).addView(handler as DeltaHandler);
  }

  raise(key: SignalWaitKey, atMost?: number): void {
    this.#waits.raise(key, atMost);
  }

  awaited(signal: string): boolean {
    return this.#waits.awaited(signal);
  }

  emit(event: EventNote): void {
    this.#recorder.emit(event);
  }

  add(definition: ControllerDefinition): ControllerHandle {
    const { name, routes } = definition;
    if (this.#phase !== "new")
      throw new InvariantError(`controller ${name} was added after the manager had started`);
    if (this.#controllers.has(name)) throw new InvariantError(`there are two controllers named ${name}`);
    const controller = this.#buildController(definition);
    this.#controllers.set(name, controller);
    for (const [informer, rows] of Map.groupBy(routes, (route) => this.#informer(route.resource))) {
      informer.addRouter((delta) =>
        runRoutes(rows, delta, {
          enqueue: (request) =>
            delta.origin === "list" ? controller.queue.addBacklog(request) : controller.queue.add(request),
          onError: (route, { type }, error) =>
            this.#options.logger.error(
              { controller: name, kind: route.resource.kind, delta: type, err: error },
              "A route threw; the change was not enqueued",
            ),
        }),
      );
    }
    return { name, enqueue: (request) => controller.queue.add(request) };
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#phase !== "new") throw new InvariantError("a manager starts once");
    this.#phase = "starting";
    if (signal?.aborted) throw signal.reason;
    signal?.addEventListener("abort", () => void this.stop(), { once: true });
    const informers = [...this.#informers.values()];
    this.#informersDone = Promise.all(informers.map((informer) => informer.run(this.#informersAbort.signal)));
    const abort = this.#startAbort.signal;
    await Promise.all(informers.map(({ cache }) => cache.waitUntil(() => cache.synced, abort)));
    this.#options.logger.info(
      { kinds: informers.map(({ resource }) => resource.kind) },
      "All caches are synced",
    );
    await this.#elector?.acquire(abort);
    if (abort.aborted) throw abort.reason;
    for (const { workers } of this.#controllers.values()) workers.start();
    this.#phase = "running";
    this.#options.logger.info({ controllers: [...this.#controllers.keys()] }, "All controllers work");
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  ready(): boolean {
    if (this.#phase !== "starting" && this.#phase !== "running") return false;
    return [...this.#informers.values()].every(({ cache }) => cache.synced);
  }

  healthy(): boolean {
    return !this.#fatal;
  }

  isLeader(): boolean {
    return this.#elector?.isLeader() ?? true;
  }

  /** Keys wait for a worker. */
  #isBusy(): boolean {
    if (this.#phase !== "running") return false;
    for (const { queue } of this.#controllers.values()) if (queue.length > 0) return true;
    return false;
  }

  async #stop(): Promise<void> {
    const wasRunning = this.#phase === "running";
    this.#phase = "stopping";
    this.#startAbort.abort(new Error("the manager was stopped"));
    if (wasRunning) await this.#stopControllers();
    await this.#recorder.stop();
    await this.#elector?.stop();
    this.#informersAbort.abort(new Error("the manager was stopped"));
    await this.#informersDone;
    this.#phase = "stopped";
    this.#options.logger.info("The manager has stopped");
  }

  async #stopControllers(): Promise<void> {
    const { kernel, stopTimeoutMs = DEFAULT_STOP_TIMEOUT_MS } = this.#options;
    const timer: Timer = kernel.clock.setTimer(stopTimeoutMs, () =>
      this.#abortControllers(new Error(`work in progress did not end within ${stopTimeoutMs} ms`)),
    );
    await Promise.all([...this.#controllers.values()].map(({ workers }) => workers.stop()));
    timer.cancel();
  }

  #abortControllers(reason: Error): void {
    for (const { workers } of this.#controllers.values()) workers.abort(reason);
  }

  /** At once, and before anything asynchronous: whatever is under way is aborted, and nothing new is sent. */
  #loseLeadership(): void {
    const error = new LeadershipLostError();
    this.#abortControllers(error);
    void this.stop();
    this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.#fatal) return;
    this.#fatal = true;
    const { logger, onFatal } = this.#options;
    logger.fatal({ err: error }, "The process cannot continue");
    onFatal?.(error instanceof Error ? error : new Error(String(error)));
  }

  #enqueue(name: string, request: Request): void {
    const controller = this.#controllers.get(name);
    if (controller === undefined)
      throw new InvariantError(`an enqueue action names the controller ${name}, which is not there`);
    controller.queue.add(request);
  }

  #informer<T extends KubeObject>(resource: Resource<T>): Informer {
    const key = resourceKey(resource);
    const known = this.#informers.get(key);
    if (known !== undefined) return known;
    if (this.#phase !== "new") {
      throw new InvariantError(
        `${resource.kind} was asked for after the manager had started, and is not watched`,
      );
    }
    const { client, kernel, logger, indexes, namespaces = [], pageSize, idleTimeoutMs } = this.#options;
    const { keepsManagedFields } = this.#options;
    const informer = new Informer({
      client,
      kernel,
      logger,
      resource: resource as Resource,
      indexes,
      namespaces,
      waits: this.#waits,
      pageSize,
      idleTimeoutMs,
      keepsManagedFields,
      onFatal: (error) => {
        if (error instanceof InvariantError) this.#fail(error);
      },
    });
    this.#informers.set(key, informer);
    return informer;
  }

  #buildController(definition: ControllerDefinition): Controller {
    const { name, reconcile, observer, limiter, onStart, onResult, groupOf, gatherMs } = definition;
    const {
      client,
      kernel,
      logger,
      metrics: runtimeMetrics,
      catchUpMs = DEFAULT_CATCH_UP_MS,
    } = this.#options;
    const { concurrency = DEFAULT_CONCURRENCY, timeoutMs = DEFAULT_RECONCILE_TIMEOUT_MS } = definition;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(
        `controller ${name}: concurrency must be a whole number of at least 1, not ${concurrency}`,
      );
    }
    const metrics = runtimeMetrics.forController(name, concurrency);
    const queue = new WorkQueue({
      clock: kernel.clock,
      observer: metrics.queue,
      groupOf,
      gatherMs,
      ...defined({ limiter }),
    });
    runtimeMetrics.watchQueue(name, queue);
    const workers = new Workers({
      controller: name,
      reconcile,
      observer,
      onStart,
      onResult,
      queue,
      metrics,
      concurrency,
      limit: this.#limit,
      timeoutMs,
      client,
      kernel,
      logger,
      catchUpMs,
      executor: this.#executor,
      waits: this.#waits,
      caches: (resource) => this.#informers.get(resourceKey(resource))?.cache,
      onFatal: (error) => this.#fail(error),
    });
    return { queue, workers };
  }
}
