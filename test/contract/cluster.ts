/**
 * The API under test, for the cases of one file: a client, a namespace and an API group of the file's own,
 * and removal of both.
 *
 * How to add cases: a file per topic; `const api = useCluster()` at its top; a title that states the promise;
 * and above each case, or group of cases, the place in the Kubernetes documentation that makes it. Where the
 * documentation leaves a choice, a case takes every answer that it allows. No case may rest on what another
 * left.
 */

import { afterAll, beforeAll } from "vitest";
import { parse } from "yaml";
import {
  type ApiServer,
  createIdentity,
  createMemoryStore,
  startApiServer,
} from "../../src/apiserver/index.ts";
import {
  type AnyObject,
  ApiError,
  type ClusterConfig,
  clusterConfigFor,
  type KubeClient,
  loadKubeconfig,
  type RawWatchEvent,
  type Resource,
} from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { clientOf } from "../transport.ts";
import { crds, namespaces } from "./resources.ts";
import { widgetCrd, widgetsOf } from "./widgets.ts";
import { createWire, type Wire } from "./wire.ts";

/** How long a real cluster may take over what it does in the background. */
const PATIENCE_SECONDS = 20;

export interface Cluster {
  readonly config: ClusterConfig;
  readonly client: KubeClient;
  /** The same, bare: see `wire.ts`. */
  readonly wire: Wire;
  /** Empty except for what Kubernetes puts into every namespace. */
  readonly namespace: string;
  /** A group that no other file uses. */
  readonly group: string;
  /** Whether this is the embedded server. */
  readonly embedded: boolean;
  /**
   * Makes the server forget all history but the present state, as etcd does every five minutes. Only the
   * embedded server can be configured to: cases that need it are skipped elsewhere
   * (`test.skipIf(!api.embedded)`).
   */
  forgetHistory(): Promise<void>;
  configMap(name: string, more?: object): AnyObject;
  /** Defines `Widget`s in `group`, once a file: see `widgets.ts`. */
  installWidgets(): Promise<Resource<AnyObject>>;
}

/** Registers the hooks. The object shows the parts once they are there. */
export function useCluster(): Cluster {
  const tag = systemKernel.random.uuid().slice(0, 8);
  const namespace = `plexaubnet-contract-${tag}`;
  const group = `c${tag}.contract.plexaubnet.io`;
  const context = process.env.CONTRACT_CONTEXT;
  let config: ClusterConfig | undefined;
  let client: KubeClient | undefined;
  let wire: Wire | undefined;
  let embedded: Embedded | undefined;
  let widgets: Promise<Resource<AnyObject>> | undefined;
  const there = <V>(value: V | undefined): V => {
    if (value === undefined) throw new Error("the cluster is there only within tests and hooks");
    return value;
  };
  beforeAll(async () => {
    if (context !== undefined) config = clusterConfigFor(loadKubeconfig(), context);
    else embedded = await startEmbedded();
    config ??= there(embedded).config;
    client = clientOf(embedded?.server, config, "plexaubnet-contract");
    wire = createWire(config);
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  });
  afterAll(async () => {
    if (client !== undefined) {
      if (widgets !== undefined) await removeQuietly(client, crds, `widgets.${group}`);
      await removeQuietly(client, namespaces, namespace);
      await client.close();
    }
    await wire?.close();
    await embedded?.stop();
  });
  return {
    get config() {
      return there(config);
    },
    get client() {
      return there(client);
    },
    get wire() {
      return there(wire);
    },
    namespace,
    group,
    embedded: context === undefined,
    forgetHistory: () => there(embedded).forgetHistory(),
    configMap: (name, more = {}) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace, name },
      ...more,
    }),
    installWidgets: () => {
      widgets ??= installWidgets(there(client), group);
      return widgets;
    },
  };
}

