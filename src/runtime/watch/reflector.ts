/**
 * Keeps a sink true to one kind of an API server, for as long as it runs: lists, watches from there, and goes on
 * after whatever happens to the connection. See `sink.ts` for what it promises, and `reflector-state.ts` for its
 * states.
 *
 * - Lists are consistent reads (no `resourceVersion`), so a relist never shows an older world than the one before.
 * - A watch resumes after the last revision that was delivered. A revision that comes again is dropped, so an event
 *   is neither lost nor repeated.
 * - The server is asked to end each watch after 5 to 10 minutes, which spreads clients over its replicas.
 * - A watch on which nothing comes, not even a bookmark, is given up after `idleTimeoutMs` and resumed. Servers send
 *   bookmarks about once a minute; where they do not, a resumption too many costs one request.
 */
import type { Logger } from "pino";
import { ApiError, type KubeClient, listAll, type RawWatchEvent, retryAfterOf } from "../../client/index.ts";
import { defined, type Kernel, sleep } from "../../kernel/index.ts";
import { compareRevisions, isComparableRevision, type KubeObject, type Resource } from "../../kube/index.ts";
import { reasonOf } from "../logger.ts";
import { BackOff, type BackOffOptions, DEFAULT_BACK_OFF } from "./back-off.ts";
import {
  classifyWatchFailure,
  type ListState,
  type ReflectorState,
  type RetryState,
} from "./reflector-state.ts";
import type { ReflectorSink } from "./sink.ts";
import { Watchdog } from "./watchdog.ts";
import { withoutManagedFields } from "./without-managed-fields.ts";

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, "list" | "watch">;
  readonly resource: Resource<T>;
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly sink: ReflectorSink<T>;
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** Objects a page of the list. Default 500. */
  readonly pageSize?: number;
  /** Default 120 s. */
  readonly idleTimeoutMs?: number;
  /** Least time after which the server shall end a watch; the most is twice that. Default 300 s. */
  readonly watchTimeoutSeconds?: number;
  /** Of which objects `managedFields` is kept. Default: of none. */
  readonly keepsManagedFields?: (object: T) => boolean;
  readonly backOff?: BackOffOptions;
  /**
   * A revision whose state the sink holds already: the first thing is a watch from there, and `replace` comes only when the
   * server no longer has that revision. Default: the first thing is a list.
   */
  readonly resumeFrom?: string;
  /** Called on every state that is entered. */
  readonly onState?: (state: ReflectorState) => void;
}

const DEFAULT_PAGE_SIZE = 500;
const DEFAULT_IDLE_TIMEOUT_MS = 120_000;
const DEFAULT_WATCH_TIMEOUT_SECONDS = 300;
/** A watch that ends sooner and brought nothing is a server in trouble, not one that ends watches. */
const SHORT_WATCH_MS = 1_000;
const KIND_POLL_MS = 2_000;

/** The sink threw. */
class SinkError extends Error {}

