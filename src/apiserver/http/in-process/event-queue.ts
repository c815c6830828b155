/**
 * The watch of a client in this process: its events as values, which wait here until they are taken. What waits is bounded
 * as it is for a client that does not read: a watch that is too far behind is cut off, and its client lists again.
 */

import type { InProcessEvent } from "../../../kube/in-process.ts";
import { freezeJson } from "../../../kube/json.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { ResourceRequest } from "../../context.ts";
import type { WatchEvent } from "../../reads/index.ts";
import type { Subscription } from "../../store/index.ts";
import type { InProcessPart, WatchedEvents } from "../arrival.ts";
import { bytesOf, keptFor, type OpenWatches, type ServedWatch } from "../open-watches.ts";
import { type Exchange, headersOf } from "../respond.ts";

/** What waits for less than a turn of the event loop is no more than this, as a rule, and is not counted. */
const MOST_UNCOUNTED = 256;

type Taken = InProcessEvent | undefined;

export class EventQueue implements ServedWatch, WatchedEvents {
  readonly #user: string;
  readonly #exchange: Exchange;
  readonly #inProcess: InProcessPart;
  readonly #open: OpenWatches;
  /** What the watch begins with, as far as it was not taken. */
  #initial: Iterator<WatchEvent | undefined> | undefined;
  #queue: WatchEvent[] = [];
  /** Where in the queue the next event is. */
  #head = 0;
  /** From where on in the queue events are counted as waiting. */
  #countedFrom = Number.POSITIVE_INFINITY;
  #waitingBytes = 0;
  #taker: PromiseWithResolvers<Taken> | undefined;
  #state: "open" | "ended" | "over" | "broken" = "open";
  #isOpened = false;
  #subscription: Subscription | undefined;

  constructor(request: ResourceRequest, exchange: Exchange, inProcess: InProcessPart, open: OpenWatches) {
    this.#user = request.user.username;
    this.#exchange = exchange;
    this.#inProcess = inProcess;
    this.#open = open;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  start(subscription: Subscription): void {
    this.#subscription = subscription;
    const { response } = this.#exchange;
    if (!response.destroyed) response.writeHead(200, headersOf(this.#exchange, "application/json"));
    if (response.destroyed) {
      this.close();
      return;
    }
    this.#exchange.runLong();
    this.#isOpened = true;
    this.#inProcess.open(this);
    if (this.#state === "ended") this.#endIfEmpty();
  }

  begin(initial: Iterable<WatchEvent | undefined>): void {
    this.#initial = initial[Symbol.iterator]();
  }

  send(event: WatchEvent): void {
    if (this.#state !== "open") return;
    if (this.#taker !== undefined) {
      this.#settle()?.resolve(handedOver(event));
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length - this.#head > MOST_UNCOUNTED) this.#count(event);
  }

  fail(error: unknown): void {
    this.#exchange.cut("internal-error", error);
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    if (this.#isOpened) this.#endIfEmpty();
  }

  cutForRoom(): void {
    this.#exchange.cut("backlog-of-all-watches");
  }

  close(): void {
    if (this.#state === "open" || this.#state === "ended") this.#state = "over";
    this.#release();
    this.#settle()?.resolve(undefined);
    // A watch that was refused gets an answer of another kind.
    if (this.#isOpened) this.#exchange.response.destroy();
  }

  breakOff(): void {
    if (this.#state === "over" || this.#state === "broken") return;
    this.#state = "broken";
    this.#release();
    this.#settle()?.reject(brokenOff());
  }

  next(): Promise<Taken> {
    if (this.#state === "broken") return Promise.reject(brokenOff());
    if (this.#initial !== undefined) return this.#nextInitial(this.#initial);
    const event = this.#shift();
    if (event !== undefined) {
      if (this.#state === "ended") this.#endIfEmpty();
      return Promise.resolve(handedOver(event));
    }
    if (this.#state !== "open") return Promise.resolve(undefined);
    this.#taker = Promise.withResolvers();
    return this.#taker.promise;
  }

  async #nextInitial(initial: Iterator<WatchEvent | undefined>): Promise<Taken> {
    const { ticket } = this.#exchange;
    for (let next = initial.next(); !next.done; next = initial.next()) {
      if (next.value !== undefined) return handedOver(next.value);
      const turn = ticket.giveWay();
      if (turn !== undefined) await turn;
    }
    this.#initial = undefined;
    return this.next();
  }

  #shift(): WatchEvent | undefined {
    if (this.#head === this.#queue.length) return undefined;
    const event = this.#queue[this.#head] as WatchEvent;
    if (this.#head >= this.#countedFrom) this.#uncount(event);
    this.#head++;
    if (this.#head === this.#queue.length) this.#empty();
    return event;
  }

  #empty(): void {
    this.#queue = [];
    this.#head = 0;
    this.#countedFrom = Number.POSITIVE_INFINITY;
    this.#open.waiting.forget(this);
  }

  /** A watch for which too much waits is cut off. */
  #count(event: WatchEvent): void {
    this.#countedFrom = Math.min(this.#countedFrom, this.#queue.length - 1);
    const bytes = bytesOf(event);
    this.#waitingBytes += bytes;
    this.#open.waiting.add(this, keptFor(event), bytes);
    if (this.#waitingBytes > this.#open.maxBacklogBytes) this.#exchange.cut("backlog-of-watch");
  }

  #uncount(event: WatchEvent): void {
    this.#waitingBytes -= bytesOf(event);
    this.#open.waiting.remove(keptFor(event));
  }

  #endIfEmpty(): void {
    if (this.#initial !== undefined || this.#head < this.#queue.length) return;
    this.#state = "over";
    this.#release();
    this.#settle()?.resolve(undefined);
    this.#exchange.response.end();
  }

  /** Who waits for the next event: it gets something, and waits no longer. */
  #settle(): PromiseWithResolvers<Taken> | undefined {
    const taker = this.#taker;
    this.#taker = undefined;
    return taker;
  }

  #release(): void {
    this.#subscription?.close();
    this.#open.delete(this.#user, this);
    for (let at = Math.max(this.#head, this.#countedFrom); at < this.#queue.length; at++)
      this.#uncount(this.#queue[at] as WatchEvent);
    this.#initial = undefined;
    this.#empty();
  }
}

function handedOver(event: WatchEvent): InProcessEvent {
  if (event.type === "ERROR")
    return { type: "ERROR", object: freezeJson(event.status) as unknown as KubeObject };
  const before = event.type === "BOOKMARK" ? undefined : event.change?.previous;
  return { type: event.type, object: event.view.shared(before) };
}

function brokenOff(): Error {
  return new Error("the API server cut the watch off");
}