interface Embedded {
  readonly server: ApiServer;
  readonly config: ClusterConfig;
  readonly forgetHistory: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function startEmbedded(): Promise<Embedded> {
  const store = createMemoryStore();
  const identity = await createIdentity(systemKernel, []);
  const server = await startApiServer({ kernel: systemKernel, store, identity });
  const kubeconfig = parse(server.kubeconfig());
  const ca = Buffer.from(kubeconfig.clusters[0].cluster["certificate-authority-data"], "base64").toString();
  return {
    server,
    config: { server: server.url, ca, auth: { token: kubeconfig.users[0].user.token } },
    forgetHistory: () => store.compact(store.revision),
    stop: async () => {
      await server.stop();
      await store.close();
    },
  };
}

async function removeQuietly(client: KubeClient, resource: Resource, name: string): Promise<void> {
  try {
    await client.delete(resource, { name }, { propagationPolicy: "Background" });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  }
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
async function installWidgets(client: KubeClient, group: string): Promise<Resource<AnyObject>> {
  await client.create(crds, widgetCrd(group));
  await until(client, crds, { name: `widgets.${group}` }, (crd) => {
    // Null before the server has read the definition.
    const { conditions } = (crd.status ?? {}) as { conditions?: { type: string; status: string }[] | null };
    return (conditions ?? []).some((each) => each.type === "Established" && each.status === "True");
  });
  return widgetsOf(group);
}

/**
 * Waits until an object is as it should be, by watching it; undefined stands for one that is not there.
 *
 * @returns the object, or undefined when `wanted` holds for its absence.
 */
export async function until(
  client: KubeClient,
  resource: Resource<AnyObject>,
  { namespace, name }: { namespace?: string; name: string },
  wanted: (object: AnyObject & { status?: unknown }) => boolean,
): Promise<AnyObject> {
  const fieldSelector = `metadata.name=${name}`;
  const scope = { fieldSelector, ...(namespace !== undefined && { namespace }) };
  const list = await client.list(resource, scope);
  const [now] = list.items;
  if (now !== undefined && wanted(now)) return now;
  const { resourceVersion } = list.metadata;
  for await (const event of await client.watch(resource, {
    ...scope,
    resourceVersion,
    timeoutSeconds: PATIENCE_SECONDS,
  })) {
    const object = event.object as AnyObject;
    if ((event.type === "ADDED" || event.type === "MODIFIED") && wanted(object)) return object;
  }
  throw new Error(`${name} was not as it should be within ${PATIENCE_SECONDS} s`);
}

/** Waits until an object is gone. */
export async function untilGone(
  client: KubeClient,
  resource: Resource<AnyObject>,
  { namespace, name }: { namespace?: string; name: string },
): Promise<void> {
  const scope = { fieldSelector: `metadata.name=${name}`, ...(namespace !== undefined && { namespace }) };
  const list = await client.list(resource, scope);
  if (list.items.length === 0) return;
  const { resourceVersion } = list.metadata;
  for await (const event of await client.watch(resource, {
    ...scope,
    resourceVersion,
    timeoutSeconds: PATIENCE_SECONDS,
  })) {
    if (event.type === "DELETED") return;
  }
  throw new Error(`${name} was not gone within ${PATIENCE_SECONDS} s`);
}

/** The next `count` events of a watch that are not bookmarks, as `TYPE name`, and the objects. */
export async function take(
  watch: AsyncIterable<RawWatchEvent>,
  count: number,
): Promise<{ lines: string[]; objects: AnyObject[] }> {
  const lines: string[] = [];
  const objects: AnyObject[] = [];
  for await (const { type, object } of watch) {
    if (type === "BOOKMARK") continue;
    lines.push(`${type} ${object.metadata?.name}`);
    objects.push(object as AnyObject);
    if (lines.length === count) break;
  }
  return { lines, objects };
}

/** The ApiError that a request ends in. */
export function refusal(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => {
      throw new Error("the server should have refused this");
    },
    (error) => {
      if (error instanceof ApiError) return error;
      throw error;
    },
  );
}
