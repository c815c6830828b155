/**
 * What `plexaubnet up` is made of, in one process: a durable API server, and the operator as its client, over
 * TLS or over memory. Prints one JSON object.
 *
 * `node up-process.ts burst|fill|hold tls|memory DIRECTORY COUNT`
 */
import { join } from "node:path";
import {
  API_VERSION,
  crds,
  lifeOf,
  SUBNET_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetPool,
} from "../../src/api/index.ts";
import {
  ADMIN,
  type ApiServer,
  createIdentity,
  openSqliteStore,
  type StoreChange,
  startApiServer,
} from "../../src/apiserver/index.ts";
import { boundHeapGrowth } from "../../src/cli/process/heap-growth.ts";
import {
  createClient,
  createInProcessClient,
  type KubeClient,
  type Resource,
} from "../../src/client/index.ts";
import { systemKernel as kernel } from "../../src/kernel/index.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../src/kube/index.ts";
import { type Operator, startOperator } from "../../src/operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../src/runtime/index.ts";
import { inParallel } from "./bench-world.ts";

const [task, transport, directory = "", countText = "0"] = process.argv.slice(2);
const count = Number(countText);
const NAMESPACE = "up";
const POOL = "up";
const NOW_TEXT = "2026-01-01T00:00:00Z";
/** As `up` has it. */
const CONCURRENCY = 32;
const HEAP_GROWTH_PERCENT = 40;
const LOAD_WIDTH = 64;

boundHeapGrowth(HEAP_GROWTH_PERCENT);
const store = openSqliteStore(join(directory, "state.db"), { kernel });
const server = await startApiServer({ kernel, store, identity: await createIdentity(kernel, []) });
/** Puts load on, and is the same in all runs. */
const load = createInProcessClient(server.connect(ADMIN), { kernel });

function operatorClient({ url, identity }: ApiServer): KubeClient {
  if (transport === "memory") return createInProcessClient(server.connect(ADMIN), { kernel });
  const config = { server: url, ca: identity.caCertificate, auth: { token: identity.token } };
  return createClient(config, { kernel });
}

let operator: Operator | undefined;

async function startOwnOperator(): Promise<void> {
  const logger = createLogger({ clock: kernel.clock, level: "warn" });
  operator = await startOperator({
    client: operatorClient(server),
    kernel,
    logger,
    metrics: new RuntimeMetrics(),
    concurrency: CONCURRENCY,
  });
}

function create(resource: Resource, name: string, spec: object) {
  const metadata = { name, namespace: NAMESPACE };
  return load.create(resource, { apiVersion: API_VERSION, kind: resource.kind, metadata, spec } as never);
}

async function prepare(pool: object): Promise<void> {
  for (const crd of crds) await load.create(CUSTOM_RESOURCE_DEFINITIONS, crd as never);
  await load.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await create(SUBNET_POOLS, POOL, pool);
}

/** Resolves with the change that makes `holds` true. */
function seen(resource: Resource, holds: (change: StoreChange) => boolean): Promise<void> {
  return new Promise((resolve) => {
    store.watch(`${resource.group}/${resource.plural}`, {
      after: store.revision,
      onChange: (change) => holds(change) && resolve(),
    });
  });
}

/** All claims are there when the operator starts. */
async function burst(): Promise<object> {
  await prepare({ cidr: "10.0.0.0/8" });
  await inParallel(count, LOAD_WIDTH, (i) =>
    create(SUBNET_CLAIMS, `c-${i}`, { poolRef: POOL, clusterID: `c-${i}` }),
  );
  const first = seen(SUBNETS, () => true);
  let bound = 0;
  const last = seen(SUBNET_CLAIMS, (change) => {
    if (change.type === "put" && phaseOf(change.current.object) === "Bound") bound++;
    return bound === count;
  });
  await startOwnOperator();
  await first;
  const [startMs, cpu] = [performance.now(), process.cpuUsage()];
  await last;
  const { user, system } = process.cpuUsage(cpu);
  return {
    claimsPerSecond: count / ((performance.now() - startMs) / 1000),
    cpuMicrosPerClaim: (user + system) / count,
  };
}

function phaseOf(object: object): string | undefined {
  return (object as { status?: { phase?: string } }).status?.phase;
}

/** Subnets as they are once a claim is bound, without the work of binding. */
async function fill(): Promise<object> {
  await prepare({ cidr: "10.0.0.0/8", defaultBlockSize: 28, maxBlockSize: 28 });
  await inParallel(count, LOAD_WIDTH, async (i) => {
    const cidr = `10.${(i >> 12) & 255}.${(i >> 4) & 255}.${(i & 15) << 4}/28`;
    const subnet = await create(SUBNETS, `s-${i}`, { poolRef: POOL, clusterID: `c-${i}`, cidr });
    const { resourceVersion, name } = subnet.metadata;
    const condition = { type: "Ready", status: "True", reason: "Allocated", message: "holds its block" };
    const status = {
      phase: "Allocated",
      life: lifeOf(subnet),
      allocatedAt: NOW_TEXT,
      observedGeneration: 1,
      conditions: [{ ...condition, lastTransitionTime: NOW_TEXT }],
    };
    const body = { metadata: { resourceVersion }, status };
    await load.patch(SUBNETS, { namespace: NAMESPACE, name }, "merge", body, { subresource: "status" });
  });
  // What a restart finds is the objects, and no history of how they came about.
  await store.compact(store.revision);
  return {};
}

/** What a process takes that holds all of it, at rest. */
async function hold(): Promise<object> {
  const startMs = performance.now();
  await startOwnOperator();
  for (;;) {
    const pool = await load.get(SUBNET_POOLS as Resource<SubnetPool>, { namespace: NAMESPACE, name: POOL });
    if (pool.status?.allocatedCount === count) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const readyMs = performance.now() - startMs;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  await collected();
  const { rss, heapUsed } = process.memoryUsage();
  return { readySeconds: readyMs / 1000, rssBytes: rss, heapBytes: heapUsed, peakBytes };
}

/** Finalizers and weak references take more than one collection. */
async function collected(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc?.();
  }
}

const result = await (task === "burst" ? burst() : task === "fill" ? fill() : hold());
process.send?.(result);
await operator?.stop();
await server.stop();
await store.close();
process.exit(0);
