/**
 * The client of one replica, which can be cut off for good as that of a killed process is, and held still as
 * that of a paused one: what was not sent is not sent, answers and frames of watches that arrive are not
 * heard.
 */
import type {
  KubeClient,
  KubeList,
  KubeObject,
  ListOptions,
  RawWatchEvent,
  Resource,
} from "../../../src/client/index.ts";
import type { Reign } from "./failover-plan.ts";

export interface ReplicaClientHooks {
  /** Called when the replica means to write, before anything else. */
  readonly onIntent: (what: string) => void;
  /** Called when a write is about to be sent. The answer is what becomes of it. */
  readonly onWrite: (what: string) => Reign | undefined;
  readonly onEnd: (reign: Reign, what: string) => void;
  /** A write of a killed replica that is still on its way. */
  readonly onLate: (send: () => Promise<unknown>) => void;
}

type Send<T> = (signal: AbortSignal) => Promise<T>;

/** Written by those who do not lead as well. */
const FREE_FOR_ALL = new Set(["leases", "events", "secrets", "validatingwebhookconfigurations"]);

export class ReplicaClient implements KubeClient {
  readonly #inner: KubeClient;
  readonly #hooks: ReplicaClientHooks;
  readonly #cut = new AbortController();
  #pause: PromiseWithResolvers<void> | undefined;
  #leaseCalls = 0;
  #leaseCallsDone = 0;

  constructor(inner: KubeClient, hooks: ReplicaClientHooks) {
    this.#inner = inner;
    this.#hooks = hooks;
  }

  get isAskingForLease(): boolean {
    return this.#leaseCalls > this.#leaseCallsDone;
  }

  get hasAskedForLease(): boolean {
    return this.#leaseCallsDone > 0;
  }

  cut(): void {
    this.#cut.abort(new Error("this replica was killed"));
  }

  pause(): void {
    this.#pause ??= Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  get: KubeClient["get"] = (resource, name, options) =>
    this.#call(resource, options?.signal, (signal) =>
      this.#inner.get(resource, name, { ...options, signal }),
    );

  list: KubeClient["list"] = <T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}) =>
    this.#call<KubeList<T>>(resource, options.signal, (signal) =>
      this.#inner.list(resource, { ...options, signal }),
    );

  create: KubeClient["create"] = (resource, object, options) =>
    this.#write(`create ${resource.kind} ${object.metadata.name}`, resource, options?.signal, (signal) =>
      this.#inner.create(resource, object, { ...options, signal }),
    );

  update: KubeClient["update"] = (resource, object, options) =>
    this.#write(`update ${resource.kind} ${object.metadata.name}`, resource, options?.signal, (signal) =>
      this.#inner.update(resource, object, { ...options, signal }),
    );

  patch: KubeClient["patch"] = (resource, name, type, body, options) => {
    const what = `patch ${resource.kind} ${name.name} ${options?.subresource ?? ""}`;
    return this.#write(what, resource, options?.signal, (signal) =>
      this.#inner.patch(resource, name, type, body, { ...options, signal }),
    );
  };

  delete: KubeClient["delete"] = (resource, name, options) =>
    this.#write(`delete ${resource.kind} ${name.name}`, resource, options?.signal, (signal) =>
      this.#inner.delete(resource, name, { ...options, signal }),
    );

  raw: KubeClient["raw"] = (method, path, body, options) =>
    this.#call(undefined, options?.signal, (signal) =>
      this.#inner.raw(method, path, body, { ...options, signal }),
    );

  watch: KubeClient["watch"] = async (resource, options) => {
    const signal = this.#ends(options.signal);
    const events = await this.#call(resource, signal, () =>
      this.#inner.watch(resource, { ...options, signal }),
    );
    return this.#heldBack(events, signal);
  };

  /** The creator of the inner client closes it. */
  async close(): Promise<void> {}

  async #write<T>(
    what: string,
    resource: Resource,
    signal: AbortSignal | undefined,
    send: Send<T>,
  ): Promise<T> {
    if (FREE_FOR_ALL.has(resource.plural)) return this.#call(resource, signal, send);
    this.#hooks.onIntent(what);
    const ends = this.#ends(signal);
    await this.#open(ends);
    const reign = this.#hooks.onWrite(what);
    if (reign === undefined) return this.#heard(send(ends), ends);
    if (reign.at === "after") {
      const [answer] = await Promise.allSettled([send(new AbortController().signal)]);
      this.#hooks.onEnd(reign, what);
      await this.#open(ends);
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    }
    if (reign.at === "late") this.#hooks.onLate(() => send(new AbortController().signal));
    this.#hooks.onEnd(reign, what);
    await this.#open(ends);
    return this.#heard(send(ends), ends);
  }

  async #call<T>(resource: Resource | undefined, signal: AbortSignal | undefined, send: Send<T>): Promise<T> {
    const isLease = resource?.plural === "leases";
    if (isLease) this.#leaseCalls++;
    try {
      const ends = this.#ends(signal);
      await this.#open(ends);
      return await this.#heard(send(ends), ends);
    } finally {
      if (isLease) this.#leaseCallsDone++;
    }
  }

  async *#heldBack(events: AsyncIterable<RawWatchEvent>, signal: AbortSignal): AsyncIterable<RawWatchEvent> {
    for await (const event of events) {
      await this.#open(signal);
      yield event;
    }
    await this.#open(signal);
  }

  async #heard<T>(sent: Promise<T>, ends: AbortSignal): Promise<T> {
    const [answer] = await Promise.allSettled([sent]);
    await this.#open(ends);
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  #ends(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#cut.signal : AbortSignal.any([signal, this.#cut.signal]);
  }

  /** Resolves once the replica is not paused. @throws the signal's reason */
  async #open(ends: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    ends.addEventListener("abort", onAbort, { once: true });
    while (this.#pause !== undefined && !ends.aborted)
      await Promise.race([this.#pause.promise, aborted.promise]);
    ends.removeEventListener("abort", onAbort);
    ends.throwIfAborted();
  }
}
