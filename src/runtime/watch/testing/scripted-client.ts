/**
 * A client whose every call waits until the test decides how it ends. What the embedded server cannot play:
 * each end of a list or watch at each state of the reflector, one by one, on a clock that stands still. Over
 * the wire, `client/testing/puppet-server.ts`.
 */
import {
  ApiError,
  type KubeClient,
  type ListOptions,
  type RawWatchEvent,
  type WatchOptions,
} from "../../../client/index.ts";
import type { AnyObject, KubeList } from "../../../kube/index.ts";
import { FakeWatch } from "../../testing/fake-watch.ts";

export function thing(name: string, resourceVersion: string, more: object = {}): AnyObject {
  return {
    apiVersion: "example.org/v1",
    kind: "Thing",
    metadata: { namespace: "n", name, uid: `uid-${name}`, resourceVersion },
    ...more,
  };
}

export function status(code: number, reason: string, causes?: readonly { reason: string }[]): ApiError {
  return new ApiError(code, { code, reason, ...(causes !== undefined && { details: { causes } }) });
}

export class ListCall {
  readonly verb = "list";
  readonly options: ListOptions;
  readonly promise: Promise<KubeList<AnyObject>>;
  readonly #resolvers = Promise.withResolvers<KubeList<AnyObject>>();

  constructor(options: ListOptions) {
    this.options = options;
    this.promise = this.#resolvers.promise;
    options.signal?.addEventListener("abort", () => this.fail(options.signal?.reason));
  }

  answer(resourceVersion: string, items: readonly AnyObject[] = [], more?: string): void {
    const metadata = { resourceVersion, ...(more !== undefined && { continue: more }) };
    this.#resolvers.resolve({ apiVersion: "example.org/v1", kind: "ThingList", metadata, items });
  }

  fail(error: Error): void {
    this.#resolvers.reject(error);
  }
}

export class WatchCall {
  readonly verb = "watch";
  readonly options: WatchOptions;
  readonly promise: Promise<AsyncIterable<RawWatchEvent>>;
  readonly #resolvers = Promise.withResolvers<AsyncIterable<RawWatchEvent>>();
  readonly #stream = new FakeWatch("Thing", undefined);

  constructor(options: WatchOptions) {
    this.options = options;
    this.promise = this.#resolvers.promise;
    options.signal?.addEventListener("abort", () => {
      this.#resolvers.reject(options.signal?.reason);
      this.#stream.end(options.signal?.reason);
    });
  }

  get aborted(): boolean {
    return this.options.signal?.aborted === true;
  }

  accept(): this {
    this.#resolvers.resolve(this.#stream);
    return this;
  }

  refuse(error: Error): void {
    this.#resolvers.reject(error);
  }

  event(type: RawWatchEvent["type"], object: object): void {
    this.#stream.push({ type, object: object as AnyObject });
  }

  bookmark(resourceVersion: string): void {
    this.event("BOOKMARK", { kind: "Thing", metadata: { resourceVersion } });
  }

  error(code: number, reason: string): void {
    this.event("ERROR", { kind: "Status", code, reason, message: reason });
  }

  end(): void {
    this.#stream.end();
  }

  break(error: Error): void {
    this.#stream.end(error);
  }
}

export class ScriptedClient {
  readonly #calls: (ListCall | WatchCall)[] = [];
  #wake: (() => void) | undefined;

  /** To be handed to the reflector. */
  readonly client = {
    list: (_: unknown, options: ListOptions) => this.#add(new ListCall(options)),
    watch: (_: unknown, options: WatchOptions) => this.#add(new WatchCall(options)),
  } as unknown as Pick<KubeClient, "list" | "watch">;

  /** The next call, which must be a list. */
  async list(): Promise<ListCall> {
    const call = await this.#next();
    if (call.verb !== "list") throw new Error("expected a list, got a watch");
    return call;
  }

  /** The next call, which must be a watch. */
  async watch(): Promise<WatchCall> {
    const call = await this.#next();
    if (call.verb !== "watch") throw new Error("expected a watch, got a list");
    return call;
  }

  /** Calls that are not taken yet. */
  get pending(): number {
    return this.#calls.length;
  }

  #add<C extends ListCall | WatchCall>(call: C): C["promise"] {
    this.#calls.push(call);
    this.#wake?.();
    // A rejection may come before the reflector reads it.
    (call.promise as Promise<unknown>).catch(() => {});
    return call.promise;
  }

  async #next(): Promise<ListCall | WatchCall> {
    for (;;) {
      const call = this.#calls.shift();
      if (call !== undefined) return call;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
