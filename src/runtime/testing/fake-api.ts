/**
 * A Kubernetes API in memory, as far as a controller notices: one order of revisions, conditional writes,
 * merge patches, finalizers, watches that resume. Faults are put in by the test: an answer that is lost, a
 * watch that holds events back.
 *
 * What the embedded server cannot play: a write of another user, and a fault, at an exact point of the
 * synchronous turn in which a controller sends its request, on a clock that stands still. The embedded server
 * shows a write in a later turn of the event loop. Whatever rests on validation or defaults belongs into a
 * test against that one.
 */
import {
  ApiError,
  type DeleteOptions,
  type KubeClient,
  type ListOptions,
  type ObjectName,
  type PatchOptions,
  type PatchType,
  type RawWatchEvent,
  type RequestOptions,
  type WatchOptions,
  type WriteOptions,
} from "../../client/index.ts";
import { defined, formatTime, type Kernel } from "../../kernel/index.ts";
import type { AnyObject, KubeList, KubeObject, Resource } from "../../kube/index.ts";
import { FakeWatch } from "./fake-watch.ts";

export type Verb = "get" | "list" | "create" | "update" | "patch" | "delete" | "watch";

/** A request as the test sees it. */
export interface FakeRequest {
  readonly verb: Verb;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly body?: unknown;
  readonly subresource?: string;
}

/**
 * What goes wrong with a request. `before`: instead of carrying it out. `after`: carried out, and the answer
 * replaced.
 */
export interface Fault {
  readonly before?: Error;
  readonly after?: Error;
  /** The request goes on when this resolves. */
  readonly until?: Promise<void>;
}

type Fields = Record<string, unknown>;

export class FakeApi implements KubeClient {
  readonly requests: FakeRequest[] = [];
  /** Asked about each request, in order. */
  fault: (request: FakeRequest) => Fault | undefined = () => undefined;
  readonly #kernel: Kernel;
  readonly #kinds = new Map<string, Map<string, AnyObject>>();
  readonly #history: { readonly kind: string; readonly revision: number; readonly event: RawWatchEvent }[] =
    [];
  readonly #watches = new Set<FakeWatch>();
  #revision = 100;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get revision(): string {
    return String(this.#revision);
  }

  get watchCount(): number {
    return this.#watches.size;
  }

  /** Requests of these verbs, as `create Thing n/a`. */
  log(...verbs: readonly Verb[]): readonly string[] {
    return this.requests
      .filter(({ verb }) => verbs.includes(verb))
      .map(({ verb, kind, namespace, name }) => `${verb} ${kind} ${namespace}/${name}`);
  }

