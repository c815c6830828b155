/**
 * A caller of the operator's endpoints blocks nothing, and is answered over TLS where that is asked
 * for.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect } from "vitest";
import { createAuthority, issueServerCertificate } from "../../src/certificates/index.ts";
import { createClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { SECRETS } from "../../src/kube/index.ts";
import { testOfOneProcess } from "./failover/mode.ts";
import { FleetWorld, NAMESPACE } from "./fleet-world.ts";
import { recordingClient } from "./recording-client.ts";

const alone = testOfOneProcess("requests to one process are counted");

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.pool("prod", "10.0.0.0/16");
});
afterAll(() => world.stop());

alone(
  "PS-13 a flood of 3,000 unknown tokens costs a few reviews, and a claim is Bound meanwhile",
  async () => {
    let reviews = 0;
    const { url: server, identity } = world.server;
    const client = createClient(
      { server, ca: identity.caCertificate, auth: { token: identity.token } },
      { kernel: systemKernel },
    );
    const reviewClient = recordingClient(client, {
      add: (right) => {
        if (right.includes("tokenreviews")) reviews++;
      },
    });
    const operator = await world.startOperator({ endpoints: { port: 0, reviewClient } });
    const dispatcher = new Agent({ connections: 64 });
    const knock = async (path: string, token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const method = path === "/metrics" ? "GET" : "POST";
      const body = path === "/metrics" ? null : '{"namespace":"fleet","name":"prod"}';
      const answer = await request(`${operator.endpointsUrl}${path}`, { method, headers, body, dispatcher });
      await answer.body.dump();
      return { code: answer.statusCode, retryAfter: answer.headers["retry-after"] };
    };
    expect((await knock("/metrics", identity.token)).code).toBe(200);
    const flood = Promise.all(
      Array.from({ length: 3_000 }, (_, at) =>
        knock(at % 2 === 0 ? "/metrics" : "/recalculate", `unknown-${at}`),
      ),
    );
    await world.claim("in-the-flood", "prod");
    await world.bound("in-the-flood");
    expect((await knock("/metrics", identity.token)).code).toBe(200);
    const answers = await flood;
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([401, 429]));
    expect(answers.find(({ code }) => code === 429)?.retryAfter).toBe("1");
    // One address may ask 20 at once and 10 a second.
    expect(reviews).toBeLessThan(300);
    await dispatcher.close();
    await world.stopOperator(operator);
    await client.close();
  },
);

async function codeOver(url: string, ca: string, path: string, token?: string): Promise<number> {
  const dispatcher = new Agent({ connect: { ca } });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await request(`${url}${path}`, { dispatcher, headers });
  await answer.body.dump();
  await dispatcher.close();
  return answer.statusCode;
}

alone(
  "PS-13 the endpoints are served over TLS with a certificate that is made, and is the webhook's, too",
  async () => {
    const operator = await world.startOperator({
      endpoints: { port: 0, tls: { namespace: NAMESPACE, serviceHosts: ["metrics.fleet.svc"] } },
      webhook: { port: 0, namespace: NAMESPACE },
    });
    const url = operator.endpointsUrl ?? "";
    expect(url).toMatch(/^https:/);
    const secret = await world.client.get(SECRETS, {
      namespace: NAMESPACE,
      name: "plexaubnet-webhook-certificate",
    });
    const data = secret.data as Readonly<Record<string, string>>;
    const ca = Buffer.from(data["ca.crt"] ?? "", "base64").toString("utf8");
    expect(await codeOver(url, ca, "/livez")).toBe(200);
    expect(await codeOver(url, ca, "/metrics")).toBe(401);
    expect(await codeOver(url, ca, "/metrics", world.server.identity.token)).toBe(200);
    expect(await codeOver(`${operator.webhookUrl}`.replace("/validate", ""), ca, "/validate")).toBe(405);
    await expect(request(url.replace("https:", "http:"))).rejects.toThrow();
    await world.stopOperator(operator);
  },
);

alone(
  "PS-13 the endpoints are served with files that somebody else keeps; two that do not belong together are refused",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "endpoints-"));
    const authority = await createAuthority(systemKernel, "theirs");
    const [server, other] = await Promise.all(
      ["a", "b"].map((name) => issueServerCertificate(systemKernel, authority, name, ["127.0.0.1"])),
    );
    const place = (name: string, text = "") => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const files = { certificate: place("tls.crt", server?.certificate), key: place("tls.key", server?.key) };
    const operator = await world.startOperator({ endpoints: { port: 0, tls: { files } } });
    expect(await codeOver(operator.endpointsUrl ?? "", authority.certificate, "/healthz")).toBe(200);
    await world.stopOperator(operator);
    const wrong = { ...files, key: place("other.key", other?.key) };
    await expect(world.startOperator({ endpoints: { port: 0, tls: { files: wrong } } })).rejects.toThrow(
      /is not the key of/,
    );
    rmSync(folder, { recursive: true });
  },
);
