/**
 * The embedded API server without its door: the real verbs, garbage collector, namespace controller and CRD
 * controller over a memory store, called in this process. What a request costs is its work, and nothing for
 * sockets.
 */
import type { Converter, ResourceRequest, ServerContext } from "../../../src/apiserver/context.ts";
import { createBaseObjects, removeAllOf } from "../../../src/apiserver/controllers/base-objects.ts";
import { CrdController } from "../../../src/apiserver/controllers/crd-controller.ts";
import { startGarbageCollector } from "../../../src/apiserver/controllers/garbage-collection/index.ts";
import { startNamespaceController } from "../../../src/apiserver/controllers/namespace-lifecycle/index.ts";
import { createMemoryStore, type Store } from "../../../src/apiserver/index.ts";
import { builtinKinds } from "../../../src/apiserver/kinds/builtin/index.ts";
import { Registry } from "../../../src/apiserver/kinds/registry.ts";
import type { ServedResource } from "../../../src/apiserver/kinds/resource.ts";
import { get, list, type View, type WatchEvent, watch } from "../../../src/apiserver/reads/index.ts";
import { StatusError } from "../../../src/apiserver/status-error.ts";
import {
  create,
  createObjectWriter,
  patch,
  remove,
  removeCollection,
  update,
} from "../../../src/apiserver/writes/index.ts";
import { ApiError, type KubeList, type RawWatchEvent, type Resource } from "../../../src/client/index.ts";
import { drainMicrotasks, ManualClock, type Random, seededRandom } from "../../../src/kernel/index.ts";
import type { AnyObject } from "../../../src/kube/object.ts";

export interface Call {
  readonly verb: "get" | "list" | "create" | "update" | "patch" | "delete" | "delete-all";
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly subresource?: string;
  readonly deleting?: {
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  };
}

export interface Sink {
  event(event: RawWatchEvent): void;
  end(): void;
}

/** Turns of the event loop without anything new after which there is nothing under way. */
const QUIET_TURNS = 3;
/**
 * Every history begins at a multiple of it, so that what is rounded is rounded alike. Longer than any
 * history.
 */
const EPOCH_MS = 10_000_000;

export class SimServer {
  readonly clock = new ManualClock();
  readonly store: Store;
  readonly context: ServerContext;
  /**
   * Who makes the request that is carried out: every status that changes meanwhile is of that one's making.
   */
  writer = "";
  /** Anything that happens counts it up. */
  activity = 0;
  /** True: more than objects of our kinds was changed, so that no other history may begin with it. */
  isSpoilt = false;
  #random: Random = seededRandom(0);
  readonly #stop: () => void;

  private constructor() {
    const random = { next: () => this.#random.next(), uuid: () => this.#random.uuid() };
    const kernel = { clock: this.clock, random };
    this.store = createMemoryStore({ kernel });
    const registry = new Registry();
    registry.set("builtin", builtinKinds);
    const admission = { mutate: async () => undefined, validate: async () => undefined };
    const converter: Converter = { convert: async (_, objects) => objects };
    const checkRights = () => undefined;
    this.context = { store: this.store, kernel, registry, checkRights, admission, converter };
    const { context, store } = this;
    const onError = () => {};
    const crds = new CrdController({ store, kernel, registry, onError, removeAll: removeAllOf(context) });
    crds.start();
    const writer = createObjectWriter(context);
    const namespaces = startNamespaceController({ store, writer, kernel });
    const collector = startGarbageCollector({ store, resources: registry, writer, kernel });
    this.#stop = () => {
      crds.close();
      void namespaces.close();
      void collector.close();
    };
  }

  static async start(): Promise<SimServer> {
    const server = new SimServer();
    await createBaseObjects(server.context, false);
    return server;
  }

  /** For the next history: time and chance as in every other one. */
  begin(seed: number): void {
    this.#random = seededRandom(seed);
    this.clock.advance(EPOCH_MS - (this.clock.monotonicMs() % EPOCH_MS));
  }

