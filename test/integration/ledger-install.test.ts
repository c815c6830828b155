/**
 * What `deploy/` installs for the ledger of load balancers, applied under RBAC: it is all that the controller
 * needs.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { createIdentity, createMemoryStore, startApiServer } from "../../src/apiserver/index.ts";
import { openLedger } from "../../src/balancers/ledger/index.ts";
import {
  DEFAULT_SETTINGS,
  IP_ADDRESS_POOLS,
  LoadBalancerMetrics,
  type RoundResult,
  runRound,
  SERVICES,
  startLoadBalancerSync,
} from "../../src/balancers/sync/index.ts";
import { LEDGER_INSTALLED } from "../../src/cli/install/names.ts";
import {
  type AnyObject,
  clusterConfigFor,
  createClient,
  type KubeClient,
  loadKubeconfig,
  type Resource,
} from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { RuntimeMetrics } from "../../src/runtime/index.ts";

const ROOT = join(import.meta.dirname, "../..");
const HOME = "plexaubnet-system";
const ACCOUNT = LEDGER_INSTALLED.name;

const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: "configmaps",
  CustomResourceDefinition: "customresourcedefinitions",
  Deployment: "deployments",
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  Service: "services",
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
};

let parts: AsyncDisposableStack;
let admin: KubeClient;
let account: KubeClient;
const forbidden: string[] = [];
let folder: string;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  folder = mkdtempSync(join(tmpdir(), "plexaubnet-ledger-install-"));
  parts.defer(() => rmSync(folder, { recursive: true, force: true }));
  const kernel = systemKernel;
  const identity = await createIdentity(kernel, []);
  const server = await startApiServer({
    kernel,
    store: createMemoryStore(),
    identity,
    authorization: "RBAC",
  });
  parts.defer(() => server.stop());
  const file = join(folder, "kubeconfig");
  writeFileSync(file, server.kubeconfig());
  admin = createClient(clusterConfigFor(loadKubeconfig({ file })), { kernel });
  parts.defer(() => admin.close());
  await createAll(
    [HOME, "metallb-system", "shop"].map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    })),
  );
  await createAll(documentsIn("examples/load-balancers/00-metallb-kinds.yaml"));
  await createAll(documentsIn("deploy/kustomize/load-balancers-webhook/ledger.yaml"));
  const path = `/api/v1/namespaces/${HOME}/serviceaccounts/${ACCOUNT}/token`;
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { status } = (await admin.raw("POST", path, request)) as { status: { token: string } };
  account = createClient(
    { server: server.url, ca: server.identity.caCertificate, auth: { token: status.token } },
    { kernel, onRequest: ({ code, method }) => void (code === 403 && forbidden.push(method)) },
  );
  parts.defer(() => account.close());
});
afterEach(() => parts.disposeAsync());

function documentsIn(path: string): AnyObject[] {
  const documents = parseAllDocuments(readFileSync(join(ROOT, path), "utf8"));
  return documents.map((document) => document.toJS() as AnyObject);
}

async function createAll(objects: readonly AnyObject[]): Promise<void> {
  for (const object of objects) {
    const [version = "", group = ""] = object.apiVersion.split("/").reverse();
    const plural = PLURALS[object.kind];
    if (plural === undefined) throw new Error(`the installation has the unknown kind ${object.kind}`);
    const namespaced = object.metadata.namespace !== undefined;
    const resource: Resource<AnyObject> = { group, version, kind: object.kind, plural, namespaced };
    await admin.create(resource, object);
  }
}

const pool = (name: string, addresses: readonly string[]) => ({
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { name, namespace: "metallb-system" },
  spec: { addresses },
});

test("RC-05 PS-13 the installed rights are enough to compare, to lead and to write pools, and nothing is forbidden", async () => {
  const kernel = systemKernel;
  const ledger = await openLedger({ target: { dialect: "sqlite", path: join(folder, "ledger.db") }, kernel });
  parts.defer(() => ledger.close());
  await expect
    .poll(
      () =>
        admin.list(IP_ADDRESS_POOLS).then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true);
  await admin.create(IP_ADDRESS_POOLS, pool("public", ["203.0.113.0/28"]));
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  };
  await admin.create(SERVICES, service);
  const status = { status: { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } } };
  await admin.patch(SERVICES, { namespace: "shop", name: "web" }, "merge", status, { subresource: "status" });
  const metrics = new RuntimeMetrics();
  const rounds: RoundResult[] = [];
  const settings = { ...DEFAULT_SETTINGS, cluster: "c1", mode: "sync" } as const;
  const sync = await startLoadBalancerSync({
    client: account,
    ledger,
    settings,
    kernel,
    logger: pino({ level: "silent" }),
    metrics,
    lbMetrics: new LoadBalancerMetrics(metrics.registry),
    leaderElection: { namespace: HOME, name: LEDGER_INSTALLED.lease, identity: "a" },
    onRound: async (round) => void rounds.push(round),
  });
  parts.defer(() => sync.stop());
  await expect.poll(() => ledger.usages("c1")).toMatchObject([{ ip: "203.0.113.1", state: "active" }]);
  expect(await ledger.clusters()).toMatchObject([{ name: "c1" }]);
  await sync.stop();
  // With the ledger as the truth it makes, changes and deletes pools.
  const stamp = { actor: "test", reason: "a test" };
  const content = { name: "spare", ranges: ["198.51.100.0/28"], autoAssign: false, avoidBuggyIPs: false };
  await ledger.write(stamp, (writer) => writer.createPool("c1", content));
  const truth = { pools: "ledger", autoAssign: "ledger", avoidBuggyIPs: "ledger" } as const;
  const context = { client: account, ledger, kernel, actor: "test", settings: { ...settings, truth } };
  expect(await runRound(context)).toMatchObject({ result: "compared", drift: [] });
  expect((await admin.list(IP_ADDRESS_POOLS)).items.map(({ metadata }) => metadata.name).sort()).toEqual([
    "public",
    "spare",
  ]);
  expect(forbidden).toEqual([]);
});
