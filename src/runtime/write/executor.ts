/**
 * Carries actions out: the only place that changes anything in the API, and so the complete list of places where a
 * crash can fall between two writes.
 *
 * What it guarantees:
 *
 * 1. Actions run in order. The first that does not end in `done` is the last.
 * 2. A write about a state (`of`) is conditional on its uid and resourceVersion. Later actions of the same decision
 *    about the same state are conditional on what the earlier ones made of it.
 * 3. A write whose answer is lost is settled by reading. `unknown` is what no read could settle in time.
 * 4. Nothing is sent once `mayWrite` returns false (the lease may have passed to another).
 */
import { ApiError, type KubeClient, type ObjectName } from "../../client/index.ts";
import { backOffMs, defined, type Kernel, sleep, unreachable } from "../../kernel/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import type { CacheLookup } from "../cache/index.ts";
import type { Action, EventNote, Request, SignalWaitKey, WriteObserver, WriteOutcome } from "../flow.ts";
import { isWrite, outcomeOf, type WriteAction } from "./outcome.ts";
import { type PendingView, viewOfDeleted, viewOfWritten } from "./own-revisions.ts";
import { settle } from "./settle.ts";

export interface ExecutorOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly caches: CacheLookup;
  /** Default: that of the client. */
  readonly fieldManager?: string | undefined;
  /** Puts a request into the queue of the controller of that name. */
  readonly enqueue: (controller: string, request: Request) => void;
  readonly emit: (event: EventNote) => void;
  /** Wakes those who wait for a signal. */
  readonly raise: (key: SignalWaitKey, atMost?: number) => void;
  /** Called with how long a write took, and whether the server refused it because it has too many requests. */
  readonly onAnswer?: (tookMs: number, isRefused: boolean) => void;
  /** Whether this process may still write. Default: always. */
  readonly mayWrite?: () => boolean;
}

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  readonly observer?: WriteObserver | undefined;
}

export interface Execution {
  /** The action at which it stopped. Absent: all are done. */
  readonly failed?: { readonly action: Action; readonly outcome: Exclude<WriteOutcome, { result: "done" }> };
  /** What was written, as the caches will show it. */
  readonly views: readonly PendingView[];
}

/** How often a write is sent at most, when reads show that it was not carried out. */
const MAX_SENDS = 3;
const FIRST_RESEND_DELAY_MS = 100;
const TOO_MANY = 429;

export class Executor {
  readonly #options: ExecutorOptions;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Never rejects because of an API error. Runs its first turn, with all of `beforeWrite`, synchronously. */
  async execute(actions: readonly Action[], options: ExecuteOptions): Promise<Execution> {
    const { observer } = options;
    for (const action of actions) if (isWrite(action)) observer?.beforeWrite(action);
    const views: PendingView[] = [];
    const chain = new WriteChain();
    let failed: Execution["failed"];
    for (const action of actions) {
      if (failed !== undefined) {
        const error = new Error(
          `not sent, because the ${failed.action.do} before it ended with ${failed.outcome.result}`,
        );
        if (isWrite(action)) observer?.afterWrite(action, { result: "not-sent", error });
        continue;
      }
      const outcome = await this.#run(action, chain, options.signal);
      if (isWrite(action)) {
        observer?.afterWrite(action, outcome);
        if (outcome.result === "done") views.push(...this.#views(action, outcome.object));
      }
      if (outcome.result !== "done") failed = { action, outcome };
    }
    return failed === undefined ? { views } : { failed, views };
  }

  async #run(action: Action, chain: WriteChain, signal: AbortSignal): Promise<WriteOutcome> {
    switch (action.do) {
      case "enqueue":
        this.#options.enqueue(action.controller, action.request);
        return { result: "done" };
      case "raise":
        for (const key of action.keys) this.#options.raise(key, action.atMost);
        return { result: "done" };
      case "emit":
        this.#options.emit(action.event);
        return { result: "done" };
      case "confirm-gone":
        return this.#confirmGone(action, signal);
      case "confirm-there":
        return this.#confirmThere(action, signal);
      default: {
        const outcome = await this.#write(chain.follow(action), signal);
        if (outcome.result === "done") chain.record(action, outcome.object);
        return outcome;
      }
    }
  }

