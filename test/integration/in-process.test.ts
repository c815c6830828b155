/** Clients in the process of the server: what they are spared, and what they are not (docs/design/0018). */
import { afterEach, describe, expect, test } from "vitest";
import {
  ADMIN,
  type ApiServer,
  type ApiServerOptions,
  type AuditEvent,
  createIdentity,
  createMemoryStore,
  type Store,
  startApiServer,
  type User,
} from "../../src/apiserver/index.ts";
import {
  type AnyObject,
  ApiError,
  createClient,
  createInProcessClient,
  type InProcessOptions,
  type KubeClient,
  LostAnswerError,
  type RawWatchEvent,
  UnreachableError,
} from "../../src/client/index.ts";
import { systemKernel as kernel } from "../../src/kernel/index.ts";
import { type TransportFault, transportFaults } from "../../src/testing/index.ts";
import { configMaps, namespaces } from "../contract/resources.ts";

interface Stand {
  readonly server: ApiServer;
  readonly store: Store;
  readonly client: KubeClient;
  /** The administrator over HTTPS. */
  readonly https: KubeClient;
  as(user: User, options?: Partial<InProcessOptions>): KubeClient;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(options: Partial<ApiServerOptions> = {}): Promise<Stand> {
  const store = createMemoryStore();
  const identity = await createIdentity(kernel, []);
  const server = await startApiServer({ kernel, store, identity, ...options });
  ends.push(
    () => store.close(),
    () => server.stop(),
  );
  const kept = (client: KubeClient) => {
    ends.push(() => client.close());
    return client;
  };
  const as: Stand["as"] = (user, more = {}) =>
    kept(createInProcessClient(server.connect(user), { kernel, userAgent: "in-process", ...more }));
  const config = { server: server.url, ca: identity.caCertificate, auth: { token: identity.token } };
  return { server, store, as, client: as(ADMIN), https: kept(createClient(config, { kernel })) };
}

const named = (name: string) => ({ namespace: "default", name });
const configMap = (name: string, data: object = {}): AnyObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: named(name),
  data,
});
const MALLORY: User = { username: "mallory", groups: ["system:authenticated"] };

async function errorOf<E>(promise: Promise<unknown>, type: new (...args: never[]) => E): Promise<E> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(type);
  return error as E;
}

/** All events of a watch from the beginning of `revision` on. */
async function events(client: KubeClient, resourceVersion: string, count: number): Promise<RawWatchEvent[]> {
  const seen: RawWatchEvent[] = [];
  for await (const event of await client.watch(configMaps, { ...named(""), resourceVersion })) {
    seen.push(event);
    if (seen.length === count) break;
  }
  return seen;
}

const revisionOf = async (client: KubeClient) => (await client.list(configMaps)).metadata.resourceVersion;

