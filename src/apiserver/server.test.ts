/** The parts together: what a request sets off beyond its own answer. */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drainMicrotasks, systemKernel } from "../kernel/index.ts";
import { createIdentity } from "./http/auth/index.ts";
import { type ServerFixture, serverFixture } from "./testing/server-fixture.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const HOOKS = "/apis/admissionregistration.k8s.io/v1";
const configMap = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...more,
});

describe("admission webhooks", () => {
  let f: ServerFixture;
  let webhook: Server;
  let caBundle: string;
  const reviews: { operation: string; name: string; dryRun: boolean }[] = [];

  beforeAll(async () => {
    f = await serverFixture();
    const identity = await createIdentity(systemKernel, []);
    caBundle = Buffer.from(identity.caCertificate).toString("base64");
    const options = { key: identity.serverKey, cert: identity.serverCertificate };
    webhook = createServer(options, (request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        const { uid, operation, name, dryRun } = JSON.parse(text).request;
        reviews.push({ operation, name, dryRun });
        const patch = Buffer.from('[{"op":"add","path":"/metadata/labels","value":{"touched":"yes"}}]');
        const answer =
          request.url?.startsWith("/mutate") === true
            ? { allowed: true, patchType: "JSONPatch", patch: patch.toString("base64") }
            : { allowed: name !== "bad", status: { message: "that is a bad name", code: 403 } };
        const review = {
          apiVersion: "admission.k8s.io/v1",
          kind: "AdmissionReview",
          response: { uid, ...answer },
        };
        response.end(JSON.stringify(review));
      });
    });
    await new Promise<void>((resolve) => {
      webhook.listen(0, "127.0.0.1", resolve);
    });
  });
  afterAll(async () => {
    await f.stop();
    webhook.closeAllConnections();
    webhook.close();
  });

  const register = (kind: string, path: string, more: object = {}) => {
    const { port } = webhook.address() as AddressInfo;
    const plural = `${kind.toLowerCase()}s`;
    return f.request(`${HOOKS}/${plural}`, {
      method: "POST",
      body: {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind,
        metadata: { name: "hooks" },
        webhooks: [
          {
            name: "hook.example.com",
            clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle },
            rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["*"] }],
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
            ...more,
          },
        ],
      },
    });
  };
  const create = (name: string, query = "") =>
    f.request(`${MAPS}${query}`, { method: "POST", body: configMap(name) });

  test("PX-07 change and refuse what clients send, over TLS", async () => {
    expect((await register("MutatingWebhookConfiguration", "/mutate")).code).toBe(201);
    expect((await register("ValidatingWebhookConfiguration", "/validate")).code).toBe(201);
    expect((await create("good", "?dryRun=All")).json.metadata).toMatchObject({ labels: { touched: "yes" } });
    expect((await f.request(`${MAPS}/good`)).code).toBe(404);
    expect((await create("good")).json.metadata).toMatchObject({ labels: { touched: "yes" } });
    const refused = await create("bad");
    expect([refused.code, refused.json.message]).toEqual([
      403,
      'admission webhook "hook.example.com" denied the request: that is a bad name',
    ]);
    await f.request(`${MAPS}/good`, { method: "DELETE" });
    expect(reviews.map((review) => review.operation)).toContain("DELETE");
    expect(reviews[0]).toEqual({ operation: "CREATE", name: "good", dryRun: true });
  });

  test("that cannot be reached refuse, or are passed over, by their failurePolicy", async () => {
    const path = `${HOOKS}/validatingwebhookconfigurations/hooks`;
    const patch = (failurePolicy: string) =>
      f.request(path, {
        method: "PATCH",
        headers: { "content-type": "application/json-patch+json" },
        body: JSON.stringify([
          { op: "replace", path: "/webhooks/0/clientConfig/url", value: "https://127.0.0.1:1/validate" },
          { op: "add", path: "/webhooks/0/failurePolicy", value: failurePolicy },
        ]),
      });
    expect((await patch("Fail")).code).toBe(200);
    expect((await create("unseen")).json).toMatchObject({ code: 500, reason: "InternalError" });
    await patch("Ignore");
    expect((await create("unseen")).code).toBe(201);
  });
});

describe("owners", () => {
  test("take what they own along, and a namespace everything in it", async () => {
    const f = await serverFixture();
    const post = async (path: string, body: object) =>
      (await f.request(path, { method: "POST", body })).json as { metadata: { uid: string } };
    const gone = async (path: string) => {
      while ((await f.request(path)).code !== 404) await drainMicrotasks();
    };
    const owner = await post(MAPS, configMap("owner"));
    const reference = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid };
    await post(MAPS, configMap("owned", { metadata: { name: "owned", ownerReferences: [reference] } }));
    await f.request(`${MAPS}/owner`, { method: "DELETE" });
    await gone(`${MAPS}/owned`);

    await post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
    await post("/api/v1/namespaces/team/configmaps", configMap("inside"));
    const going = await f.request("/api/v1/namespaces/team", { method: "DELETE" });
    expect(going.json).toMatchObject({ kind: "Namespace", status: { phase: "Terminating" } });
    await gone("/api/v1/namespaces/team");
    expect((await f.request("/api/v1/namespaces/team/configmaps")).json.items).toEqual([]);
    await f.stop();
  });
});
