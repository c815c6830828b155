/**
 * The webhook for Services, asked by an API server: it refuses what the ledger cannot hold, and its absence
 * blocks nothing.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "@prometheus-io/client";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createIdentity, createMemoryStore, startApiServer } from "../../src/apiserver/index.ts";
import { openLedger } from "../../src/balancers/ledger/index.ts";
import { LoadBalancerMetrics, SERVICES } from "../../src/balancers/sync/index.ts";
import { serveServiceWebhook } from "../../src/cli/lb/service-webhook.ts";
import { ApiError, clusterConfigFor, createClient, loadKubeconfig } from "../../src/client/index.ts";
import { systemKernel as kernel, sleep } from "../../src/kernel/index.ts";
import { VALIDATING_WEBHOOK_CONFIGURATIONS } from "../../src/kube/index.ts";

const MANIFEST = join(import.meta.dirname, "../../deploy/load-balancers/validating-webhook.yaml");
function service(name: string, ip: string) {
  const metadata = { name, namespace: "default", annotations: { "metallb.io/loadBalancerIPs": ip } };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  };
}

test("RC-01 RC-02 an IP that no ledger pool holds is refused by name; without the webhook nothing is blocked", async () => {
  await using parts = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-webhook-"));
  parts.defer(() => rmSync(folder, { recursive: true, force: true }));
  const identity = await createIdentity(kernel, []);
  const server = await startApiServer({ kernel, store: createMemoryStore(), identity });
  parts.defer(() => server.stop());
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, server.kubeconfig());
  const client = createClient(clusterConfigFor(loadKubeconfig({ file: kubeconfig })), { kernel });
  parts.defer(() => client.close());
  const ledger = await openLedger({ target: { dialect: "sqlite", path: ":memory:" }, kernel });
  parts.defer(() => ledger.close());
  const pool = { name: "public-a", ranges: ["203.0.113.0/26"] };
  await ledger.write({ actor: "test", reason: "a test" }, (writer) => writer.createPool("c1", pool));

  const webhook = await serveServiceWebhook({
    bind: { host: "127.0.0.1", port: 0 },
    certificate: { certificate: identity.serverCertificate, key: identity.serverKey },
    context: { ledger, cluster: "c1", policy: "refuse", metrics: new LoadBalancerMetrics(new Registry()) },
  });
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= webhook.close());
  parts.defer(close);
  const manifest = parse(readFileSync(MANIFEST, "utf8"));
  const caBundle = Buffer.from(identity.caCertificate).toString("base64");
  manifest.webhooks[0].clientConfig = { url: webhook.url, caBundle };
  await client.create(VALIDATING_WEBHOOK_CONFIGURATIONS, manifest);

  let refusal: unknown;
  for (let tries = 0; refusal === undefined && tries < 3_000; tries++) {
    refusal = await client.create(SERVICES, service(`early-${tries}`, "9.9.9.9")).then(
      () => undefined,
      (error) => error,
    );
    if (refusal === undefined) await sleep(kernel.clock, 20);
  }
  expect(refusal).toBeInstanceOf(ApiError);
  expect((refusal as ApiError).message).toContain(
    "no pool of the ledger holds 9.9.9.9; the nearest are public-a",
  );
  await client.create(SERVICES, service("fine", "203.0.113.7"));
  await close();
  await client.create(SERVICES, service("unasked", "9.9.9.9"));
});
