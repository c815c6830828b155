/**
 * The operator beside an embedded API server, over real HTTPS, with as little around it as possible: what the
 * tests in this folder act on. They wait for what they expect to see on a watch, and never for time to pass.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import {
  API_VERSION,
  crds,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../src/api/index.ts";
import {
  type ApiServer,
  type ApiServerOptions,
  createIdentity,
  createMemoryStore,
  type Store,
  startApiServer,
} from "../../src/apiserver/index.ts";
import {
  type AnyObject,
  ApiError,
  clusterConfigFor,
  type KubeClient,
  type KubeObject,
  loadKubeconfig,
  type Resource,
} from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, EVENTS, NAMESPACES } from "../../src/kube/index.ts";
import { type Operator, type OperatorOptions, startOperator } from "../../src/operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../src/runtime/index.ts";
import { type FaultPlan, transportFaults } from "../../src/testing/index.ts";
import { clientOf } from "../transport.ts";
import { wrongAtRest } from "./at-rest.ts";
import { MODE } from "./failover/mode.ts";
import { StatusWrites } from "./failover/replica-process.ts";
import { ReplicaSet } from "./failover/replica-set.ts";
import { assertServed } from "./failover/served-tests.ts";
import { startInProcess, startProcesses } from "./failover/start-replicas.ts";

export const NAMESPACE = "fleet";

export { EVENTS };

const KUBECONFIG = "kubeconfig";

/** Longest that the fleet may take to come to rest at the end of a test file. */
const REST_LIMIT_MS = 60_000;

/** One operator or several replicas, as the run asks for. */
export type RunningOperator = Pick<Operator, "endpointsUrl" | "webhookUrl" | "stop">;

export class FleetWorld {
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly #statusWrites: StatusWrites;
  readonly #directory: string;
  readonly #clients: KubeClient[] = [];
  readonly #operators = new Set<RunningOperator>();
  /** What replicas did that none may do. */
  readonly #broken: string[] = [];

  private constructor(server: ApiServer, statusWrites: StatusWrites, directory: string) {
    this.server = server;
    this.#statusWrites = statusWrites;
    this.#directory = directory;
    this.client = this.newClient();
  }

  /** A server with our kinds and one namespace. No operator runs yet. */
  static async start(
    store: Store = createMemoryStore(),
    { faults, ...more }: Partial<ApiServerOptions> & { readonly faults?: FaultPlan } = {},
  ): Promise<FleetWorld> {
    const identity = await createIdentity(systemKernel, []);
    const statusWrites = new StatusWrites();
    const plan: FaultPlan = (request) => {
      statusWrites.tell(request);
      return faults?.(request);
    };
    const intercept = transportFaults(plan, systemKernel.clock);
    const server = await startApiServer({ kernel: systemKernel, store, identity, ...more, intercept });
    const directory = mkdtempSync(join(tmpdir(), "fleet-world-"));
    writeFileSync(join(directory, KUBECONFIG), server.kubeconfig());
    const world = new FleetWorld(server, statusWrites, directory);
    for (const crd of crds) await world.client.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
    await world.client.create(NAMESPACES, namespace);
    return world;
  }

  get #kubeconfig(): string {
    return join(this.#directory, KUBECONFIG);
  }

