/**
 * The example of load balancers within `plexaubnet up`: MetalLB's kind, pools and Services, a stand-in for
 * MetalLB's controller, a ledger that differs in five ways on purpose, and the comparison that watches it
 * (mode observe, so that what differs stays until a user repairs it).
 */
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { keepIncidents } from "../balancers/incidents/index.ts";
import { type Ledger, openLedger } from "../balancers/ledger/index.ts";
import {
  IP_ADDRESS_POOLS,
  LoadBalancerMetrics,
  readClusterSide,
  readSettings,
  SERVICES,
  type SyncSettings,
  startLoadBalancerSync,
} from "../balancers/sync/index.ts";
import { type AnyObject, ApiError, type KubeClient, type Resource } from "../client/index.ts";
import { type Kernel, sleep } from "../kernel/index.ts";
import { NAMESPACES } from "../kube/index.ts";
import type { Logger, RuntimeMetrics } from "../runtime/index.ts";
import { startMetalLbStandIn } from "./metallb-stand-in.ts";
import { expectedBalancers, readSeed, seedLedger } from "./seed-ledger.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/load-balancers/", import.meta.url));
const PATIENCE_MS = 10_000;
const POLL_MS = 20;
const ACTOR = "plexaubnet-up";

const CRDS: Resource<AnyObject> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};
const KINDS: readonly Resource[] = [CRDS, NAMESPACES, IP_ADDRESS_POOLS, SERVICES];

export interface BalancerDemoOptions {
  readonly client: KubeClient;
  /** Undefined: in memory. */
  readonly ledgerFile: string | undefined;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  readonly signal: AbortSignal;
}

export interface BalancerDemo {
  /** It is closed by {@link BalancerDemo.stop}. */
  readonly ledger: Ledger;
  readonly settings: SyncSettings;
  stop(): Promise<void>;
}

export async function startBalancerDemo(options: BalancerDemoOptions): Promise<BalancerDemo> {
  const { client, kernel, logger, metrics, ledgerFile } = options;
  await using parts = new AsyncDisposableStack();
  const path = ledgerFile === undefined ? ":memory:" : ownFile(ledgerFile);
  const ledger = await openLedger({ target: { dialect: "sqlite", path }, kernel });
  parts.defer(() => ledger.close());
  const settings = exampleSettings();
  const isFirst = (await ledger.audit({ limit: 1 })).length === 0;
  await apply(options, ["00-metallb-kinds.yaml"]);
  await until(options, async () =>
    client.list(IP_ADDRESS_POOLS, { limit: 1 }).then(
      () => true,
      () => false,
    ),
  );
  const standIn = await startMetalLbStandIn({ client, kernel, logger, metrics });
  parts.defer(() => standIn.stop());
  if (isFirst) await beginExample(options, ledger, settings);
  const sync = await startLoadBalancerSync({
    client,
    ledger,
    settings,
    kernel,
    logger,
    metrics,
    lbMetrics: new LoadBalancerMetrics(metrics.registry),
    onRound: keepIncidents({ client, kernel, settings, actor: ACTOR }),
  });
  parts.defer(() => sync.stop());
  const running = parts.move();
  return { ledger, settings, stop: () => running.disposeAsync() };
}

/** SQLite would make it readable for all. */
function ownFile(path: string): string {
  closeSync(openSync(path, "a", 0o600));
  return path;
}

function exampleSettings(): SyncSettings {
  const settings = readSettings(parse(readFileSync(join(EXAMPLE, "settings.yaml"), "utf8")));
  if (settings.ok) return settings.value;
  throw new Error(`examples/load-balancers/settings.yaml: ${settings.error.join(" ")}`);
}

async function beginExample(
  options: BalancerDemoOptions,
  ledger: Ledger,
  settings: SyncSettings,
): Promise<void> {
  const seed = readSeed(join(EXAMPLE, "ledger.yaml"));
  await apply(options, ["10-pools.yaml", "20-services.yaml"]);
  const count = async () => (await readClusterSide(options.client)).balancers;
  await until(options, async () => (await count()).length >= expectedBalancers(seed));
  await seedLedger(ledger, settings.cluster, seed, await count(), options.kernel);
}

/** Creates what is not there yet. */
async function apply({ client, signal }: BalancerDemoOptions, files: readonly string[]): Promise<void> {
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(join(EXAMPLE, file), "utf8"))) {
      const object = document.toJS() as AnyObject;
      const resource = KINDS.find(({ kind }) => kind === object.kind);
      if (resource === undefined)
        throw new Error(`${file} has the kind ${object.kind}, which this example cannot apply`);
      await client.create(resource, object, { signal }).catch((error) => {
        if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
      });
    }
  }
}

async function until({ kernel, signal }: BalancerDemoOptions, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = kernel.clock.monotonicMs() + PATIENCE_MS;
  while (!(await holds()) && kernel.clock.monotonicMs() < deadlineMs)
    await sleep(kernel.clock, POLL_MS, signal);
}
