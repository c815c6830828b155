/**
 * The workers of one controller: they take keys from the queue, at most `concurrency` at a time and as many as `limit`
 * allows, and put each back as its end demands.
 *
 * What they guarantee:
 *
 * 1. A key is with one worker at a time (the queue's promise), and a failure of one key touches no other.
 * 2. A reconcile that throws is a failure like any other: logged with its stack, requeued rate-limited (RQ-10.6).
 *    A broken invariant goes to `onFatal` as well.
 * 3. A reconcile ends after `timeoutMs`: its signal aborts, which reaches every request it makes (RQ-12).
 */
import { retryAfterOf } from "../../client/index.ts";
import { defined, InvariantError, type Kernel } from "../../kernel/index.ts";
import { DeadlineError } from "../deadline.ts";
import { type Decision, keyOf, type Request } from "../flow.ts";
import type { Logger } from "../logger.ts";
import type { ControllerMetrics, ReconcileResultLabel } from "../metrics.ts";
import type { WorkQueue } from "../queue/index.ts";
import { type AttemptOptions, type AttemptResult, attempt } from "./attempt.ts";
import type { ConcurrencyLimit } from "./concurrency-limit.ts";
import { OwnWrites } from "./own-writes.ts";

/** How one reconcile ended. Without `decision`, `reconcile` threw. */
export interface ReconcileReport {
  readonly request: Request;
  readonly decision?: Decision;
  readonly error?: Error;
  readonly durationMs: number;
}

export interface WorkersOptions extends Omit<AttemptOptions, "wake"> {
  readonly queue: WorkQueue;
  readonly metrics: ControllerMetrics;
  readonly logger: Logger;
  readonly concurrency: number;
  /** Of all controllers together: what the API server bears. */
  readonly limit: ConcurrencyLimit;
  readonly timeoutMs: number;
  readonly onStart?: ((request: Request) => void) | undefined;
  readonly onResult?: ((report: ReconcileReport) => void) | undefined;
  readonly onFatal: (error: Error) => void;
}

export class Workers {
  readonly #options: WorkersOptions;
  readonly #ownWrites: OwnWrites;
  readonly #attemptOptions: AttemptOptions;
  readonly #kernel: Kernel;
  /** One for each reconcile that is under way: one signal for all would pay for all whenever one begins or ends. */
  readonly #underWay = new Set<AbortController>();
  /** Each takes one key after another. */
  readonly #running = new Set<Promise<void>>();
  #stopping = false;

  constructor(options: WorkersOptions) {
    const { queue, kernel, logger, controller } = options;
    this.#options = options;
    this.#kernel = kernel;
    this.#attemptOptions = { ...options, wake: (request) => queue.add(request) };
    this.#ownWrites = new OwnWrites({
      clock: kernel.clock,
      limitMs: options.catchUpMs,
      requeue: (request) => queue.add(request),
      onLate: ({ namespace, name }) =>
        logger.warn(
          { controller, namespace, name },
          "The watch has not shown the last write of this key; continuing without it",
        ),
    });
  }

  start(): void {
    this.#fill();
  }

  /** Takes no more keys; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#options.queue.shutDown();
    await Promise.all(this.#running);
    this.#ownWrites.stop();
  }

  /** Aborts what is under way. */
  abort(reason: Error): void {
    this.#stopping = true;
    for (const controller of this.#underWay) controller.abort(reason);
  }

  /** How many may run now. */
  get #width(): number {
    const { concurrency, limit } = this.#options;
    return Math.min(concurrency, limit.current);
  }

  #fill(): void {
    while (!this.#stopping && this.#running.size < this.#width) {
      const worker = this.#work().finally(() => this.#running.delete(worker));
      this.#running.add(worker);
    }
  }

  async #work(): Promise<void> {
    const { queue, concurrency, limit } = this.#options;
    while (!this.#stopping && this.#running.size <= this.#width) {
      const request = await queue.get();
      if (request === undefined) return;
      try {
        if (!this.#stopping && this.#ownWrites.admit(request)) await this.#reconcile(request);
      } finally {
        queue.done(request);
      }
      if (queue.length > 0 && this.#running.size < concurrency) limit.exhausted();
      this.#fill();
    }
  }

  async #reconcile(request: Request): Promise<void> {
    const { metrics, onFatal } = this.#options;
    const { clock } = this.#kernel;
    const startedMs = clock.monotonicMs();
    metrics.started();
    this.#options.onStart?.(request);
    let result: Partial<AttemptResult> & { readonly error?: Error };
    try {
      result = await this.#attempt(request);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      metrics.panicked();
      if (error instanceof InvariantError) onFatal(error);
      result = { error };
    }
    if (result.views !== undefined) this.#ownWrites.record(request, result.views);
    for (let conflicts = result.conflicts ?? 0; conflicts > 0; conflicts--) metrics.conflicted();
    const durationMs = clock.monotonicMs() - startedMs;
    metrics.finished(this.#requeue(request, result), durationMs);
    this.#report({
      request,
      durationMs,
      ...defined({ decision: result.decision, error: result.error }),
    });
  }

  async #attempt(request: Request): Promise<AttemptResult> {
    const { timeoutMs, controller: name } = this.#options;
    const controller = new AbortController();
    const onTimeout = () =>
      controller.abort(new DeadlineError(`${name}: reconciling ${keyOf(request)}`, timeoutMs));
    const timer = this.#kernel.clock.setTimer(timeoutMs, onTimeout, true);
    this.#underWay.add(controller);
    try {
      return await attempt(request, controller.signal, this.#attemptOptions);
    } finally {
      this.#underWay.delete(controller);
      timer.cancel();
    }
  }

  #requeue(request: Request, { decision, error }: Partial<AttemptResult>): ReconcileResultLabel {
    const { queue } = this.#options;
    if (error !== undefined || decision === undefined) {
      queue.addRateLimited(request, retryAfterOf(error));
      return "error";
    }
    queue.forget(request);
    const afterMs = decision.verdict === "settled" ? undefined : decision.afterMs;
    if (afterMs === undefined) return "success";
    queue.addAfter(request, afterMs);
    return "requeue_after";
  }

  /** One line a decision: quiet where nothing was to be done. */
  #report(report: ReconcileReport): void {
    const { logger, controller, onResult } = this.#options;
    const { request, decision, error, durationMs } = report;
    const level = levelOf(report);
    if (logger.isLevelEnabled(level)) {
      const fields = {
        controller,
        namespace: request.namespace,
        name: request.name,
        reconcileID: this.#kernel.random.uuid(),
        durationMs: Math.round(durationMs),
        ...(decision === undefined
          ? {}
          : { verdict: decision.verdict, actions: decision.actions.map((action) => action.do) }),
      };
      if (error === undefined) logger[level](fields, decision?.message ?? "");
      else logger[level]({ ...fields, decision: decision?.message, err: error }, "Reconciler error");
    }
    try {
      onResult?.(report);
    } catch (thrown) {
      logger.error({ controller, err: thrown }, "The result observer threw");
    }
  }
}

function levelOf({ decision, error }: ReconcileReport): "debug" | "info" | "error" {
  if (error !== undefined || decision === undefined) return "error";
  const isQuiet = decision.actions.every((action) => action.do === "raise");
  return decision.verdict === "settled" && isQuiet ? "debug" : "info";
}
