/**
 * One kind, as all controllers of a manager share it: a cache, the reflectors that feed it, and the handlers of
 * its changes, in order: derived views, then blocked requests, then routes.
 */
import type { KubeClient } from "../client/index.ts";
import { defined, type Kernel } from "../kernel/index.ts";
import type { KubeObject, Resource } from "../kube/index.ts";
import { type IndexDefinition, ObjectCache, resourceKey, type WaitRegistry } from "./cache/index.ts";
import type { CacheDelta } from "./flow.ts";
import type { Logger } from "./logger.ts";
import { Reflector } from "./watch/index.ts";

export interface InformerOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly resource: Resource;
  readonly indexes: readonly IndexDefinition[];
  readonly waits: WaitRegistry;
  /** Empty: all namespaces in one watch. */
  readonly namespaces: readonly string[];
  readonly pageSize?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  readonly keepsManagedFields?: ((object: KubeObject) => boolean) | undefined;
  readonly onFatal: (error: unknown) => void;
}

export type DeltaHandler<T extends KubeObject = KubeObject> = (delta: CacheDelta<T>) => void;

export class Informer {
  readonly resource: Resource;
  readonly cache: ObjectCache;
  readonly #options: InformerOptions;
  readonly #views: DeltaHandler[] = [];
  readonly #routers: DeltaHandler[] = [];

  constructor(options: InformerOptions) {
    const { resource, logger } = options;
    this.#options = options;
    this.resource = resource;
    this.cache = new ObjectCache({
      resource,
      indexes: options.indexes.filter((index) => resourceKey(index.resource) === resourceKey(resource)),
      onDeltas: (deltas) => this.#publish(deltas),
      onIndexError: (index, error) =>
        logger.error(
          { kind: resource.kind, index, err: error },
          "An index function threw; the object is not in the index",
        ),
    });
  }

  /** Before all routes, once the cache and its indexes have changed. */
  addView(handler: DeltaHandler): void {
    this.#views.push(handler);
  }

  addRouter(handler: DeltaHandler): void {
    this.#routers.push(handler);
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { namespaces } = this.#options;
    const scopes = namespaces.length === 0 || !this.resource.namespaced ? [undefined] : namespaces;
    // All sources exist before the first one lists: a cache is synced when all of them are.
    const reflectors = scopes.map((namespace) => this.#reflector(namespace));
    await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
  }

  #reflector(namespace: string | undefined): Reflector {
    const { client, kernel, logger, pageSize, idleTimeoutMs, keepsManagedFields } = this.#options;
    const { resource } = this;
    return new Reflector({
      client,
      kernel,
      resource,
      logger: logger.child({ kind: resource.kind, ...defined({ namespace }) }),
      sink: this.cache.source(namespace),
      ...defined({ namespace, pageSize, idleTimeoutMs, keepsManagedFields }),
    });
  }

  #publish(deltas: readonly CacheDelta[]): void {
    for (const view of this.#views) this.#notify(view, deltas);
    const { waits } = this.#options;
    this.#notify((delta) => waits.notify(this.cache, delta), deltas);
    for (const router of this.#routers) this.#notify(router, deltas);
  }

  /** A handler that throws on one delta gets the next one all the same. */
  #notify(handler: DeltaHandler, deltas: readonly CacheDelta[]): void {
    for (const delta of deltas) {
      try {
        handler(delta);
      } catch (error) {
        const { namespace, name } = (delta.new ?? delta.old).metadata;
        this.#options.logger.error(
          { kind: this.resource.kind, namespace, name, delta: delta.type, err: error },
          "A change handler threw",
        );
        this.#options.onFatal(error);
      }
    }
  }
}
