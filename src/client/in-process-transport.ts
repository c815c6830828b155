/** Calls to an API server in this process: no connection, no text. What can go wrong has the same errors as over HTTP. */
import type {
  AnswerTaker,
  InProcessApi,
  InProcessCall,
  InProcessEvent,
  InProcessEvents,
} from "../kube/in-process.ts";
import { LostAnswerError, UnreachableError } from "./errors.ts";
import type { HttpAnswer, SetDeadline } from "./exchange.ts";
import { jsonCopy } from "./json-copy.ts";
import type { Transport, TransportRequest } from "./transport.ts";
import type { EventStream } from "./watch-events.ts";

/** What ends with the client. */
interface Ended {
  lose(reason: unknown): void;
}

export class InProcessTransport implements Transport {
  readonly #api: InProcessApi;
  readonly #open = new Set<Ended>();
  #closed = false;

  constructor(api: InProcessApi) {
    this.#api = api;
  }

  /** Only the server holds the copy: what the caller does to its object afterwards changes nothing. */
  encode(body: unknown): unknown {
    return jsonCopy(body);
  }

  send(request: TransportRequest, _credentials: unknown, arm: SetDeadline): Promise<HttpAnswer> {
    return this.#call<HttpAnswer>(request, arm);
  }

  open(request: TransportRequest): Promise<EventStream | HttpAnswer> {
    return this.#call<EventStream | HttpAnswer>(request);
  }

  /** There are none. */
  distrustConnections(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    for (const call of [...this.#open]) call.lose(new LostAnswerError("the client was closed"));
  }

  #call<A>({ method, path, headers, body, signal }: TransportRequest, arm?: SetDeadline): Promise<A> {
    if (this.#closed) throw new Error("the client was closed");
    return new Promise((resolve, reject) => {
      const pending = new PendingCall(signal, arm, reject, this.#open);
      if (pending.isOver) return;
      const taker: AnswerTaker = {
        answered: (answer) => pending.isAnswered() && resolve(answer as A),
        opened: (events) => {
          if (pending.isAnswered()) resolve(new OpenWatch(events, signal, this.#open) as A);
          else events.close();
        },
        failed: (why, begun) => pending.lose(begun ? new LostAnswerError(why) : new UnreachableError(why)),
      };
      pending.follow(this.#api.call({ method, path, headers, body }, taker));
    });
  }
}

/** A request that has no answer yet: it ends with one, or by its signal, its deadline, or the end of the client. */
class PendingCall implements Ended {
  isOver = false;
  readonly #signal: AbortSignal | undefined;
  readonly #reject: (reason: unknown) => void;
  readonly #open: Set<Ended>;
  readonly #deadline: ReturnType<SetDeadline> | undefined;
  #call: InProcessCall | undefined;

  constructor(
    signal: AbortSignal | undefined,
    arm: SetDeadline | undefined,
    reject: (reason: unknown) => void,
    open: Set<Ended>,
  ) {
    this.#signal = signal;
    this.#reject = reject;
    this.#open = open;
    open.add(this);
    this.#deadline = arm?.((reason) => this.lose(reason));
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  follow(call: InProcessCall): void {
    this.#call = call;
    if (this.isOver) call.abort();
  }

  /** False: it was given up before. */
  isAnswered(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.#deadline?.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#open.delete(this);
    return true;
  }

  lose(reason: unknown): void {
    if (!this.isAnswered()) return;
    this.#reject(reason);
    this.#call?.abort();
  }

  readonly #onAbort = () => this.lose(this.#signal?.reason);
}

/** Ends by its signal, too, and with its client. */
class OpenWatch implements EventStream {
  readonly #events: InProcessEvents;
  readonly #signal: AbortSignal | undefined;
  readonly #open: Set<Ended>;
  #failure: { readonly reason: unknown } | undefined;

  constructor(events: InProcessEvents, signal: AbortSignal | undefined, open: Set<Ended>) {
    this.#events = events;
    this.#signal = signal;
    this.#open = open;
    open.add(this);
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  next(): Promise<InProcessEvent | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    return this.#events.next().then(this.#taken, this.#brokenOff);
  }

  close(): void {
    this.#open.delete(this);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#events.close();
  }

  lose(reason: unknown): void {
    this.#failure ??= { reason };
    this.close();
  }

  /** What was on its way when the watch was lost is lost, too. */
  readonly #taken = (event: InProcessEvent | undefined) => {
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (event === undefined) this.close();
    return event;
  };

  readonly #brokenOff = (error: unknown): never => {
    this.lose(new LostAnswerError((error as Error).message, error));
    throw this.#failure?.reason;
  };

  readonly #onAbort = () => this.lose(this.#signal?.reason);
}