describe("PX-09 what is handed over", () => {
  test("is the same as over HTTPS", async () => {
    const { client, https } = await start();
    const since = await revisionOf(client);
    await client.create(configMaps, configMap("a", { 10: "x", 9: "ä€😀" }));
    await client.patch(configMaps, named("a"), "merge", { metadata: { labels: { b: "c" } } });
    await https.create(configMaps, configMap("b"));
    await client.delete(configMaps, named("b"));
    const read = async (kube: KubeClient) => [
      await kube.get(configMaps, named("a")),
      await kube.list(configMaps, { namespace: "default", limit: 1 }),
      await kube.list(namespaces),
      await events(kube, since, 4),
      await kube.raw("GET", "/apis/apps/v1"),
      await kube.raw("GET", "/openapi/v3"),
    ];
    expect(await read(client)).toEqual(await read(https));
  });

  test("is one object for all, which none of them can change", async () => {
    const { client, as } = await start();
    const since = await revisionOf(client);
    await client.create(configMaps, configMap("a", { key: "value" }));
    const [event] = await events(client, since, 1);
    const [listed] = (await as(MALLORY).list(configMaps, { namespace: "default", labelSelector: "!x" }))
      .items;
    expect(listed).toBe(event?.object);
    expect(await client.get(configMaps, named("a"))).toBe(listed);
    expect(() => Object.assign((listed as AnyObject).data as object, { key: "changed" })).toThrow(TypeError);
    expect(() => Object.assign(listed?.metadata ?? {}, { name: "b" })).toThrow(TypeError);
  });

  test("is not what the client holds: it may change that afterwards", async () => {
    const { client } = await start();
    const data = { key: "sent" };
    const creating = client.create(configMaps, configMap("a", data));
    data.key = "changed under way";
    await creating;
    data.key = "changed afterwards";
    expect((await client.get(configMaps, named("a"))).data).toEqual({ key: "sent" });
  });

  test("is what is stored, once: an object that a client keeps has no text beside it", async () => {
    const { client, store, https } = await start();
    await client.create(configMaps, configMap("a", { key: "value" }));
    const stored = store.get({ kind: "configmaps", ...named("a") });
    const [before, length] = [stored?.json(), stored?.jsonLength];
    const held = await client.get(configMaps, named("a"));
    expect(stored?.object).toBe(held);
    expect([stored?.json(), stored?.jsonLength]).toEqual([before, length]);
    expect(await https.get(configMaps, named("a"))).toEqual(held);
  });
});

describe("PX-09 nothing is left out for a client in the process", () => {
  test("not authorization, and not impersonation", async () => {
    const { client, as } = await start({ authorization: "RBAC" });
    const refused = await errorOf(as(MALLORY).create(configMaps, configMap("a")), ApiError);
    expect([refused.code, refused.message]).toEqual([
      403,
      expect.stringContaining('User "mallory" cannot create'),
    ]);
    expect((await errorOf(as(MALLORY).watch(configMaps, { resourceVersion: "1" }), ApiError)).code).toBe(403);
    expect((await errorOf(as(MALLORY).raw("GET", "/metrics"), ApiError)).code).toBe(403);
    const borrowed = as(MALLORY, { impersonate: { user: "kubernetes-admin", groups: ["system:masters"] } });
    expect((await errorOf(borrowed.create(configMaps, configMap("a")), ApiError)).code).toBe(403);
    const lent = as(ADMIN, { impersonate: { user: "mallory" } });
    expect((await errorOf(lent.create(configMaps, configMap("a")), ApiError)).code).toBe(403);
    expect((await client.list(configMaps, { namespace: "default" })).items).toEqual([]);
  });

  test("not validation, and not the limits of a body", async () => {
    const { client } = await start();
    const invalid = await errorOf(client.create(configMaps, configMap("Not A Name")), ApiError);
    expect([invalid.code, invalid.reason]).toEqual([422, "Invalid"]);
    const large = configMap("large", { key: "x".repeat(4 * 1024 * 1024) });
    expect((await errorOf(client.create(configMaps, large), ApiError)).code).toBe(413);
    let deep: object = {};
    for (let level = 0; level < 2_000; level++) deep = { deep };
    const nested = await errorOf(client.patch(configMaps, named("a"), "merge", deep), ApiError);
    expect([nested.code, nested.message]).toEqual([400, expect.stringContaining("nested too deeply")]);
  });

  test("not audit and metrics", async () => {
    const audited: AuditEvent[] = [];
    const { client } = await start({ audit: { record: (event) => audited.push(event) } });
    await client.create(configMaps, configMap("a"));
    await errorOf(client.update(configMaps, { ...configMap("a"), kind: "Secret" }), ApiError);
    expect(audited).toMatchObject([
      {
        verb: "create",
        user: { username: "kubernetes-admin" },
        userAgent: "in-process",
        objectRef: { resource: "configmaps", name: "a" },
        responseStatus: { code: 201 },
      },
      { verb: "update", responseStatus: { code: 400 } },
    ]);
  });

  test("not the limits of requests and watches under way", async () => {
    const { client } = await start({
      limits: { maxRequestsInFlight: 2, maxQueuedPerUser: 1, maxWatches: 2 },
    });
    const all = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => client.create(configMaps, configMap(`c-${i}`), { retry: false })),
    );
    const refused = all.filter((each) => each.status === "rejected").map((each) => each.reason as ApiError);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect([error.code, error.retryAfterMs]).toEqual([429, 1_000]);
    const resourceVersion = await revisionOf(client);
    const watch = await client.watch(configMaps, { resourceVersion });
    const second = await errorOf(client.watch(configMaps, { resourceVersion, retry: false }), ApiError);
    expect(second.code).toBe(429);
    await watch[Symbol.asyncIterator]().return?.();
    await (await client.watch(configMaps, { resourceVersion }))[Symbol.asyncIterator]().return?.();
  });

  test("not the faults of a test", async () => {
    let fault: TransportFault | undefined;
    const intercept = transportFaults(() => fault, kernel.clock);
    const { client } = await start({ intercept });
    fault = { kind: "drop" };
    await errorOf(client.create(configMaps, configMap("dropped")), LostAnswerError);
    fault = { kind: "lose-answer" };
    await errorOf(client.create(configMaps, configMap("carried-out")), LostAnswerError);
    fault = { kind: "refuse", code: 503 };
    expect((await errorOf(client.create(configMaps, configMap("refused")), ApiError)).code).toBe(503);
    fault = undefined;
    const { items } = await client.list(configMaps, { namespace: "default" });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(["carried-out"]);
  });
});