  /** Holds the events of a kind back from its watches until `release`. */
  hold(resource: Resource): { release: () => void } {
    const held = [...this.#watches].filter((watch) => watch.kind === resource.kind);
    for (const watch of held) watch.hold();
    return {
      release: () => {
        for (const watch of held) watch.release();
      },
    };
  }

  /** Ends all watches of a kind, as a server that restarts does. */
  breakWatches(resource: Resource): void {
    for (const watch of this.#watches) if (watch.kind === resource.kind) watch.end();
  }

  // ── what another user does, without a request ────────────────────────────────────────────────────────────

  peek(resource: Resource, namespace: string, name: string): AnyObject | undefined {
    return this.#objects(resource).get(`${namespace}/${name}`);
  }

  put(resource: Resource, object: KubeObject): AnyObject {
    const { namespace = "", name } = object.metadata;
    const held = this.peek(resource, namespace, name);
    return held === undefined
      ? this.#insert(resource, object)
      : this.#store(resource, held, object as AnyObject);
  }

  remove(resource: Resource, namespace: string, name: string): void {
    const held = this.#held(resource, { namespace, name });
    this.#objects(resource).delete(`${namespace}/${name}`);
    const metadata = { ...held.metadata, resourceVersion: String(++this.#revision) };
    this.#publish(resource, { type: "DELETED", object: { ...held, metadata } });
  }

  // ── KubeClient ───────────────────────────────────────────────────────────────────────────────────────────

  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options?: RequestOptions): Promise<T> {
    return this.#serve("get", resource, name, options, () => this.#held(resource, name) as unknown as T);
  }

  list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    return this.#serve("list", resource, { name: "", namespace: options.namespace ?? "" }, options, () => ({
      apiVersion: "v1",
      kind: `${resource.kind}List`,
      metadata: { resourceVersion: this.revision },
      items: [...this.#objects(resource).values()]
        .filter((item) => options.namespace === undefined || item.metadata.namespace === options.namespace)
        .map((item) => structuredClone(item) as unknown as T),
    }));
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.#serve("create", resource, nameOf(object), { ...options, body: object }, () => {
      const { namespace = "", name } = object.metadata;
      if (this.peek(resource, namespace, name) !== undefined) {
        throw apiError(409, "AlreadyExists", `${resource.plural} "${name}" already exists`);
      }
      return this.#insert(resource, object) as unknown as T;
    });
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.#serve("update", resource, nameOf(object), { ...options, body: object }, () => {
      const held = this.#held(resource, nameOf(object));
      checkPreconditions(held, object.metadata);
      return this.#store(resource, held, object as unknown as AnyObject) as unknown as T;
    });
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    _type: PatchType,
    body: unknown,
    options?: PatchOptions,
  ): Promise<T> {
    return this.#serve("patch", resource, name, { ...options, body }, () => {
      const held = this.#held(resource, name);
      const patch = body as Fields;
      checkPreconditions(held, (patch.metadata ?? {}) as KubeObject["metadata"]);
      const merged = mergePatch(held, patch) as AnyObject;
      const fresh =
        options?.subresource === "status"
          ? { ...held, status: merged.status }
          : { ...merged, status: held.status };
      return this.#store(resource, held, fresh) as unknown as T;
    });
  }

  delete(resource: Resource, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    return this.#serve("delete", resource, name, options, () => {
      const held = this.#held(resource, name);
      checkPreconditions(held, options);
      if ((held.metadata.finalizers ?? []).length === 0) {
        this.remove(resource, name.namespace ?? "", name.name);
        return;
      }
      const deletionTimestamp = held.metadata.deletionTimestamp ?? formatTime(this.#kernel.clock.now());
      this.#store(resource, held, { ...held, metadata: { ...held.metadata, deletionTimestamp } });
    });
  }

  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): Promise<AsyncIterable<RawWatchEvent>> {
    const { namespace, resourceVersion, signal } = options;
    return this.#serve("watch", resource, { name: "", namespace: namespace ?? "" }, options, () => {
      const watch = new FakeWatch(resource.kind, namespace);
      for (const { kind, revision, event } of this.#history) {
        if (kind === resource.kind && revision > Number(resourceVersion)) watch.push(event);
      }
      this.#watches.add(watch);
      watch.onEnd = () => this.#watches.delete(watch);
      signal?.addEventListener("abort", () => watch.end(signal.reason), { once: true });
      return watch;
    });
  }

  raw(): Promise<unknown> {
    return Promise.reject(apiError(404, "NotFound", "there are no other paths"));
  }

  async close(): Promise<void> {
    for (const watch of [...this.#watches]) watch.end();
  }

  // ── the server ───────────────────────────────────────────────────────────────────────────────────────────

  async #serve<R>(
    verb: Verb,
    resource: Resource,
    { namespace = "", name }: ObjectName,
    options: (WriteOptions & { readonly body?: unknown }) | undefined,
    carryOut: () => R,
  ): Promise<R> {
    const { signal, body, subresource } = options ?? {};
    const request: FakeRequest = {
      verb,
      kind: resource.kind,
      namespace,
      name,
      ...defined({ body, subresource }),
    };
    this.requests.push(request);
    const fault = this.fault(request);
    await abortable(fault?.until ?? Promise.resolve(), signal);
    if (fault?.before !== undefined) throw fault.before;
    const answer = carryOut();
    if (fault?.after !== undefined) throw fault.after;
    return answer;
  }

  #objects(resource: Resource): Map<string, AnyObject> {
    const known = this.#kinds.get(resource.kind);
    if (known !== undefined) return known;
    const made = new Map<string, AnyObject>();
    this.#kinds.set(resource.kind, made);
    return made;
  }

  #held(resource: Resource, { namespace = "", name }: ObjectName): AnyObject {
    const held = this.peek(resource, namespace, name);
    if (held === undefined) throw apiError(404, "NotFound", `${resource.plural} "${name}" not found`);
    return held;
  }

  #insert(resource: Resource, object: KubeObject): AnyObject {
    const metadata = {
      ...object.metadata,
      uid: this.#kernel.random.uuid(),
      generation: 1,
      creationTimestamp: formatTime(this.#kernel.clock.now()),
      resourceVersion: String(++this.#revision),
    };
    const stored = structuredClone({ ...object, metadata }) as AnyObject;
    this.#objects(resource).set(`${metadata.namespace ?? ""}/${metadata.name}`, stored);
    this.#publish(resource, { type: "ADDED", object: stored });
    return structuredClone(stored);
  }

  #store(resource: Resource, held: AnyObject, object: AnyObject): AnyObject {
    const { uid, generation = 1, resourceVersion } = held.metadata;
    const same = { ...object, metadata: { ...object.metadata, uid, generation, resourceVersion } };
    if (JSON.stringify(same) === JSON.stringify(held)) return structuredClone(held);
    const specChanged = JSON.stringify(object.spec) !== JSON.stringify(held.spec);
    const metadata = {
      ...same.metadata,
      generation: specChanged ? generation + 1 : generation,
      resourceVersion: String(++this.#revision),
    };
    const stored = structuredClone({ ...object, metadata }) as AnyObject;
    const key = `${held.metadata.namespace ?? ""}/${held.metadata.name}`;
    const isGone = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    if (isGone) this.#objects(resource).delete(key);
    else this.#objects(resource).set(key, stored);
    this.#publish(resource, { type: isGone ? "DELETED" : "MODIFIED", object: stored });
    return structuredClone(stored);
  }

  #publish(resource: Resource, event: RawWatchEvent): void {
    this.#history.push({ kind: resource.kind, revision: this.#revision, event });
    for (const watch of this.#watches) if (watch.kind === resource.kind) watch.push(event);
  }
}

export function apiError(code: number, reason: string, message = reason): ApiError {
  return new ApiError(code, { code, reason, message });
}

/** RFC 7396. The runtime may not import the server's. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged: Fields = typeof target === "object" && target !== null ? { ...(target as Fields) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function checkPreconditions(
  held: AnyObject,
  { uid, resourceVersion }: { readonly uid?: string; readonly resourceVersion?: string },
): void {
  const other = uid !== undefined && uid !== held.metadata.uid;
  const newer = resourceVersion !== undefined && resourceVersion !== held.metadata.resourceVersion;
  if (other || newer) throw apiError(409, "Conflict", `${held.metadata.name} has been modified`);
}

function nameOf(object: KubeObject): ObjectName {
  return { namespace: object.metadata.namespace ?? "", name: object.metadata.name };
}

function abortable(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}