  /** Sends it, and settles it by reading when no answer came. */
  async #write(action: WriteAction, signal: AbortSignal): Promise<WriteOutcome> {
    const { client, kernel, onAnswer, mayWrite = () => true } = this.#options;
    for (let sends = 1; ; sends++) {
      if (!mayWrite()) {
        return {
          result: "not-sent",
          error: new Error("not sent, because this process is no longer the leader"),
        };
      }
      let outcome: WriteOutcome;
      const sentMs = kernel.clock.monotonicMs();
      try {
        const object = await this.#send(action, signal);
        onAnswer?.(kernel.clock.monotonicMs() - sentMs, false);
        return object === undefined ? { result: "done" } : { result: "done", object };
      } catch (error) {
        outcome = outcomeOf(error);
        if (error instanceof ApiError)
          onAnswer?.(kernel.clock.monotonicMs() - sentMs, error.code === TOO_MANY);
      }
      if (outcome.result !== "unknown") return outcome;
      const settled = await settle(action, { client, kernel, signal });
      if (settled === undefined) return outcome;
      if (settled !== "not-carried-out") return settled;
      if (sends === MAX_SENDS) return outcome;
      try {
        await sleep(kernel.clock, backOffMs(sends - 1, { firstMs: FIRST_RESEND_DELAY_MS }), signal);
      } catch {
        return outcome;
      }
    }
  }

  async #send(action: WriteAction, signal: AbortSignal): Promise<KubeObject | undefined> {
    const { client, fieldManager } = this.#options;
    const once = { signal, retry: false };
    const options = fieldManager === undefined ? once : { ...once, fieldManager };
    switch (action.do) {
      case "create":
        return client.create(action.resource, action.object, options);
      case "patch":
        return client.patch(
          action.resource,
          nameOf(action.of),
          "merge",
          conditional(action.patch, action.of),
          options,
        );
      case "patch-status": {
        const body = conditional({ status: action.status }, action.of);
        return client.patch(action.resource, nameOf(action.of), "merge", body, {
          ...options,
          subresource: "status",
        });
      }
      case "delete": {
        const { uid, resourceVersion } = action.of.metadata;
        await client.delete(action.resource, nameOf(action.of), {
          ...once,
          ...defined({ uid, resourceVersion }),
        });
        return undefined;
      }
      default:
        return unreachable(action);
    }
  }

  async #confirmGone(
    action: Extract<Action, { do: "confirm-gone" }>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const { resource, namespace, name, uid } = action;
    try {
      const live = await this.#options.client.get(resource, { namespace, name }, { signal, retry: false });
      if (uid !== undefined && live.metadata.uid !== uid) return { result: "done" };
      const message = `${resource.kind} ${namespace}/${name} still exists`;
      return { result: "conflict", error: new ApiError(409, { reason: "Conflict", message }) };
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome.result === "gone") return { result: "done" };
      // Nothing was written, so nothing can be unknown about it.
      return outcome.result === "unknown" ? { result: "not-sent", error: outcome.error } : outcome;
    }
  }

  async #confirmThere(
    { resource, of, unchanged }: Extract<Action, { do: "confirm-there" }>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    try {
      const { metadata } = await this.#options.client.get(resource, nameOf(of), { signal, retry: false });
      const isSame = metadata.uid === of.metadata.uid;
      if (isSame && (unchanged !== true || metadata.resourceVersion === of.metadata.resourceVersion))
        return { result: "done" };
      const message = `${resource.kind} ${of.metadata.namespace}/${of.metadata.name} was changed`;
      return { result: "conflict", error: new ApiError(409, { reason: "Conflict", message }) };
    } catch (error) {
      const outcome = outcomeOf(error);
      // Nothing was written, so nothing can be unknown about it.
      return outcome.result === "unknown" ? { result: "not-sent", error: outcome.error } : outcome;
    }
  }

  #views(action: WriteAction, written: KubeObject | undefined): readonly PendingView[] {
    const cache = this.#options.caches(action.resource);
    if (cache === undefined) return [];
    const view =
      action.do === "delete" ? viewOfDeleted(cache, action.of) : written && viewOfWritten(cache, written);
    return view === undefined ? [] : [view];
  }
}

/** Follows the revisions of objects that one decision writes more than once. */
class WriteChain {
  /** uid → the state that the last write about it left. */
  readonly #latest = new Map<string, KubeObject>();

  follow(action: WriteAction): WriteAction {
    if (action.do === "create") return action;
    const latest = this.#latest.get(action.of.metadata.uid ?? "");
    return latest === undefined ? action : { ...action, of: latest };
  }

  record(action: WriteAction, written: KubeObject | undefined): void {
    if (action.do === "create" || written?.metadata.uid === undefined) return;
    if (written.metadata.uid === action.of.metadata.uid) this.#latest.set(written.metadata.uid, written);
  }
}

function nameOf(object: KubeObject): ObjectName {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

/** A merge patch that is refused with 409 unless the object is still `of` (PS-06). */
function conditional(patch: object, of: KubeObject): object {
  const { metadata } = patch as { readonly metadata?: object };
  const { uid, resourceVersion } = of.metadata;
  return { ...patch, metadata: { ...metadata, uid, resourceVersion } };
}
