/**
 * The server that the clients are measured against: one ConfigMap of about a kilobyte, over TLS, in a process
 * of its own, so that its work is not counted as theirs. Started with `fork`; sends its port and CA to its
 * parent.
 */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { testAuthority } from "../../src/client/testing/test-authority.ts";

const authority = await testAuthority("benchmark");
const { certificate, key } = await authority.issueServer();
const body = JSON.stringify({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "measured",
    namespace: "default",
    uid: "00000000-0000-4000-8000-000000000000",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: "bench" },
  },
  data: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key-${i}`, "x".repeat(24)])),
});
const server = createServer({ cert: certificate, key, keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, ca: authority.ca });
});
process.on("disconnect", () => process.exit(0));