  /** Objects go without a trace, whatever holds them. */
  async wipe(kinds: readonly Resource[], namespace: string): Promise<void> {
    for (const { group, plural } of kinds) {
      const kind = `${group}/${plural}`;
      const page = this.store.list(kind, { namespace });
      const gone = page.ok ? page.value.items : [];
      await Promise.all(
        gone.map(({ name, revision }) =>
          this.store.write({ do: "delete", kind, namespace, name, expectedRevision: revision }),
        ),
      );
    }
    await this.store.compact(this.store.revision);
    await this.quiet();
  }

  async stop(): Promise<void> {
    this.#stop();
    await this.store.close();
  }

  /** Resolves when everything that can go on without time or new requests has ended. */
  async quiet(): Promise<void> {
    let seen = -1;
    for (let turns = 0; turns < QUIET_TURNS; ) {
      const now = this.activity + this.store.revision;
      turns = now === seen ? turns + 1 : 0;
      seen = now;
      await drainMicrotasks();
    }
  }

  /** @throws ApiError */
  async carryOut(who: string, call: Call): Promise<unknown> {
    this.writer = who;
    this.activity++;
    try {
      return await this.#do(this.#request(who, call), call);
    } catch (error) {
      if (error instanceof StatusError) throw new ApiError(error.code, error.body);
      throw error;
    } finally {
      this.writer = "";
    }
  }

  /** @throws ApiError */
  async watch(call: Omit<Call, "verb">, sink: Sink): Promise<{ close(): void }> {
    try {
      const send = (event: WatchEvent) => {
        this.activity++;
        if (event.type === "ERROR") sink.event({ type: "ERROR", object: event.status as never });
        else sink.event({ type: event.type, object: parsed(event.view) as never });
      };
      return await watch(this.context, this.#request("", { verb: "list", ...call }), {
        begin: (initial) => {
          for (const event of initial) if (event !== undefined) send(event);
        },
        send,
        fail: (error) => {
          throw error;
        },
        end: () => {
          this.activity++;
          sink.end();
        },
      });
    } catch (error) {
      if (error instanceof StatusError) throw new ApiError(error.code, error.body);
      throw error;
    }
  }

  #request(who: string, call: Call): ResourceRequest {
    const { resource, namespace, name, subresource = "", query = {} } = call;
    return {
      resource: this.#served(resource),
      namespace,
      name,
      subresource,
      query: new URLSearchParams(query as Record<string, string>),
      user: { username: who, groups: ["system:masters"] },
      userAgent: `${who}/1.0`,
      warn: () => undefined,
    };
  }

  #served({ group, version, plural }: Resource): ServedResource {
    const found = this.context.registry.find(group, version, plural);
    if (found !== undefined) return found;
    throw new ApiError(404, { code: 404, reason: "NotFound", message: `${plural} are not served` });
  }

  async #do(request: ResourceRequest, call: Call): Promise<unknown> {
    const { context } = this;
    switch (call.verb) {
      case "get":
        return parsed(await get(context, request));
      case "list":
        return listOf(await list(context, request));
      case "create":
        return parsed(await create(context, request, cloned(call.body)));
      case "update":
        return parsed(await update(context, request, cloned(call.body)));
      case "patch":
        return parsed((await patch(context, request, call.contentType ?? "", cloned(call.body))).view);
      case "delete":
        await remove(context, request, { dryRun: false, ...call.deleting });
        return undefined;
      case "delete-all":
        await removeCollection(context, request, { dryRun: false, ...call.deleting });
        return undefined;
    }
  }
}

function listOf(answer: { readonly revision: number; readonly items: readonly View[] }): KubeList<AnyObject> {
  return {
    metadata: { resourceVersion: String(answer.revision) },
    items: answer.items.map(parsed),
  } as unknown as KubeList<AnyObject>;
}

/** What is stored is frozen, so a caller may keep it: no copy is needed. */
function parsed(view: View): AnyObject {
  return view.object;
}

/** As from the wire. */
function cloned<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(cloned) as T;
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) if (field !== undefined) copy[name] = cloned(field);
  return copy as T;
}
