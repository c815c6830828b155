/**
 * The body of a watch: one JSON document a line, for as long as the client stays. Lines of one turn go out together.
 * While the client does not read, events wait as what the store keeps anyway, not as text; a client that is too far
 * behind, or takes nothing for too long, is cut off: it will list again, and memory stays bounded.
 */

import type { ResourceRequest, ServerContext } from "../context.ts";
import { type WatchEvent, watch } from "../reads/index.ts";
import { notAcceptable, tooManyRequests } from "../status-error.ts";
import type { Subscription } from "../store/index.ts";
import { EventQueue } from "./in-process/event-queue.ts";
import { readIncludeObject } from "./include-object.ts";
import { bytesOf, keptFor, type OpenWatches, type ServedWatch } from "./open-watches.ts";
import { type Exchange, headersOf } from "./respond.ts";
import { type CutReason, PIECE_LENGTH } from "./stream-writer.ts";
import { type Line, LineMaker } from "./watch-lines.ts";

/** A client whose watch was refused is to wait for so long: others end seldom. */
const RETRY_AFTER_SECONDS = 5;

export async function serveWatch(
  context: ServerContext,
  request: ResourceRequest,
  exchange: Exchange,
  open: OpenWatches,
): Promise<void> {
  const stream = watchFor(context, request, exchange, open);
  if (!open.add(request.user.username, stream)) {
    const message = `too many watches are open (limits.maxWatches, of which user "${request.user.username}" may have half), please try again later`;
    throw tooManyRequests(message, RETRY_AFTER_SECONDS);
  }
  const closed = new Promise<void>((resolve) => exchange.response.on("close", resolve));
  try {
    stream.start(await watch(context, request, stream));
    await closed;
  } finally {
    stream.close();
  }
}

/** @throws StatusError 400, 406 */
function watchFor(
  context: ServerContext,
  request: ResourceRequest,
  exchange: Exchange,
  open: OpenWatches,
): ServedWatch {
  const { inProcess, form } = exchange;
  if (inProcess === undefined) return new WatchStream(context, request, exchange, open);
  // What a client in this process gets as text has an end.
  if (form.as !== "objects") throw notAcceptable(["application/json"], true);
  return new EventQueue(request, exchange, inProcess, open);
}

class WatchStream implements ServedWatch {
  readonly #request: ResourceRequest;
  readonly #exchange: Exchange;
  readonly #open: OpenWatches;
  readonly #lines: LineMaker;
  /** What the watch begins with, as far as it has not been sent. */
  #initial: Iterator<WatchEvent | undefined> | undefined;
  #queue: WatchEvent[] = [];
  /** What of `#queue` counts as waiting: the first so many. */
  #held = 0;
  #heldBytes = 0;
  #state: "new" | "idle" | "scheduled" | "sending" | "closed" = "new";
  #ended = false;
  #subscription: Subscription | undefined;

