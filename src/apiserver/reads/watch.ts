/**
 * GET with `watch=true`: the changes of a collection from a revision on, as a stream of events.
 *
 * With a selector, an update that makes an object match is ADDED, and one that makes it match no more is DELETED,
 * with the state that no longer matches as kube-apiserver sends it (the last one that matched, at the new revision).
 */
import { defined, type Timer } from "../../kernel/index.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { apiVersionOf } from "../kinds/registry.ts";
import { forbidden as forbiddenField } from "../kinds/schema/causes.ts";
import { badRequest, expired, invalid, type StatusBody } from "../status-error.ts";
import type { ListResult, StoreChange, StoredObject, Subscription } from "../store/index.ts";
import { parseRevision, reach } from "./revision.ts";
import { readSelection, type Selection } from "./selection.ts";
import { prepareViews, type View, viewOf, viewOfObject } from "./view.ts";

export type WatchEvent =
  | {
      readonly type: "ADDED" | "MODIFIED" | "DELETED";
      readonly view: View;
      /** The change it comes from, the same value for every watcher. Absent on initial events. */
      readonly change?: StoreChange;
    }
  | { readonly type: "BOOKMARK"; readonly view: View; readonly initialEventsEnd: boolean }
  | { readonly type: "ERROR"; readonly status: StatusBody };

/** Where the events of a watch go. Nothing in it throws. */
export interface WatchSink {
  /**
   * What the watch begins with, to be taken at the client's pace; undefined: nothing, but time has passed. What is sent
   * comes after. Called at most once, before anything is sent.
   */
  begin(initial: Iterable<WatchEvent | undefined>): void;
  /** Synchronous, in order. */
  send(event: WatchEvent): void;
  /** No event follows. */
  end(): void;
  /** An event could not be made: the watch is over, for a fault of ours or of what its kind declares. */
  fail(error: unknown): void;
}

/** Changes that wait for a conversion webhook. A watch that falls further behind has to list again. */
const MOST_WAITING = 10_000;
const BOOKMARK_INTERVAL_MS = 60_000;
/** As `--min-request-timeout`: watches that name no timeout end after this, up to twice this. */
const DEFAULT_TIMEOUT_MS = 1_800_000;

/** Resolves once the watch runs. Close it when the client has gone. @throws StatusError before anything is sent. */
export async function watch(
  context: ServerContext,
  request: ResourceRequest,
  sink: WatchSink,
): Promise<Subscription> {
  const selection = readSelection(request);
  const start = readStart(request);
  const timeout = request.query.get("timeoutSeconds") ?? "";
  if (!/^-?\d*$/.test(timeout)) {
    throw badRequest(`timeoutSeconds: Invalid value: ${JSON.stringify(timeout)}: must be a number`);
  }
  if (start.revision !== undefined && start.revision > context.store.revision) {
    await reach(context.store, context.kernel, start.revision);
  }
  return new Watch(context, request, selection, sink).start(start);
}

interface Start {
  readonly revision: number | undefined;
  /** Whether to begin with an ADDED for each object that is there. */
  readonly initialEvents: boolean;
  /** Whether to mark the end of those with a bookmark. */
  readonly markEnd: boolean;
}

