/** What a client of the embedded API server meets when its store misbehaves. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type ApiServer,
  createIdentity,
  createMemoryStore,
  startApiServer,
} from "../../src/apiserver/index.ts";
import { ApiError, createClient, type KubeClient } from "../../src/client/index.ts";
import { seededRandom, systemClock, systemKernel } from "../../src/kernel/index.ts";
import { type FaultyStore, withFaults } from "../../src/testing/index.ts";
import { configMaps } from "../contract/resources.ts";

let store: FaultyStore;
let server: ApiServer;
let client: KubeClient;

beforeAll(async () => {
  store = withFaults(createMemoryStore(), { clock: systemClock, random: seededRandom(1) });
  const identity = await createIdentity(systemKernel, []);
  server = await startApiServer({ kernel: systemKernel, store, identity });
  const { clusters, users } = parse(server.kubeconfig());
  const ca = Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64").toString();
  client = createClient(
    { server: server.url, ca, auth: { token: users[0].user.token } },
    { kernel: systemKernel, userAgent: "faults" },
  );
});

beforeEach(() => store.setFaults({}));

afterAll(async () => {
  store.setFaults({});
  await client.close();
  await server.stop();
  await store.close();
});

const named = (name: string) => ({ namespace: "default", name });
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: named(name) });

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

test("a refused write is answered 500, and is not there", async () => {
  store.setFaults({ refuse: 1 });
  expect((await errorOf(client.create(configMaps, configMap("refused")))).code).toBe(500);
  store.setFaults({});
  expect((await errorOf(client.get(configMaps, named("refused")))).code).toBe(404);
});

test("a write whose acknowledgement is lost is answered 500, and is there", async () => {
  store.setFaults({ loseAcknowledgement: 1 });
  expect((await errorOf(client.create(configMaps, configMap("lost")))).code).toBe(500);
  store.setFaults({});
  expect((await client.get(configMaps, named("lost"))).metadata.name).toBe("lost");
});

test("an old view shows how old it is", async () => {
  for (let i = 0; i < 5; i++) await client.create(configMaps, configMap(`view-${i}`));
  store.setFaults({ stale: 1, maxStaleness: 3 });
  const list = await client.list(configMaps, { namespace: "default" });
  expect(Number(list.metadata.resourceVersion)).toBeLessThan(store.revision);
  const newest = Math.max(...list.items.map((item) => Number(item.metadata.resourceVersion)));
  expect(newest).toBeLessThanOrEqual(Number(list.metadata.resourceVersion));
});

test("a cut watch ends; one taken up where it ended misses nothing", async () => {
  const resourceVersion = String(store.revision);
  const first = await client.watch(configMaps, { namespace: "default", resourceVersion });
  await client.create(configMaps, configMap("before-cut"));
  const seen: string[] = [];
  let last = resourceVersion;
  for await (const { type, object } of first) {
    if (type === "BOOKMARK") continue;
    seen.push(object.metadata.name ?? "");
    last = object.metadata.resourceVersion ?? "";
    store.cutWatches("configmaps");
  }
  await client.create(configMaps, configMap("after-cut"));
  const second = await client.watch(configMaps, { namespace: "default", resourceVersion: last });
  for await (const { object } of second) {
    seen.push(object.metadata.name ?? "");
    break;
  }
  expect(seen).toEqual(["before-cut", "after-cut"]);
});

test("expired history is answered 410 Expired", async () => {
  const resourceVersion = String(store.revision - 1);
  store.setFaults({ expire: 1 });
  const lines: unknown[] = [];
  for await (const line of await client.watch(configMaps, { namespace: "default", resourceVersion }))
    lines.push(line);
  expect(lines).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }]);
});
