/**
 * Decides about one request and has the decision carried out; again, on the newer state, when a write met a conflict:
 * at most three attempts, with exponential back-off (PS-12).
 */
import { type Kernel, sleep } from "../../kernel/index.ts";
import type { Waiter, WaitRegistry } from "../cache/index.ts";
import { type Decision, keyOf, type Reconcile, type Request, type WriteObserver } from "../flow.ts";
import {
  type CatchUpOptions,
  catchUp,
  type Execution,
  type Executor,
  type PendingView,
} from "../write/index.ts";

export const MAX_ATTEMPTS = 3;
const FIRST_BACK_OFF_MS = 10;
const BACK_OFF_FACTOR = 5;

export interface AttemptOptions {
  /** Name of the controller. */
  readonly controller: string;
  readonly reconcile: Reconcile;
  readonly executor: Executor;
  readonly waits: WaitRegistry;
  readonly kernel: Kernel;
  readonly client: CatchUpOptions["client"];
  readonly caches: CatchUpOptions["caches"];
  readonly observer?: WriteObserver | undefined;
  /** Called when what blocks the request has changed. */
  readonly wake: (request: Request) => void;
  readonly catchUpMs: number;
}

export interface AttemptResult {
  /** The last decision that was made. */
  readonly decision: Decision;
  /** Why it was not carried out whole. */
  readonly error?: Error;
  /** Decisions that a conflict made void. */
  readonly conflicts: number;
  /** What must be seen before this request is decided on again. */
  readonly views: readonly PendingView[];
}

/** Rejects only when `reconcile` throws. */
export async function attempt(
  request: Request,
  signal: AbortSignal,
  options: AttemptOptions,
): Promise<AttemptResult> {
  const views: PendingView[] = [];
  for (let conflicts = 0; ; conflicts++) {
    // Deciding, waiting and holding happen in one turn: no change can fall between them unnoticed.
    const { decision, execution } = decide(request, signal, options);
    const { failed, views: written } = await execution;
    views.push(...written);
    if (failed === undefined) return { decision, conflicts, views };
    const { outcome } = failed;
    // Nothing is wanted there any more, and the object that was decided about is about to go.
    if (outcome.result === "namespace-gone") return { decision, conflicts, views };
    const retryable =
      outcome.result === "conflict" || outcome.result === "already-exists" || outcome.result === "gone";
    const result = {
      decision,
      error: outcome.error,
      conflicts: retryable ? conflicts + 1 : conflicts,
      views,
    };
    if (!retryable || conflicts + 1 >= MAX_ATTEMPTS) return result;
    try {
      await sleep(options.kernel.clock, backOffMs(conflicts, options.kernel), signal);
      await catchUp(failed.action, {
        client: options.client,
        clock: options.kernel.clock,
        caches: options.caches,
        limitMs: options.catchUpMs,
        signal,
      });
      await Promise.all(views.map(({ cache, holds }) => cache.waitUntil(holds, signal)));
    } catch (error) {
      return { ...result, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}

function decide(
  request: Request,
  signal: AbortSignal,
  options: AttemptOptions,
): { readonly decision: Decision; readonly execution: Promise<Execution> } {
  const id = `${options.controller} ${keyOf(request)}`;
  options.waits.forget(id);
  const decision = options.reconcile(request);
  const waiter: Waiter = { id, wake: () => options.wake(request), writes: "under way" };
  if (decision.verdict === "blocked") options.waits.replace(waiter, decision.until);
  const observer = options.observer && echoing(options.observer, options.waits);
  const execution = options.executor.execute(decision.actions, { signal, observer }).then((result) => {
    options.waits.ended(waiter, result.failed !== undefined);
    return result;
  });
  return { decision, execution };
}

/** What an observer releases after a failed write wakes no waiter whose write failed as well. */
function echoing(observer: WriteObserver, waits: WaitRegistry): WriteObserver {
  return {
    beforeWrite: (action) => observer.beforeWrite(action),
    afterWrite(action, outcome) {
      if (outcome.result === "done") observer.afterWrite(action, outcome);
      else waits.echo(() => observer.afterWrite(action, outcome));
    },
  };
}

/** 10 ms, 50 ms, each up to a tenth longer so that two who met do not meet again. */
function backOffMs(conflicts: number, kernel: Kernel): number {
  return FIRST_BACK_OFF_MS * BACK_OFF_FACTOR ** conflicts * (1 + 0.1 * kernel.random.next());
}