export class Reflector<T extends KubeObject = KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #kernel: Kernel;
  readonly #logger: Logger;
  readonly #backOff: BackOff;
  /**
   * Of lists for which the server asked (410). Such an answer comes from a server that is well, often one that is just
   * back: how long it was away does not determine when to list. Only a repeated failure causes a delay.
   */
  readonly #relistBackOff: BackOff;
  #state: ReflectorState = { name: "listing" };
  /** Everything up to here has been delivered. Empty: nothing yet. */
  #resourceVersion = "";
  #kindMissing = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#kernel = options.kernel;
    this.#logger = options.logger;
    this.#backOff = new BackOff(options.backOff ?? DEFAULT_BACK_OFF, options.kernel);
    this.#relistBackOff = new BackOff(options.backOff ?? DEFAULT_BACK_OFF, options.kernel);
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** The last revision delivered; empty before the first list. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  /** Runs until `signal` aborts; only then does it resolve, and by then the sink gets no further calls. */
  async run(signal: AbortSignal): Promise<void> {
    const { resumeFrom } = this.#options;
    let state: ReflectorState = { name: "listing" };
    if (resumeFrom !== undefined) {
      this.#resourceVersion = resumeFrom;
      state = { name: "watching", resourceVersion: resumeFrom };
    }
    while (!signal.aborted && state.name !== "stopped") {
      this.#enter(state);
      state = await this.#step(state, signal);
    }
    this.#enter({ name: "stopped" });
  }

  #enter(state: ReflectorState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }

  /** Does what a state is for; the state that comes next. */
  #step(state: Exclude<ReflectorState, { name: "stopped" }>, signal: AbortSignal): Promise<ReflectorState> {
    switch (state.name) {
      case "listing":
      case "relisting":
        return this.#list(state, signal);
      case "watching":
        return this.#watch(state.resourceVersion, signal);
      case "backing-off":
        return this.#wait(state.delayMs, state.next, signal);
      case "waiting-for-kind":
        return this.#wait(KIND_POLL_MS * (0.5 + this.#kernel.random.next()), state.next, signal);
    }
  }

  async #wait(delayMs: number, next: RetryState, signal: AbortSignal): Promise<ReflectorState> {
    try {
      await sleep(this.#kernel.clock, delayMs, signal);
      return next;
    } catch {
      return { name: "stopped" };
    }
  }

  async #list(state: ListState, signal: AbortSignal): Promise<ReflectorState> {
    const { client, resource, namespace, labelSelector, fieldSelector, pageSize } = this.#options;
    try {
      const options = {
        limit: pageSize ?? DEFAULT_PAGE_SIZE,
        signal,
        retry: false,
        ...defined({ namespace, labelSelector, fieldSelector }),
      };
      const list = await listAll(client, resource, options, (page) => this.#admit(page));
      if (signal.aborted) return { name: "stopped" };
      const { resourceVersion } = list.metadata;
      this.#warnIfWentBack(resourceVersion);
      this.#deliver(() => this.#options.sink.replace(list.items, resourceVersion));
      this.#resourceVersion = resourceVersion;
      if (this.#kindMissing) this.#logger.info("the kind is now served");
      this.#kindMissing = false;
      return { name: "watching", resourceVersion };
    } catch (error) {
      if (signal.aborted) return { name: "stopped" };
      if (error instanceof ApiError && error.code === 404) return this.#waitForKind(state);
      return this.#backingOff(error, state);
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<ReflectorState> {
    const { clock } = this.#kernel;
    const startedMs = clock.monotonicMs();
    const connection = new AbortController();
    const stop = () => connection.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    let stalled = false;
    const watchdog = new Watchdog(clock, this.#options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS, () => {
      stalled = true;
      connection.abort(new Error("the watch has stalled"));
    });
    let events = 0;
    try {
      for await (const event of await this.#open(resourceVersion, connection.signal)) {
        if (connection.signal.aborted) break;
        watchdog.sign();
        events++;
        this.#take(event);
      }
      if (signal.aborted) return { name: "stopped" };
      const short = !stalled && events === 0 && clock.monotonicMs() - startedMs < SHORT_WATCH_MS;
      if (short) return this.#backingOff(new Error("the watch ended at once"), this.#resumed());
      return this.#resumed();
    } catch (error) {
      if (signal.aborted) return { name: "stopped" };
      if (stalled) {
        this.#logger.warn(
          { resourceVersion: this.#resourceVersion },
          "the watch received nothing; resuming it",
        );
        return this.#resumed();
      }
      return this.#afterWatchFailure(error);
    } finally {
      watchdog.stop();
      signal.removeEventListener("abort", stop);
    }
  }

  #open(resourceVersion: string, signal: AbortSignal): Promise<AsyncIterable<RawWatchEvent>> {
    const { client, resource, namespace, labelSelector, fieldSelector } = this.#options;
    const leastSeconds = this.#options.watchTimeoutSeconds ?? DEFAULT_WATCH_TIMEOUT_SECONDS;
    return client.watch(resource, {
      resourceVersion,
      allowBookmarks: true,
      timeoutSeconds: Math.floor(leastSeconds * (1 + this.#kernel.random.next())),
      signal,
      retry: false,
      ...defined({ namespace, labelSelector, fieldSelector }),
    });
  }

  /** Delivers one event, or throws: what the server said was wrong, or what the sink threw. */
  #take(event: RawWatchEvent): void {
    if (event.type === "ERROR") {
      const status = event.object as { readonly code?: number };
      throw new ApiError(status.code ?? 500, status);
    }
    const revision = event.object.metadata?.resourceVersion ?? "";
    if (revision === "") {
      this.#logger.error({ type: event.type }, "the server sent an event without a resourceVersion; dropped");
      return;
    }
    const order = this.#compareToLast(revision);
    if (event.type === "BOOKMARK") {
      if (order < 0) throw wentBack(revision, this.#resourceVersion);
      this.#deliver(() => this.#options.sink.apply({ type: "BOOKMARK", resourceVersion: revision }));
    } else {
      if (order <= 0) {
        this.#logger.debug({ type: event.type, resourceVersion: revision }, "a duplicate event was dropped");
        return;
      }
      const object = this.#trim(event.object as T);
      const { type } = event;
      this.#deliver(() => this.#options.sink.apply({ type, object }));
    }
    this.#resourceVersion = revision;
  }

  #admit(page: readonly T[]): readonly T[] {
    const { sink } = this.#options;
    const own = page.map((object) => this.#trim(object));
    return sink.admit === undefined ? own : sink.admit(own);
  }

  #trim(object: T): T {
    return this.#options.keepsManagedFields?.(object) === true ? object : withoutManagedFields(object);
  }

  #deliver(call: () => void): void {
    try {
      call();
    } catch (cause) {
      throw new SinkError("the sink threw", { cause });
    }
  }

  /** Servers whose revisions cannot be compared are taken at their word: every event counts as new. */
  #compareToLast(revision: string): -1 | 0 | 1 {
    const last = this.#resourceVersion;
    if (!isComparableRevision(revision) || !isComparableRevision(last)) return 1;
    return compareRevisions(revision, last);
  }

  #resumed(): RetryState {
    return { name: "watching", resourceVersion: this.#resourceVersion };
  }

  #afterWatchFailure(error: unknown): ReflectorState {
    if (error instanceof SinkError) {
      this.#logger.error({ err: error.cause }, "the cache failed to apply an event; listing again");
      return this.#backingOff(error, { name: "relisting" });
    }
    switch (classifyWatchFailure(error, this.#backOff.failures)) {
      case "no-such-kind":
        return this.#waitForKind({ name: "relisting" });
      case "relist":
        return this.#retry(error, { name: "relisting" }, this.#relistBackOff);
      case "relist-as-last-resort":
        return this.#retry(error, { name: "relisting" }, this.#backOff);
      case "resume":
        return this.#retry(error, this.#resumed(), this.#backOff);
    }
  }

  /** The first failure after a time of health is not waited for, unless the server asks for it: most are cured by the next request. */
  #retry(error: unknown, next: RetryState, backOff: BackOff): ReflectorState {
    if (backOff.failures > 0 || retryAfterOf(error) > 0) return this.#backingOff(error, next, backOff);
    backOff.nextMs();
    this.#logger.info(
      { error: reasonOf(error), next: next.name },
      "the watch was interrupted; resuming at once",
    );
    this.#logger.debug({ err: error }, "details of the interrupted watch");
    return next;
  }

  #backingOff(error: unknown, next: RetryState, backOff = this.#backOff): ReflectorState {
    const delayMs = Math.max(backOff.nextMs(), retryAfterOf(error));
    const message = reasonOf(error);
    this.#logger.warn({ error: message, next: next.name, delayMs: Math.round(delayMs) }, "retrying later");
    this.#logger.debug({ err: error }, "details of the failed attempt");
    return { name: "backing-off", delayMs, message, next };
  }

  #waitForKind(next: ListState): ReflectorState {
    if (!this.#kindMissing) {
      const { plural, group, version } = this.#options.resource;
      this.#logger.warn(
        `the API server does not serve ${plural} of ${group || "core"}/${version}; waiting for the kind`,
      );
    }
    this.#kindMissing = true;
    return { name: "waiting-for-kind", next };
  }

  #warnIfWentBack(revision: string): void {
    if (this.#resourceVersion === "" || this.#compareToLast(revision) >= 0) return;
    const last = this.#resourceVersion;
    this.#logger.warn(
      { resourceVersion: revision, last },
      "the revision of the server has decreased: was it restored from a backup?",
    );
  }
}

function wentBack(revision: string, last: string): ApiError {
  return new ApiError(410, { reason: "Expired", message: `a bookmark at ${revision} came after ${last}` });
}
