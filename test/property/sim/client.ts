/**
 * The network of one simulated operator. Every request waits until the scheduler carries it out, every answer
 * and every event of a watch until the scheduler hands it over: so a process can be killed or paused between
 * any two of them.
 */
import type {
  AnyObject,
  KubeClient,
  KubeList,
  KubeObject,
  ListOptions,
  RawWatchEvent,
  Resource,
} from "../../../src/client/index.ts";
import type { Call, SimServer } from "./server.ts";

/** A request on its way there, or its answer on its way back. */
export interface Passage {
  readonly what: string;
  readonly isWrite: boolean;
  state: "waits" | "sent" | "answered";
  /** Carries it out at the server. The answer waits for `answer`. */
  carryOut(): Promise<void>;
  answer(): void;
}

export interface SimStream {
  readonly kind: string;
  /** Events that wait to be handed over; one is handed over by `next`. */
  readonly queue: (RawWatchEvent | "end")[];
  next(): void;
}

const CONTENT_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export class SimClient implements KubeClient {
  readonly passages = new Set<Passage>();
  readonly streams = new Set<SimStream>();
  readonly #server: SimServer;
  readonly #who: string;
  #isCut = false;

  constructor(server: SimServer, who: string) {
    this.#server = server;
    this.#who = who;
  }

  get: KubeClient["get"] = (resource, { namespace = "", name }, options) =>
    this.#send({ verb: "get", resource, namespace, name }, options?.signal);

  list: KubeClient["list"] = <T extends KubeObject>(
    resource: Resource<T>,
    { namespace = "", signal }: ListOptions = {},
  ) => this.#send<KubeList<T>>({ verb: "list", resource, namespace, name: "" }, signal);

  create: KubeClient["create"] = (resource, body, options) => {
    if (resource.plural === "events") return Promise.resolve(body);
    const { namespace = "" } = body.metadata;
    return this.#send({ verb: "create", resource, namespace, name: "", body }, options?.signal);
  };

  update: KubeClient["update"] = (resource, body, options = {}) => {
    const { namespace = "", name } = body.metadata;
    const { subresource = "", signal } = options;
    return this.#send({ verb: "update", resource, namespace, name, subresource, body }, signal);
  };

  patch: KubeClient["patch"] = (resource, { namespace = "", name }, type, body, options = {}) => {
    if (resource.plural === "events") return Promise.resolve({ metadata: { namespace, name } } as never);
    const { subresource = "", signal, fieldManager, force } = options;
    const query = {
      ...(fieldManager === undefined ? {} : { fieldManager }),
      ...(force === undefined ? {} : { force: String(force) }),
    };
    const contentType = CONTENT_TYPES[type];
    return this.#send(
      { verb: "patch", resource, namespace, name, subresource, body, contentType, query },
      signal,
    );
  };

  delete: KubeClient["delete"] = async (resource, { namespace = "", name }, options = {}) => {
    const { signal, uid, resourceVersion, propagationPolicy } = options;
    const deleting = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    };
    await this.#send({ verb: "delete", resource, namespace, name, deleting }, signal);
  };

  watch: KubeClient["watch"] = async (resource, { namespace = "", resourceVersion, signal }) => {
    const stream = new Stream(resource.kind);
    const query = { resourceVersion, allowBookmarks: "true" };
    const open = async () => {
      const subscription = await this.#server.watch({ resource, namespace, name: "", query }, stream);
      stream.onClose = () => {
        this.streams.delete(stream);
        subscription.close();
      };
      if (this.#isCut) stream.onClose();
      // What happens before the answer is heard waits with it.
      else this.streams.add(stream);
    };
    await this.#pass(`watch ${resource.kind}`, false, open, signal);
    signal?.addEventListener("abort", () => stream.fail(signal.reason), { once: true });
    return stream;
  };

  raw: KubeClient["raw"] = () => Promise.reject(new Error("the simulation has no other paths"));

  async close(): Promise<void> {}

  /** Nothing is heard any more; watches end at the server. */
  cut(): void {
    this.#isCut = true;
    for (const stream of [...this.streams]) (stream as Stream).onClose();
  }

  #send<T = AnyObject>(call: Call, signal: AbortSignal | undefined): Promise<T> {
    const what = `${call.verb} ${call.resource.kind} ${call.name} ${call.subresource ?? ""}`;
    const isWrite = call.verb !== "get" && call.verb !== "list";
    const carryOut = () => this.#server.carryOut(this.#who, call) as Promise<T>;
    return this.#pass(what, isWrite, carryOut, signal);
  }

  #pass<T>(
    what: string,
    isWrite: boolean,
    carryOut: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const passage = new OnePassage(what, isWrite, carryOut, (settle) => {
        this.passages.delete(passage);
        signal?.removeEventListener("abort", abort);
        settle(resolve, reject);
      });
      const abort = () => {
        // What has been sent arrives all the same; no client hears of it.
        if (passage.state === "waits") this.passages.delete(passage);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.passages.add(passage);
      this.#server.activity++;
    });
  }
}

type Settle<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => void;

class OnePassage<T> implements Passage {
  readonly what: string;
  readonly isWrite: boolean;
  state: Passage["state"] = "waits";
  readonly #carryOut: () => Promise<T>;
  readonly #done: (settle: Settle<T>) => void;
  #settle: Settle<T> = () => {};

  constructor(what: string, isWrite: boolean, carryOut: () => Promise<T>, done: (settle: Settle<T>) => void) {
    this.what = what;
    this.isWrite = isWrite;
    this.#carryOut = carryOut;
    this.#done = done;
  }

  async carryOut(): Promise<void> {
    try {
      const value = await this.#carryOut();
      this.#settle = (resolve) => resolve(value);
    } catch (error) {
      this.#settle = (_, reject) => reject(error);
    }
    this.state = "answered";
  }

  answer(): void {
    this.#done(this.#settle);
  }
}

class Stream implements SimStream, AsyncIterable<RawWatchEvent> {
  readonly kind: string;
  readonly queue: (RawWatchEvent | "end")[] = [];
  onClose: () => void = () => {};
  readonly #ready: (RawWatchEvent | "end" | { readonly reason: unknown })[] = [];
  #wake: (() => void) | undefined;

  constructor(kind: string) {
    this.kind = kind;
  }

  event(event: RawWatchEvent): void {
    this.queue.push(event);
  }

  end(): void {
    this.queue.push("end");
  }

  next(): void {
    const event = this.queue.shift();
    if (event === undefined) return;
    this.#ready.push(event);
    this.#wake?.();
  }

  fail(reason: unknown): void {
    this.queue.length = 0;
    this.#ready.push({ reason });
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RawWatchEvent> {
    try {
      for (;;) {
        const event = this.#ready.shift();
        if (event === "end") return;
        if (event !== undefined && "reason" in event) throw event.reason;
        if (event !== undefined) yield event;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.onClose();
    }
  }
}