function readStart(request: ResourceRequest): Start {
  const { query } = request;
  const revision = parseRevision(query.get("resourceVersion"));
  const match = query.get("resourceVersionMatch") ?? "";
  const asked = query.get("sendInitialEvents");
  const refuse = (field: string, why: string) => {
    const options = { group: "meta.k8s.io", plural: "listoptions", kind: "ListOptions" };
    return invalid(options, "", [forbiddenField(field, why)]);
  };
  if (asked === null) {
    if (match !== "") {
      throw refuse(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      );
    }
    return { revision, initialEvents: revision === undefined || revision === 0, markEnd: false };
  }
  if (match !== "NotOlderThan") {
    throw refuse(
      "resourceVersionMatch",
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
  }
  const initialEvents = asked === "true" || asked === "1";
  return { revision, initialEvents, markEnd: initialEvents && bookmarksAllowed(request) };
}

function bookmarksAllowed(request: ResourceRequest): boolean {
  const text = request.query.get("allowWatchBookmarks");
  return text === "true" || text === "1";
}

class Watch implements Subscription {
  readonly #context: ServerContext;
  readonly #request: ResourceRequest;
  readonly #selection: Selection;
  readonly #sink: WatchSink;
  #source: Subscription | undefined;
  #timers: Timer[] = [];
  #stopListening = () => {};
  #closed = false;
  /** Of a kind that a webhook converts: what is sent so far, and how much is not yet. */
  #converted: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(context: ServerContext, request: ResourceRequest, selection: Selection, sink: WatchSink) {
    this.#context = context;
    this.#request = request;
    this.#selection = selection;
    this.#sink = sink;
  }

  start(start: Start): this {
    const { store, kernel } = this.#context;
    const after = start.initialEvents ? this.#begin(start.markEnd) : (start.revision ?? store.revision);
    const source = store.watch(this.#request.resource.storage, {
      ...defined({ namespace: this.#request.namespace || undefined }),
      after,
      onChange: (change) => this.#guarded(() => this.#receive(change)),
      onEnd: () => this.#guarded(() => this.#finish()),
    });
    if (!source.ok) {
      const message = `too old resource version: ${after} (${source.error.oldest})`;
      this.#sink.send({ type: "ERROR", status: expired(message).body });
      this.#finish();
      return this;
    }
    this.#source = source.value;
    if (this.#closed) {
      source.value.close();
      return this;
    }
    this.#stopListening = this.#context.registry.onChange(() => this.#guarded(() => this.#endWithKind()));
    const onTimeout = () => this.#guarded(() => this.#onTimeout());
    this.#timers.push(kernel.clock.setTimer(this.#timeoutMs(), onTimeout, true));
    if (bookmarksAllowed(this.#request)) this.#scheduleBookmark();
    return this;
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#source?.close();
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  /** The publisher of a change, or a timer, serves other watches too: an error here ends only this watch. */
  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#sink.fail(error);
  }

  #finish(): void {
    if (this.#closed) return;
    this.close();
    this.#sink.end();
  }

  /** A kind that is served no more, or in another way, has no watches: they have to start again. */
  #endWithKind(): void {
    const { group, version, plural } = this.#request.resource;
    if (this.#context.registry.find(group, version, plural) !== this.#request.resource) this.#finish();
  }

  #onTimeout(): void {
    if (bookmarksAllowed(this.#request)) this.#sendBookmark();
    this.#finish();
  }

  #timeoutMs(): number {
    const seconds = Number(this.#request.query.get("timeoutSeconds") ?? "");
    if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
    return DEFAULT_TIMEOUT_MS * (1 + this.#context.kernel.random.next());
  }

  #scheduleBookmark(): void {
    const fire = () => {
      this.#guarded(() => this.#sendBookmark());
      if (this.#closed) return;
      this.#timers = [...this.#timers.filter((other) => other !== timer)];
      this.#scheduleBookmark();
    };
    const timer = this.#context.kernel.clock.setTimer(BOOKMARK_INTERVAL_MS, fire, true);
    this.#timers.push(timer);
  }

  /** Everything up to the revision in it has been sent: the store publishes synchronously and in order. */
  #sendBookmark(): void {
    if (this.#closed) return;
    const bookmark = this.#bookmark(false, this.#context.store.revision);
    this.#inOrder([], () => this.#sink.send(bookmark));
  }

  #receive(change: StoreChange): void {
    const now = change.type === "delete" ? change.final : change.current;
    this.#inOrder(change.previous === undefined ? [now] : [change.previous, now], () =>
      this.#onChange(change),
    );
  }

  /** At once; of a kind that a webhook converts, when these are converted and what came before is sent. */
  #inOrder(needed: readonly StoredObject[], step: () => void): void {
    const { resource } = this.#request;
    if (resource.conversionWebhook === undefined) {
      step();
      return;
    }
    if (this.#waiting >= MOST_WAITING)
      throw new Error("changes come faster than the conversion webhook converts them");
    this.#waiting++;
    this.#converted = this.#converted.then(async () => {
      this.#waiting--;
      if (this.#closed) return;
      try {
        await prepareViews(this.#context, resource, needed);
      } catch (error) {
        this.#fail(error);
      }
      if (!this.#closed) this.#guarded(step);
    });
  }

  #bookmark(initialEventsEnd: boolean, revision: number): WatchEvent {
    const { resource } = this.#request;
    const view = viewOfObject({
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: {
        name: "",
        resourceVersion: String(revision),
        ...(initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
      },
    });
    return { type: "BOOKMARK", view, initialEventsEnd };
  }

  /** Returns the revision of which the initial events are the truth. */
  #begin(markEnd: boolean): number {
    const { resource, namespace } = this.#request;
    const page = this.#context.store.list(resource.storage, namespace === "" ? {} : { namespace });
    if (!page.ok) return this.#context.store.revision;
    this.#inOrder(page.value.items, () => this.#sink.begin(this.#initialEvents(page.value, markEnd)));
    return page.value.revision;
  }

  *#initialEvents({ items, revision }: ListResult, markEnd: boolean): Generator<WatchEvent | undefined> {
    for (const stored of items) {
      const view = viewOf(this.#request.resource, stored);
      const selected = this.#selection.all || this.#selection.matches(view.object);
      yield selected ? { type: "ADDED", view } : undefined;
    }
    if (markEnd) yield this.#bookmark(true, revision);
  }

  #onChange(change: StoreChange): void {
    if (this.#closed) return;
    const { resource } = this.#request;
    const { all } = this.#selection;
    const before = change.previous;
    const matched = before !== undefined && (all || this.#selection.matches(viewOf(resource, before).object));
    if (change.type === "delete") {
      if (matched) this.#sink.send({ type: "DELETED", view: viewOf(resource, change.final), change });
      return;
    }
    const view = viewOf(resource, change.current);
    const matching = all || this.#selection.matches(view.object);
    if (matching) this.#sink.send({ type: matched ? "MODIFIED" : "ADDED", view, change });
    else if (matched && before !== undefined) this.#sendLeft(viewOf(resource, before), change);
  }

  /** The object is still there, but no longer selected. */
  #sendLeft(last: View, change: StoreChange): void {
    const metadata = { ...last.object.metadata, resourceVersion: String(change.revision) };
    this.#sink.send({ type: "DELETED", view: viewOfObject({ ...last.object, metadata }) });
  }
}