describe("PX-09 a watch in the process", () => {
  test("from a revision that is forgotten is Expired", async () => {
    const { client, store } = await start();
    for (const name of ["a", "b"]) await client.create(configMaps, configMap(name));
    await store.compact(store.revision);
    const [event] = await events(client, "1", 1);
    expect(event).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
  });

  test("that waits for no events gets those that came while it was away, and then the end", async () => {
    const { client, server } = await start();
    const since = await revisionOf(client);
    const watch = await client.watch(configMaps, { resourceVersion: since });
    for (let i = 0; i < 1_000; i++) await client.create(configMaps, configMap(`c-${i}`));
    const stopping = server.stop();
    const names: string[] = [];
    for await (const { object } of watch) names.push(object.metadata.name);
    expect(names).toEqual(Array.from({ length: 1_000 }, (_, i) => `c-${i}`));
    await stopping;
  });

  test("is cut off when it is too far behind, and another one may begin", async () => {
    const { client, https } = await start({ limits: { maxWatchBacklogBytes: 64 * 1024 } });
    const watch = await client.watch(configMaps, { resourceVersion: await revisionOf(client) });
    for (let i = 0; i < 320; i++)
      await https.create(configMaps, configMap(`c-${i}`, { x: "y".repeat(1_000) }));
    await errorOf(watch[Symbol.asyncIterator]().next(), LostAnswerError);
    const again = await client.watch(configMaps, { resourceVersion: await revisionOf(client) });
    await again[Symbol.asyncIterator]().return?.();
  });
});

describe("PX-09 when the server stops", () => {
  test("watches end, what is under way is answered, and what comes later was not sent", async () => {
    const { client, server } = await start();
    const watch = await client.watch(configMaps, { resourceVersion: await revisionOf(client) });
    const next = watch[Symbol.asyncIterator]().next();
    const writing = client.create(configMaps, configMap("under-way"));
    await server.stop();
    expect((await writing).metadata.uid).toBeDefined();
    expect((await next).value?.object.metadata.name ?? "ended").toMatch(/^(under-way|ended)$/);
    await errorOf(client.get(configMaps, named("a"), { retry: false }), UnreachableError);
  });

  test("what does not end in time is a lost answer", async () => {
    const { client, server } = await start({ intercept: () => new Promise(() => {}) });
    const writing = client.create(configMaps, configMap("stuck"));
    await Promise.all([errorOf(writing, LostAnswerError), server.stop()]);
  });
});
