/**
 * {@link KubeClient}: what each method is as a request, and what its answer must be. How it gets there is the business of a
 * transport: HTTP, or calls within this process.
 */
import { defined } from "../kernel/index.ts";
import type { InProcessApi } from "../kube/in-process.ts";
import type { KubeList, KubeObject, Resource } from "../kube/object.ts";
import { apiVersionOf } from "../kube/object.ts";
import { strangeAnswer } from "./answer.ts";
import type {
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectName,
  PatchOptions,
  PatchType,
  RawWatchEvent,
  RequestOptions,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import type { ClientOptions, InProcessOptions } from "./client-options.ts";
import { type ClusterConfig, originOf } from "./cluster-config.ts";
import { ConfigError } from "./errors.ts";
import { InProcessTransport } from "./in-process-transport.ts";
import { materialSource } from "./material.ts";
import { RequestSender } from "./request-sender.ts";
import { collectionPath, objectPath, queryString } from "./resource-path.ts";
import { HttpTransport } from "./transport.ts";
import { watchEvents } from "./watch-events.ts";

const PATCH_CONTENT_TYPES: Readonly<Record<PatchType, string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
};

/**
 * A client that keeps its connections. Nothing is connected before the first request.
 *
 * @throws ConfigError when `config` cannot work.
 */
export function createClient(config: ClusterConfig, options: ClientOptions): KubeClient {
  const url = parseServer(config);
  const { cluster } = originOf(config);
  const ca =
    config.ca && materialSource(config.ca, `certificate-authority of ${cluster}`, options.kernel.clock);
  const connections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  const encoding = (options.compress ?? !isLoopback(url.hostname)) ? "gzip" : "identity";
  const transport = new HttpTransport(config, url, ca || undefined, connections);
  return new RequestClient(config, new RequestSender(config, options, transport, encoding));
}

const DEFAULT_MAX_CONNECTIONS = 128;

function parseServer(config: ClusterConfig): URL {
  const { cluster } = originOf(config);
  const url = URL.canParse(config.server) ? new URL(config.server) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new ConfigError(
      `server of ${cluster} is not an address: "${config.server}" (expected https://host:port)`,
    );
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/**
 * A client of an API server in this process, as `ApiServer.connect` opens it (docs/design/0018). It keeps the promises of
 * one over HTTP; besides, the objects that it returns and that its watches bring are frozen, and shared with the server.
 */
export function createInProcessClient(api: InProcessApi, options: InProcessOptions): KubeClient {
  const config = { server: api.name, auth: defined({ impersonate: options.impersonate }) };
  return new RequestClient(
    config,
    new RequestSender(config, options, new InProcessTransport(api), "identity"),
  );
}

class RequestClient implements KubeClient {
  readonly #config: ClusterConfig;
  readonly #sender: RequestSender;

  constructor(config: ClusterConfig, sender: RequestSender) {
    this.#config = config;
    this.#sender = sender;
  }

  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options?: RequestOptions): Promise<T> {
    return this.#sendForObject("GET", objectPath(resource, name.namespace, name.name), options);
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const query = queryString({
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      limit: options.limit,
      continue: options.continue,
      resourceVersion: options.resourceVersion,
      resourceVersionMatch: options.resourceVersionMatch,
    });
    const path = collectionPath(resource, options.namespace) + query;
    const list = (await this.#send("GET", path, options)) as Partial<KubeList<T>> | undefined;
    // An unexpected response that is read as an empty list would mean that every object was deleted.
    const { metadata, items = null } = list ?? {};
    if (typeof metadata?.resourceVersion !== "string" || (items !== null && !Array.isArray(items))) {
      throw strangeAnswer(this.#config, "list");
    }
    return { ...(list as KubeList<T>), items: withKind(resource, items) };
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { name, namespace } = object.metadata;
    const path =
      options.subresource === undefined
        ? collectionPath(resource, requireNamespace(resource, namespace))
        : objectPath(resource, namespace, name, options.subresource);
    return this.#sendForObject("POST", path + writeQuery(options), options, object);
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { name, namespace } = object.metadata;
    const path = objectPath(resource, namespace, name, options.subresource);
    return this.#sendForObject("PUT", path + writeQuery(options), options, object);
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, name }: ObjectName,
    type: PatchType,
    body: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const query = queryString({
      dryRun: options.dryRun === true ? "All" : undefined,
      fieldManager: options.fieldManager,
      force: type === "apply" ? options.force : undefined,
    });
    const path = objectPath(resource, namespace, name, options.subresource) + query;
    return this.#sendForObject("PATCH", path, options, body, PATCH_CONTENT_TYPES[type]);
  }

  async delete(
    resource: Resource,
    { namespace, name }: ObjectName,
    options: DeleteOptions = {},
  ): Promise<void> {
    const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = options;
    const conditional = uid !== undefined || resourceVersion !== undefined;
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      ...(conditional && {
        preconditions: {
          ...defined({ uid, resourceVersion }),
        },
      }),
      ...defined({ propagationPolicy, gracePeriodSeconds }),
    };
    await this.#send("DELETE", objectPath(resource, namespace, name), options, body);
  }

  async watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): Promise<AsyncIterable<RawWatchEvent>> {
    const query = queryString({
      watch: true,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      resourceVersion: options.resourceVersion,
      allowWatchBookmarks: options.allowBookmarks,
      timeoutSeconds: options.timeoutSeconds,
    });
    const stream = await this.#sender.open(collectionPath(resource, options.namespace) + query, options);
    return watchEvents(stream);
  }

  raw(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#send(method, path, options, body);
  }

  close(): Promise<void> {
    return this.#sender.close();
  }

  async #sendForObject<T extends KubeObject>(
    method: string,
    path: string,
    options: RequestOptions | undefined,
    body?: unknown,
    contentType?: string,
  ): Promise<T> {
    const object = (await this.#send(method, path, options, body, contentType)) as Partial<T> | undefined;
    if (typeof object?.metadata !== "object" || object.metadata === null) {
      throw strangeAnswer(this.#config, "object");
    }
    return object as T;
  }

  #send(
    method: string,
    path: string,
    options: RequestOptions = {},
    body?: unknown,
    contentType = "application/json",
  ): Promise<unknown> {
    return this.#sender.send(method, path, options, body, contentType);
  }
}

function writeQuery(options: WriteOptions): string {
  if (options.dryRun === undefined && options.fieldManager === undefined) return "";
  return queryString({
    dryRun: options.dryRun === true ? "All" : undefined,
    fieldManager: options.fieldManager,
  });
}

function requireNamespace(resource: Resource, namespace: string | undefined): string | undefined {
  if (!resource.namespaced) return undefined;
  if (namespace === undefined || namespace === "") {
    throw new TypeError(`a ${resource.kind} needs metadata.namespace: ${resource.plural} are namespaced`);
  }
  return namespace;
}

/** Lists of built-in kinds leave out what all their items share. */
function withKind<T extends KubeObject>(resource: Resource<T>, items: readonly T[] | null): readonly T[] {
  if (items === null) return [];
  const apiVersion = apiVersionOf(resource);
  const { kind } = resource;
  return items.map((item) => (item.kind === undefined ? { ...item, apiVersion, kind } : item));
}
