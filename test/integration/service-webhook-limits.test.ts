/** Whoever can reach the webhook cannot keep it from an API server: by connections that say nothing, or by slow ones. */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { Registry } from "@prometheus-io/client";
import { expect, test } from "vitest";
import { createIdentity } from "../../src/apiserver/index.ts";
import { SERVICE_WEBHOOK_PATH, serveServiceWebhook } from "../../src/cli/load-balancers/service-webhook.ts";
import { systemKernel as kernel } from "../../src/kernel/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { LoadBalancerMetrics } from "../../src/loadbalancer/index.ts";

async function webhookWith(parts: AsyncDisposableStack, maxConnections: number, patienceMs: number) {
  const identity = await createIdentity(kernel, []);
  const ledger = await openLedger({ target: { dialect: "sqlite", path: ":memory:" }, kernel });
  parts.defer(() => ledger.close());
  const webhook = await serveServiceWebhook({
    bind: { host: "127.0.0.1", port: 0 },
    certificate: identity.serverCertificate,
    key: identity.serverKey,
    context: { ledger, cluster: "c1", policy: "refuse", metrics: new LoadBalancerMetrics(new Registry()) },
    limits: { maxConnections, patienceMs },
  });
  parts.defer(() => webhook.close());
  const { port } = new URL(webhook.url);
  return () => {
    const socket = connect({ host: "127.0.0.1", port: Number(port), ca: identity.caCertificate });
    parts.defer(() => void socket.destroy());
    return socket;
  };
}

async function ended(socket: TLSSocket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("close", resolve));
  return text;
}

test("a body that does not come is not waited for, nor headers, nor a handshake", async () => {
  await using parts = new AsyncDisposableStack();
  const open = await webhookWith(parts, 16, 400);
  const [slowBody, slowHeaders] = [open(), open()];
  await Promise.all([once(slowBody, "secureConnect"), once(slowHeaders, "secureConnect")]);
  slowBody.write(`POST ${SERVICE_WEBHOOK_PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`);
  slowHeaders.write(`POST ${SERVICE_WEBHOOK_PATH} HTTP/1.1\r\nHost: a\r\n`);
  expect(await Promise.all([ended(slowBody), ended(slowHeaders)])).toEqual([
    expect.stringContaining("408"),
    expect.stringContaining("408"),
  ]);
});

test("connections beyond the limit are sent away, and there is room again when one goes", async () => {
  await using parts = new AsyncDisposableStack();
  const open = await webhookWith(parts, 2, 60_000);
  const [first, second] = [open(), open()];
  await Promise.all([once(first, "secureConnect"), once(second, "secureConnect")]);
  expect(await ended(open())).toBe("");
  first.destroy();
  const outcome = (socket: TLSSocket) =>
    new Promise((resolve) => {
      socket.on("error", () => {});
      socket.on("secureConnect", () => resolve("served"));
      socket.on("close", () => resolve("sent away"));
    });
  await expect.poll(() => outcome(open())).toBe("served");
});
