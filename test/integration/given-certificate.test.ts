/**
 * A webhook whose certificate another program makes: in files, or in the Secret that the operator would make.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createAuthority,
  issueServerCertificate,
  type KeyedCertificate,
} from "../../src/certificates/index.ts";
import { ApiError, type KubeClient, type Resource } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { NAMESPACES, SECRETS, VALIDATING_WEBHOOK_CONFIGURATIONS } from "../../src/kube/index.ts";
import { FleetWorld, NAMESPACE } from "./fleet-world.ts";

const SECRET_NAME = "plexaubnet-webhook-certificate";

let folder: string;
let world: FleetWorld;
let authority: KeyedCertificate;
let server: KeyedCertificate;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "given-"));
  world = await FleetWorld.start();
  authority = await createAuthority(systemKernel, "theirs");
  server = await issueServerCertificate(systemKernel, authority, "webhook", ["127.0.0.1"]);
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

async function announced(): Promise<string> {
  const configuration = await world.client.get(VALIDATING_WEBHOOK_CONFIGURATIONS, { name: "plexaubnet" });
  const [webhook] = configuration.webhooks as { readonly clientConfig: { readonly caBundle: string } }[];
  return Buffer.from(webhook?.clientConfig.caBundle ?? "", "base64").toString("utf8");
}

async function isRefused(name: string): Promise<void> {
  await world.steadily(() =>
    expect(world.claim(name, "prod", { blockSize: 8 })).rejects.toThrow(/larger than the whole pool/),
  );
}

test("PX-07 files are served with, the API server gets their authority, and the next one, and no Secret is made", async () => {
  const follower = await createAuthority(systemKernel, "theirs-next");
  const place = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const files = {
    certificate: place("tls.crt", server.certificate),
    key: place("tls.key", server.key),
    authority: place("ca.crt", `${follower.certificate}\n${authority.certificate}\n`),
  };
  const operator = await world.startOperator({ webhook: { port: 0, files } });
  await world.pool("prod", "10.0.0.0/16");
  await world.claim("payments", "prod");
  await world.bound("payments");
  expect(await announced()).toBe(`${follower.certificate.trim()}\n${authority.certificate.trim()}`);
  await isRefused("huge");
  await expect(world.client.get(SECRETS, { namespace: NAMESPACE, name: SECRET_NAME })).rejects.toThrow(
    /not found/,
  );
  await world.stopOperator(operator);
});

/** A client without the right to patch the webhook's configuration. */
function withoutRight(client: KubeClient): KubeClient {
  return new Proxy(client, {
    get:
      (target, name: keyof KubeClient) =>
      async (...all: unknown[]) => {
        const [resource] = all as [Resource | undefined];
        if (name === "patch" && resource?.plural === VALIDATING_WEBHOOK_CONFIGURATIONS.plural)
          throw new ApiError(403, { reason: "Forbidden", message: "may not patch" });
        return (target[name] as (...given: unknown[]) => unknown).apply(target, all);
      },
  });
}

test("PS-13 with a given certificate the operator serves without the right to say whom to trust; with its own it needs it", async () => {
  const own = await issueServerCertificate(systemKernel, authority, "webhook", ["webhook.fleet.svc"]);
  const place = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const files = {
    certificate: place("own.crt", own.certificate),
    key: place("own.key", own.key),
    authority: place("own-ca.crt", authority.certificate),
  };
  const client = withoutRight(world.client);
  const serviceHosts = ["webhook.fleet.svc"];
  const operator = await world.startOperator({ client, webhook: { port: 0, files, serviceHosts } });
  expect(operator.webhookUrl).toMatch(/^https:/);
  await world.stopOperator(operator);
  const made = { port: 0, namespace: NAMESPACE, serviceHosts };
  await expect(world.startOperator({ client, webhook: made })).rejects.toThrow("may not patch");
  await world.client.delete(SECRETS, { namespace: NAMESPACE, name: SECRET_NAME });
});

test("PX-07 a Secret that another client made is served with and stays as it is; a broken one is refused", async () => {
  const encode = (pem: string) => Buffer.from(pem).toString("base64");
  const data = {
    "tls.crt": encode(server.certificate),
    "tls.key": encode(server.key),
    "ca.crt": encode(authority.certificate),
  };
  const secret = await world.client.create(SECRETS, {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/tls",
    metadata: { namespace: NAMESPACE, name: SECRET_NAME },
    data,
  });
  const operator = await world.startOperator({ webhook: { port: 0, namespace: NAMESPACE } });
  await isRefused("large");
  await world.stopOperator(operator);
  expect(await world.client.get(SECRETS, { namespace: NAMESPACE, name: SECRET_NAME })).toEqual(secret);
  const broken = await world.client.update(SECRETS, { ...secret, data: { ...data, "ca.crt": "" } });
  await expect(world.startOperator({ webhook: { port: 0, namespace: NAMESPACE } })).rejects.toThrow(
    /has no ca\.crt/,
  );
  expect(await world.client.get(SECRETS, { namespace: NAMESPACE, name: SECRET_NAME })).toEqual(broken);
  await world.client.delete(SECRETS, { namespace: NAMESPACE, name: SECRET_NAME });
});

test("PX-07 an operator of some namespaces is not asked about others, and warns of none of their pools", async () => {
  const namespace = "elsewhere";
  await world.client.create(NAMESPACES, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  const operator = await world.startOperator({
    namespaces: [NAMESPACE],
    webhook: { port: 0, namespace: NAMESPACE },
  });
  await isRefused("vast");
  const { url, identity } = world.server;
  const dispatcher = new Agent({ connect: { ca: identity.caCertificate } });
  const warningFor = async (home: string) => {
    const answer = await request(
      `${url}/apis/plexaubnet.io/v1alpha1/namespaces/${home}/subnetclaims?dryRun=All`,
      {
        method: "POST",
        dispatcher,
        headers: { authorization: `Bearer ${identity.token}`, "content-type": "application/json" },
        body: JSON.stringify({
          apiVersion: "plexaubnet.io/v1alpha1",
          kind: "SubnetClaim",
          metadata: { name: "x", namespace: home },
          spec: { poolRef: "to-come", clusterID: "x" },
        }),
      },
    );
    await answer.body.dump();
    expect(answer.statusCode).toBe(201);
    return answer.headers.warning;
  };
  await world.steadily(async () =>
    expect(await warningFor(NAMESPACE)).toContain("to-come does not exist yet"),
  );
  expect(await warningFor(namespace)).toBeUndefined();
  await dispatcher.close();
  await world.stopOperator(operator);
});