  /** @throws StatusError 400 */
  constructor(context: ServerContext, request: ResourceRequest, exchange: Exchange, open: OpenWatches) {
    this.#request = request;
    this.#exchange = exchange;
    this.#open = open;
    this.#lines = new LineMaker({
      request,
      as: exchange.form.as,
      includeObject: readIncludeObject(request.query),
      nowMs: () => context.kernel.clock.now(),
    });
  }

  get waitingBytes(): number {
    return this.#heldBytes;
  }

  start(subscription: Subscription): void {
    this.#subscription = subscription;
    const { response } = this.#exchange;
    if (this.#state === "closed" || response.destroyed) {
      this.close();
      subscription.close();
      return;
    }
    response.writeHead(200, {
      ...headersOf(this.#exchange, "application/json"),
      "transfer-encoding": "chunked",
    });
    response.flushHeaders();
    this.#exchange.runLong();
    this.#state = "scheduled";
    this.#flush();
  }

  begin(initial: Iterable<WatchEvent | undefined>): void {
    this.#initial = initial[Symbol.iterator]();
  }

  send(event: WatchEvent): void {
    if (this.#state === "closed") return;
    this.#queue.push(event);
    if (this.#state === "sending") this.#hold();
    if (this.#state !== "idle") return;
    this.#state = "scheduled";
    queueMicrotask(() => this.#flush());
  }

  fail(error: unknown): void {
    this.#cut("internal-error", error);
  }

  end(): void {
    this.#ended = true;
    if (this.#state !== "idle") return;
    this.#state = "scheduled";
    this.#flush();
  }

  /** Nothing is sent any more. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#subscription?.close();
    this.#release(this.#held);
    this.#open.delete(this.#request.user.username, this);
    this.#queue = [];
    this.#initial = undefined;
  }

  cutForRoom(): void {
    this.#cut("backlog-of-all-watches");
  }

  #cut(reason: CutReason, error?: unknown): void {
    this.close();
    this.#exchange.cut(reason, error);
  }

  #flush(): void {
    if (this.#state !== "scheduled") return;
    try {
      if (this.#initial !== undefined || this.#exchange.writer.isBlocked) this.#sendSlowly();
      else this.#sendAtOnce();
    } catch (error) {
      this.#cut("internal-error", error);
    }
  }

  /** The common case: the client reads, and all that there is goes out. */
  #sendAtOnce(): void {
    const { writer } = this.#exchange;
    let pending = "";
    for (let i = 0; i < this.#queue.length; i++) {
      const line = this.#lines.lineOf(this.#queue[i] as WatchEvent);
      if (typeof line === "string") pending += line;
      if (typeof line === "string" && pending.length < PIECE_LENGTH) continue;
      this.#queue.splice(0, i + 1);
      this.#sendSlowly(typeof line === "string" ? [pending] : [pending, ...line]);
      return;
    }
    this.#queue = [];
    if (pending !== "") writer.write(pending);
    this.#state = "idle";
    if (this.#ended || writer.isBlocked) this.#sendSlowly();
  }

  #sendSlowly(texts: Line | readonly string[] = []): void {
    this.#state = "sending";
    this.#hold();
    this.#sendAll(texts).catch((error: unknown) => {
      // A client that is gone, or was disconnected, is not disconnected again.
      if (this.#state !== "closed") this.#cut("internal-error", error);
    });
  }

  /** One line after another, as fast as the client takes them. */
  async #sendAll(texts: Line | readonly string[]): Promise<void> {
    const { writer } = this.#exchange;
    if (writer.isBlocked) await writer.ready();
    for (const text of texts) await writer.writeAll(text);
    do {
      await this.#sendWaiting();
      if (writer.isBlocked) await writer.ready();
    } while (this.#queue.length > 0);
    if (this.#state === "closed") return;
    if (this.#ended) {
      await writer.end();
      return this.close();
    }
    this.#state = "idle";
  }

  async #sendWaiting(): Promise<void> {
    const { writer, ticket } = this.#exchange;
    let pending = "";
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      const turn = ticket.giveWay();
      if (turn !== undefined) await turn;
      if (event === "skipped") continue;
      const line = this.#lines.lineOf(event);
      if (typeof line === "string") pending += line;
      if (typeof line === "string" && pending.length < PIECE_LENGTH) continue;
      await writer.writeAll(pending);
      pending = "";
      if (typeof line !== "string") for (const part of line) await writer.writeAll(part);
    }
    await writer.writeAll(pending);
  }

  #next(): WatchEvent | "skipped" | undefined {
    if (this.#initial !== undefined) {
      const next = this.#initial.next();
      if (!next.done) return next.value ?? "skipped";
      this.#initial = undefined;
    }
    if (this.#queue.length === 0) return undefined;
    this.#release(1);
    return this.#queue.shift();
  }

  /** Counts what was queued since. A watch that has too much of it is cut off. */
  #hold(): void {
    for (; this.#held < this.#queue.length; this.#held++) {
      const event = this.#queue[this.#held] as WatchEvent;
      const bytes = bytesOf(event);
      this.#heldBytes += bytes;
      this.#open.waiting.add(this, keptFor(event), bytes);
      if (this.#state === "closed") return;
    }
    if (this.#heldBytes > this.#open.maxBacklogBytes) this.#cut("backlog-of-watch");
  }

  #release(count: number): void {
    for (const event of this.#queue.slice(0, Math.min(count, this.#held))) {
      this.#held--;
      this.#heldBytes -= bytesOf(event);
      this.#open.waiting.remove(keptFor(event));
    }
    if (this.#held === 0) this.#open.waiting.forget(this);
  }
}
