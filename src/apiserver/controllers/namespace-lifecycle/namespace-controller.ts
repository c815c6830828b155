/**
 * Empties namespaces that are being deleted, then lets them go: it serves the finalizer `kubernetes` in
 * `spec.finalizers` (https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/).
 *
 * Before it reads the content of a namespace for the first time it writes the namespace's status, and that write is a
 * barrier: what was let in before the namespace became Terminating was accepted before that write, so it is visible
 * after it. Nothing is left behind in a namespace that is gone.
 */
import type { Logger } from "pino";
import type { Clock } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import {
  EVERY_KIND,
  type Store,
  type StoreChange,
  type StoredObject,
  type Subscription,
} from "../../store/index.ts";
import type { ObjectWriter } from "../../writes/object-writer.ts";
import { RetryQueue } from "../retry-queue.ts";
import { type Remainder, withRemainder } from "./conditions.ts";

export interface NamespaceControllerOptions {
  readonly store: Store;
  readonly writer: Pick<ObjectWriter, "delete">;
  readonly kernel: { readonly clock: Clock };
  readonly logger?: Pick<Logger, "warn">;
}

export interface NamespaceController {
  /** Resolves when there is nothing to do, except for failed keys that wait for a retry. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function startNamespaceController(options: NamespaceControllerOptions): NamespaceController {
  return new Controller(options);
}

const NAMESPACES = "namespaces";
const FINALIZER = "kubernetes";
const CONCURRENT_NAMESPACES = 4;
const CONCURRENT_DELETIONS = 32;

class Controller implements NamespaceController {
  readonly #store: Store;
  readonly #writer: Pick<ObjectWriter, "delete">;
  readonly #clock: Clock;
  readonly #queue: RetryQueue;
  /** UIDs of namespaces whose barrier was written. */
  readonly #barred = new Set<string>();
  readonly #watch: Subscription | undefined;

  constructor({ store, writer, kernel, logger }: NamespaceControllerOptions) {
    this.#store = store;
    this.#writer = writer;
    this.#clock = kernel.clock;
    this.#queue = new RetryQueue({
      clock: kernel.clock,
      concurrency: CONCURRENT_NAMESPACES,
      work: (name) => this.#empty(name),
      onError: (namespace, error, retryDelayMs) =>
        logger?.warn({ err: error, namespace, retryDelayMs }, "could not empty a namespace"),
    });
    // A namespace that makes it stumble must not keep all others.
    const guard = (work: () => void) => {
      try {
        work();
      } catch (error) {
        logger?.warn({ err: error }, "could not look at a namespace");
      }
    };
    const watch = store.watch(EVERY_KIND, {
      after: store.revision,
      onChange: (change) => guard(() => this.#observe(change)),
    });
    if (watch.ok) this.#watch = watch.value;
    const list = store.list(NAMESPACES, {});
    if (list.ok) for (const { name } of list.value.items) guard(() => this.#enqueue(name));
    this.#queue.open();
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  close(): Promise<void> {
    this.#watch?.close();
    return this.#queue.close();
  }

  #observe(change: StoreChange): void {
    const { kind, namespace, name } = change.type === "put" ? change.current : change.previous;
    const cameOrWent = change.type === "delete" || change.previous === undefined;
    if (kind === NAMESPACES) this.#enqueue(name);
    else if (namespace !== "" && cameOrWent) this.#enqueue(namespace);
  }

  #enqueue(name: string): void {
    if (this.#terminating(name) !== undefined) this.#queue.add(name);
  }

  /** The namespace, if it is being deleted and waits for us. */
  #terminating(name: string): StoredObject | undefined {
    const namespace = this.#store.get({ kind: NAMESPACES, namespace: "", name });
    if (namespace?.object.metadata.deletionTimestamp === undefined) return undefined;
    return finalizersOf(namespace.object).includes(FINALIZER) ? namespace : undefined;
  }

  /** If a write of the namespace conflicts with another one, the event of that one triggers a retry. */
  async #empty(name: string): Promise<void> {
    const namespace = this.#terminating(name);
    if (namespace === undefined) return;
    const { uid = "" } = namespace.object.metadata;
    if (!this.#barred.has(uid)) {
      const status = withRemainder(namespace.object, this.#remainder(name, []), this.#clock.now());
      if (!(await this.#put(namespace, status))) return;
      this.#barred.add(uid);
    }
    const errors = await this.#deleteContent(name);
    const latest = this.#terminating(name);
    if (latest === undefined) return;
    const remainder = this.#remainder(name, errors.map(messageOf));
    if (remainder.byKind.size === 0) {
      if (await this.#letGo(latest)) this.#barred.delete(uid);
      return;
    }
    const status = withRemainder(latest.object, remainder, this.#clock.now());
    if (status !== latest.object) await this.#put(latest, status);
    const isLeft = [...this.#content(name)].some(
      ({ object }) => object.metadata.deletionTimestamp === undefined,
    );
    if (isLeft) throw new AggregateError(errors, `not everything in ${name} could be deleted`);
  }

  *#content(name: string): Generator<StoredObject> {
    for (const kind of this.#store.kinds()) {
      const list = this.#store.list(kind, { namespace: name });
      if (list.ok) yield* list.value.items;
    }
  }

  #remainder(name: string, failures: readonly string[]): Remainder {
    const byKind = new Map<string, number>();
    const byFinalizer = new Map<string, number>();
    for (const { kind, object } of this.#content(name)) {
      byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
      const { finalizers } = object.metadata;
      for (const finalizer of Array.isArray(finalizers) ? finalizers : []) {
        byFinalizer.set(finalizer, (byFinalizer.get(finalizer) ?? 0) + 1);
      }
    }
    return { byKind, byFinalizer, failures };
  }

  /** What could not be deleted, and why. */
  async #deleteContent(name: string): Promise<unknown[]> {
    const errors: unknown[] = [];
    const content = this.#content(name);
    const deleteNext = async () => {
      for (const stored of content) {
        const { uid = "", deletionTimestamp } = stored.object.metadata;
        if (deletionTimestamp !== undefined) continue;
        await this.#writer
          .delete(stored, { uid, propagationPolicy: "Background" })
          .catch((error: unknown) => errors.push(error));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_DELETIONS }, deleteNext));
    return errors;
  }

  async #put(namespace: StoredObject, object: AnyObject): Promise<boolean> {
    const result = await this.#store.write({
      do: "put",
      ...addressOf(namespace),
      object,
      expectedRevision: namespace.revision,
    });
    return result.ok;
  }

  async #letGo(namespace: StoredObject): Promise<boolean> {
    const { object } = namespace;
    const finalizers = finalizersOf(object).filter((finalizer) => finalizer !== FINALIZER);
    const isHeld = finalizers.length > 0 || (object.metadata.finalizers?.length ?? 0) > 0;
    if (isHeld) return this.#put(namespace, { ...object, spec: { ...(object.spec as object), finalizers } });
    const condition = { ...addressOf(namespace), expectedRevision: namespace.revision };
    return (await this.#store.write({ do: "delete", ...condition })).ok;
  }
}

function finalizersOf(namespace: AnyObject): readonly string[] {
  const spec = namespace.spec as { readonly finalizers?: readonly string[] } | undefined;
  return Array.isArray(spec?.finalizers) ? spec.finalizers : [];
}

function addressOf({ kind, namespace, name }: StoredObject) {
  return { kind, namespace, name };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