  newClient(): KubeClient {
    const kubeconfig = loadKubeconfig({ file: this.#kubeconfig });
    const client = clientOf(this.server, clusterConfigFor(kubeconfig));
    this.#clients.push(client);
    return client;
  }

  /** @throws in a test file that `served-tests.ts` does not list */
  async startOperator(more: Partial<OperatorOptions> = {}): Promise<RunningOperator> {
    assertServed(expect.getState().testPath);
    const operator = await this.#startOperator(more);
    this.#operators.add(operator);
    return operator;
  }

  #startOperator(more: Partial<OperatorOptions>): Promise<RunningOperator> {
    const { client = this.newClient(), ...rest } = more;
    if (MODE === "in-process") return startInProcess(client, NAMESPACE, rest);
    if (MODE === "processes") return startProcesses(this.#kubeconfig, NAMESPACE, this.#statusWrites);
    return startOperator({
      client,
      kernel: systemKernel,
      logger: createLogger({ clock: systemKernel.clock, level: "silent" }),
      metrics: new RuntimeMetrics(),
      ...rest,
    });
  }

  async stopOperator(operator: RunningOperator): Promise<void> {
    this.#operators.delete(operator);
    await operator.stop();
    if (operator instanceof ReplicaSet) this.#broken.push(...operator.broken);
  }

  /**
   * No leader is killed or paused meanwhile: for what only one process can be asked, and none where there is
   * none.
   */
  async steadily<T>(act: () => Promise<T>): Promise<T> {
    const sets = [...this.#operators].filter((operator) => operator instanceof ReplicaSet);
    for (const set of sets) await set.calm();
    try {
      return await act();
    } finally {
      for (const set of sets) set.goOn();
    }
  }

  /** @throws when the operators that still run do not bring the fleet to rest as it must be */
  async stop(): Promise<void> {
    const wrong = await this.#wrongAtRest();
    for (const operator of this.#operators) await this.stopOperator(operator);
    for (const client of this.#clients) await client.close();
    await this.server.stop();
    rmSync(this.#directory, { recursive: true, force: true });
    wrong.push(...this.#broken);
    if (wrong.length > 0) throw new Error(`What must hold at rest does not:\n  ${wrong.join("\n  ")}`);
  }

  async #wrongAtRest(): Promise<string[]> {
    if (this.#operators.size === 0) return [];
    for (const operator of this.#operators) if (operator instanceof ReplicaSet) await operator.calm();
    return [...(await wrongAtRest(this.client, REST_LIMIT_MS))];
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

  pool(name: string, cidr: string, spec: Partial<SubnetPool["spec"]> = {}): Promise<SubnetPool> {
    return this.#create(SUBNET_POOLS, name, { cidr, ...spec });
  }

  claim(name: string, poolRef: string, spec: Partial<SubnetClaim["spec"]> = {}): Promise<SubnetClaim> {
    return this.#create(SUBNET_CLAIMS, name, { poolRef, clusterID: name, ...spec });
  }

  subnet(name: string, poolRef: string, cidr: string, spec: Partial<Subnet["spec"]> = {}): Promise<Subnet> {
    return this.#create(SUBNETS, name, { poolRef, cidr, clusterID: name, ...spec });
  }

  poolClaim(name: string, parentPoolRef: string, desiredBlockSize: number): Promise<SubnetPoolClaim> {
    return this.#create(SUBNET_POOL_CLAIMS, name, { parentPoolRef, desiredBlockSize });
  }

  delete(resource: Resource, name: string): Promise<void> {
    return this.client.delete(resource, { namespace: NAMESPACE, name });
  }

  merge<T extends KubeObject>(resource: Resource<T>, name: string, patch: object): Promise<T> {
    return this.client.patch(resource, { namespace: NAMESPACE, name }, "merge", patch);
  }

  #create<T extends KubeObject>(resource: Resource<T>, name: string, spec: object): Promise<T> {
    const object = {
      apiVersion: API_VERSION,
      kind: resource.kind,
      metadata: { name, namespace: NAMESPACE },
      spec,
    };
    return this.client.create(resource, object as unknown as T);
  }

  // ── seeing ───────────────────────────────────────────────────────────────────────────────────────────────

  async get<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T | undefined> {
    try {
      return await this.client.get(resource, { namespace: NAMESPACE, name });
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: Resource<T>): Promise<readonly T[]> {
    return (await this.client.list(resource, { namespace: NAMESPACE })).items;
  }

  /** Resolves with the object once it is as expected. The test's own time limit is the limit. */
  async until<T extends KubeObject>(
    resource: Resource<T>,
    name: string,
    holds: (object: T) => boolean,
  ): Promise<T> {
    return (
      await this.untilAll(resource, (objects) => {
        const object = objects.get(name);
        return object !== undefined && holds(object);
      })
    ).get(name) as T;
  }

  async untilGone(resource: Resource, name: string): Promise<void> {
    await this.untilAll(resource, (objects) => !objects.has(name));
  }

  /** Follows all objects of a kind until they are, together, as expected. */
  async untilAll<T extends KubeObject>(
    resource: Resource<T>,
    holds: (objects: ReadonlyMap<string, T>) => boolean,
  ): Promise<ReadonlyMap<string, T>> {
    const list = await this.client.list(resource, { namespace: NAMESPACE });
    const objects = new Map(list.items.map((object) => [object.metadata.name, object]));
    if (holds(objects)) return objects;
    const { resourceVersion } = list.metadata;
    for await (const event of await this.client.watch(resource, { namespace: NAMESPACE, resourceVersion })) {
      if (event.type === "DELETED") objects.delete(event.object.metadata.name);
      else if (event.type === "ADDED" || event.type === "MODIFIED") {
        objects.set(event.object.metadata.name, event.object as T);
      }
      if (holds(objects)) return objects;
    }
    throw new Error(`the watch of ${resource.plural} ended before what was expected`);
  }

  /** Resolves once such an Event is there. The Events of a leader that was killed right then never are. */
  async recorded(holds: (event: AnyObject) => boolean): Promise<void> {
    if (MODE === "one") await this.untilAll(EVENTS, (events) => [...events.values()].some(holds));
  }

  bound(name: string): Promise<SubnetClaim> {
    return this.until(SUBNET_CLAIMS, name, (claim) => claim.status?.phase === "Bound");
  }

  poolShows(
    name: string,
    holds: (status: NonNullable<SubnetPool["status"]>) => boolean,
  ): Promise<SubnetPool> {
    return this.until(SUBNET_POOLS, name, (pool) => pool.status !== undefined && holds(pool.status));
  }
}

/** The reason of the Ready condition. */
export function reasonOf(object: SubnetClaim | SubnetPool | Subnet | SubnetPoolClaim): string | undefined {
  return object.status?.conditions?.find((condition) => condition.type === "Ready")?.reason;
}
