/** The example of load balancers on an embedded API server and an embedded ledger, for tests. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { parseAllDocuments } from "yaml";
import { createIdentity, createMemoryStore, startApiServer } from "../../src/apiserver/index.ts";
import { type Ledger, openLedger } from "../../src/balancers/ledger/index.ts";
import {
  DEFAULT_SETTINGS,
  IP_ADDRESS_POOLS,
  type RoundContext,
  readClusterSide,
  SERVICES,
  type SyncSettings,
} from "../../src/balancers/sync/index.ts";
import {
  type AnyObject,
  clusterConfigFor,
  createClient,
  type KubeClient,
  loadKubeconfig,
  type Resource,
} from "../../src/client/index.ts";
import { startMetalLbStandIn } from "../../src/demo/metallb-stand-in.ts";
import { readSeed, seedLedger } from "../../src/demo/seed-ledger.ts";
import { type Kernel, sleep, systemKernel } from "../../src/kernel/index.ts";
import { type Logger, RuntimeMetrics } from "../../src/runtime/index.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/load-balancers");
const KINDS: Readonly<Record<string, Resource>> = {
  CustomResourceDefinition: {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
  },
  Namespace: { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
  IPAddressPool: IP_ADDRESS_POOLS,
  Service: SERVICES,
};

export interface LoadBalancerWorld {
  readonly client: KubeClient;
  readonly ledger: Ledger;
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** The file that leads to its API. */
  readonly kubeconfig: string;
  context(settings?: Partial<SyncSettings>, client?: KubeClient): RoundContext;
  create(yaml: string): Promise<void>;
  until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>;
  dispose(): Promise<void>;
}

export const SETTINGS: SyncSettings = { ...DEFAULT_SETTINGS, intervalSeconds: 3_600 };

/** @param example false: the kinds and an empty ledger alone. */
export async function createLoadBalancerWorld(example = true): Promise<LoadBalancerWorld> {
  const kernel = systemKernel;
  const logger = pino({ level: "silent" });
  const parts = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-lb-"));
  parts.defer(() => rmSync(folder, { recursive: true, force: true }));
  const identity = await createIdentity(kernel, []);
  const server = await startApiServer({ kernel, store: createMemoryStore(), identity });
  parts.defer(() => server.stop());
  const file = join(folder, "kubeconfig");
  writeFileSync(file, server.kubeconfig());
  const client = createClient(clusterConfigFor(loadKubeconfig({ file })), { kernel });
  parts.defer(() => client.close());
  const ledger = await openLedger({ target: { dialect: "sqlite", path: join(folder, "ledger.db") }, kernel });
  parts.defer(() => ledger.close());
  const world: LoadBalancerWorld = {
    client,
    ledger,
    kernel,
    logger,
    kubeconfig: file,
    context: (settings, other = client) => ({
      client: other,
      ledger,
      kernel,
      actor: "test",
      settings: { ...SETTINGS, ...settings },
    }),
    create: (yaml) => create(client, yaml),
    until: (what, look) => until(kernel, what, look),
    dispose: () => parts.disposeAsync(),
  };
  await world.create(readFileSync(join(EXAMPLE, "00-metallb-kinds.yaml"), "utf8"));
  await world.until("IPAddressPools are served", () => client.list(IP_ADDRESS_POOLS).catch(() => undefined));
  if (example) await applyExample(world, parts);
  return world;
}

async function applyExample(world: LoadBalancerWorld, parts: AsyncDisposableStack): Promise<void> {
  const { client, ledger, kernel, logger } = world;
  for (const file of ["10-pools.yaml", "20-services.yaml"])
    await world.create(readFileSync(join(EXAMPLE, file), "utf8"));
  const standIn = await startMetalLbStandIn({ client, kernel, logger, metrics: new RuntimeMetrics() });
  parts.defer(() => standIn.stop());
  const side = await world.until("every Service has its IP", async () => {
    const read = await readClusterSide(client);
    return read.balancers.length === 4 && read;
  });
  await seedLedger(ledger, "default", readSeed(join(EXAMPLE, "ledger.yaml")), side.balancers, kernel);
}

async function create(client: KubeClient, yaml: string): Promise<void> {
  for (const document of parseAllDocuments(yaml)) {
    const object = document.toJS() as AnyObject;
    const resource = KINDS[object.kind];
    if (resource === undefined) throw new Error(`the example has the unknown kind ${object.kind}`);
    await client.create(resource, object);
  }
}

async function until<T>(
  kernel: Kernel,
  what: string,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadlineMs = kernel.clock.monotonicMs() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (kernel.clock.monotonicMs() > deadlineMs) throw new Error(`it did not come to be that ${what}`);
    await sleep(kernel.clock, 20);
  }
}
