/**
 * The body of a watch: one JSON document a line, for as long as the client stays. The text of an event is made once
 * and shared by all watchers that want it in the same form; lines of one turn go out together.
 */
import type { StoreChange, Subscription } from "../store/index.ts";
import { partialObject, tableOf } from "../table/index.ts";
import {
  type ResourceRequest,
  type ServerContext,
  type WatchEvent,
  type WatchSink,
  watch,
} from "../verbs/index.ts";
import { readIncludeObject } from "./include-object.ts";
import { type Exchange, headersOf } from "./respond.ts";

/** A watcher that is this far behind is cut off: it will list again, and memory stays bounded. */
const BACKLOG_LIMIT_BYTES = 32 * 1024 * 1024;

export type OpenWatches = Set<{ end(): void }>;

export async function serveWatch(
  context: ServerContext,
  request: ResourceRequest,
  exchange: Exchange,
  open: OpenWatches,
): Promise<void> {
  const stream = new WatchStream(context, request, exchange);
  const subscription = await watch(context, request, stream);
  if (exchange.response.destroyed) return subscription.close();
  open.add(stream);
  exchange.response.on("close", () => {
    open.delete(stream);
    subscription.close();
  });
  stream.start(subscription);
}

class WatchStream implements WatchSink {
  readonly #context: ServerContext;
  readonly #request: ResourceRequest;
  readonly #exchange: Exchange;
  #pending = "";
  #scheduled = false;
  #started = false;
  #ended = false;
  /** What a watch begins with may be large, and says nothing of how fast its client is. */
  #initialLength = 0;
  #subscription: Subscription | undefined;
  #columnsSent = false;

  constructor(context: ServerContext, request: ResourceRequest, exchange: Exchange) {
    this.#context = context;
    this.#request = request;
    this.#exchange = exchange;
  }

  /** Until now events were kept back: an error before the first is answered with a status of its own. */
  start(subscription: Subscription): void {
    const { response } = this.#exchange;
    this.#subscription = subscription;
    this.#started = true;
    this.#initialLength = this.#pending.length;
    response.writeHead(200, {
      ...headersOf(this.#exchange, "application/json"),
      "transfer-encoding": "chunked",
    });
    response.flushHeaders();
    this.#flush();
  }

  send(event: WatchEvent): void {
    this.#pending += this.#line(event);
    if (this.#scheduled || !this.#started) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#flush());
  }

  end(): void {
    this.#ended = true;
    if (this.#started) this.#flush();
  }

  #flush(): void {
    this.#scheduled = false;
    const { response } = this.#exchange;
    if (this.#pending !== "") response.write(this.#pending);
    this.#pending = "";
    if (this.#ended) {
      this.#subscription?.close();
      response.end();
    } else if (response.writableLength > BACKLOG_LIMIT_BYTES + this.#initialLength) {
      this.#subscription?.close();
      response.destroy();
    }
  }

  #line(event: WatchEvent): string {
    if (event.type === "ERROR") return line("ERROR", JSON.stringify(event.status));
    const { as } = this.#exchange.form;
    if (as === "objects") return sharedLine(this.#request, event);
    if (as === "metadata") return line(event.type, JSON.stringify(partialObject(event.view.object)));
    return this.#tableLine(event);
  }

  #tableLine(event: Exclude<WatchEvent, { type: "ERROR" }>): string {
    const withColumns = !this.#columnsSent;
    this.#columnsSent = true;
    const { resourceVersion } = event.view.object.metadata;
    const objects = event.type === "BOOKMARK" ? [] : [event.view.object];
    const table = tableOf(this.#request.resource, objects, {
      includeObject: readIncludeObject(this.#request.query),
      nowMs: this.#context.kernel.clock.now(),
      withColumns,
      metadata: { resourceVersion },
    });
    return line(event.type, JSON.stringify(table));
  }
}

function line(type: string, json: string): string {
  return `{"type":"${type}","object":${json}}\n`;
}

/** The last event that was put into words. Watchers are served one after another, so one is enough. */
let last: { change: StoreChange; type: string; resource: object; text: string } | undefined;

function sharedLine(request: ResourceRequest, event: Exclude<WatchEvent, { type: "ERROR" }>): string {
  const change = event.type === "BOOKMARK" ? undefined : event.change;
  if (change === undefined) return line(event.type, event.view.json());
  if (last?.change === change && last.type === event.type && last.resource === request.resource)
    return last.text;
  const text = line(event.type, event.view.json());
  last = { change, type: event.type, resource: request.resource, text };
  return text;
}
