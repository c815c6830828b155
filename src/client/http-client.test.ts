import { describe, expect, test } from "vitest";
import { ApiError, ConfigError, LostAnswerError } from "./index.ts";
import { failure, leases, nodes, one, pod, pods, useClientFixture } from "./testing/client-fixture.ts";

const fixture = useClientFixture();

describe("requests", () => {
  test("a get asks for one object and parses it", async () => {
    const answer = fixture.client().get(leases, one);
    const exchange = await fixture.server.next();
    expect(exchange.method).toBe("GET");
    expect(exchange.url.pathname).toBe("/apis/coordination.k8s.io/v1/namespaces/n/leases/p");
    exchange.json(200, pod);
    expect(await answer).toEqual(pod);
  });

  test("a list carries its options and fills in the kind that lists of built-in kinds leave out", async () => {
    const answer = fixture
      .client()
      .list(pods, { namespace: "n", labelSelector: "a=b,c", limit: 2, continue: "t" });
    const exchange = await fixture.server.next();
    expect(exchange.url.pathname).toBe("/api/v1/namespaces/n/pods");
    expect(Object.fromEntries(exchange.url.searchParams)).toEqual({
      labelSelector: "a=b,c",
      limit: "2",
      continue: "t",
    });
    exchange.json(200, {
      kind: "PodList",
      metadata: { resourceVersion: "7" },
      items: [{ metadata: { name: "p" } }],
    });
    const list = await answer;
    expect(list.metadata.resourceVersion).toBe("7");
    expect(list.items).toEqual([{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } }]);
  });

  test("cluster-scoped kinds and lists over all namespaces have no namespace in their path", async () => {
    const kube = fixture.client();
    const node = kube.get(nodes, { name: "x" });
    const first = await fixture.server.next();
    expect(first.url.pathname).toBe("/api/v1/nodes/x");
    first.json(200, pod);
    await node;
    const list = kube.list(pods);
    const second = await fixture.server.next();
    expect(second.url.pathname).toBe("/api/v1/pods");
    second.json(200, { metadata: { resourceVersion: "1" }, items: null });
    expect((await list).items).toEqual([]);
  });

  test("writes go where Kubernetes expects them", async () => {
    const kube = fixture.client();
    const calls: [() => Promise<unknown>, string, string, string][] = [
      [
        () => kube.create(pods, pod, { dryRun: true, fieldManager: "me" }),
        "POST",
        "/api/v1/namespaces/n/pods?dryRun=All&fieldManager=me",
        "application/json",
      ],
      [
        () => kube.update(pods, pod, { subresource: "status" }),
        "PUT",
        "/api/v1/namespaces/n/pods/p/status",
        "application/json",
      ],
      [
        () => kube.patch(pods, one, "merge", {}),
        "PATCH",
        "/api/v1/namespaces/n/pods/p",
        "application/merge-patch+json",
      ],
      [
        () => kube.patch(pods, one, "json", []),
        "PATCH",
        "/api/v1/namespaces/n/pods/p",
        "application/json-patch+json",
      ],
      [
        () => kube.patch(pods, one, "apply", pod, { fieldManager: "me", force: true }),
        "PATCH",
        "/api/v1/namespaces/n/pods/p?fieldManager=me&force=true",
        "application/apply-patch+yaml",
      ],
      [() => kube.delete(pods, one), "DELETE", "/api/v1/namespaces/n/pods/p", "application/json"],
    ];
    for (const [call, method, path, contentType] of calls) {
      const answer = call();
      const exchange = await fixture.server.next();
      expect([exchange.method, exchange.url.pathname + exchange.url.search]).toEqual([method, path]);
      expect(exchange.request.headers["content-type"]).toBe(contentType);
      exchange.json(200, pod);
      await answer;
    }
  });

  test("a delete carries its preconditions", async () => {
    const answer = fixture.client().delete(pods, one, {
      uid: "u",
      resourceVersion: "3",
      propagationPolicy: "Foreground",
    });
    const exchange = await fixture.server.next();
    expect(JSON.parse(exchange.body)).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid: "u", resourceVersion: "3" },
      propagationPolicy: "Foreground",
    });
    exchange.json(200, {});
    await answer;
  });

  test("a name that would change the path is refused before anything is sent", async () => {
    const kube = fixture.client();
    for (const name of ["", ".", "..", "a/b", "a%2Fb"]) {
      expect(() => kube.get(pods, { namespace: "n", name })).toThrow(TypeError);
    }
    expect(() => kube.get(pods, { name: "p" })).toThrow(/needs a namespace/);
    expect(fixture.server.connections).toBe(0);
  });

  test("a server below a path prefix is reached there", async () => {
    const answer = fixture
      .client({}, { server: `${fixture.server.url}/k8s/clusters/c-1/` })
      .raw("GET", "/version");
    const exchange = await fixture.server.next();
    expect(exchange.url.pathname).toBe("/k8s/clusters/c-1/version");
    exchange.json(200, { major: "1" });
    expect(await answer).toEqual({ major: "1" });
  });

  test("requests share connections", async () => {
    const kube = fixture.client();
    for (let i = 0; i < 20; i++) {
      const answer = kube.get(pods, one);
      (await fixture.server.next()).json(200, pod);
      await answer;
    }
    // A second one is opened when a request comes before the first connection is known to be idle.
    expect(fixture.server.connections).toBeLessThanOrEqual(2);
  });

  test("a watch has a connection of its own", async () => {
    const kube = fixture.client({ maxConnections: 1 });
    const watch = kube.watch(pods, { resourceVersion: "1" });
    (await fixture.server.next()).begin();
    await watch;
    const answer = kube.get(pods, one);
    (await fixture.server.next()).json(200, pod);
    expect(await answer).toEqual(pod);
    expect(fixture.server.connections).toBe(2);
  });

  test("an answer may be compressed", async () => {
    const answer = fixture.client({ compress: true }).get(pods, one);
    const exchange = await fixture.server.next();
    expect(exchange.request.headers["accept-encoding"]).toBe("gzip");
    exchange.gzip(200, { ...pod, note: "ä€😀".repeat(10_000) });
    expect((await answer).note).toBe("ä€😀".repeat(10_000));
  });

  test("an answer may come byte by byte", async () => {
    const answer = fixture.client().get(pods, one);
    const exchange = await fixture.server.next();
    exchange.begin();
    for (const byte of Buffer.from(JSON.stringify({ ...pod, note: "ä€😀" })))
      await exchange.write(Uint8Array.of(byte));
    exchange.end();
    expect((await answer).note).toBe("ä€😀");
  });
});

describe("answers that are no", () => {
  test("carry code, reason and details", async () => {
    const failed = failure(fixture.client().create(pods, pod));
    const causes = [{ reason: "FieldValueInvalid", field: "spec.x", message: "no" }];
    (await fixture.server.next()).status(422, "Invalid", {}, { details: { kind: "Pod", name: "p", causes } });
    const error = (await failed) as ApiError;
    expect(error).toBeInstanceOf(ApiError);
    expect([error.code, error.reason, error.details?.causes]).toEqual([422, "Invalid", causes]);
  });

  test("have a reason even when a proxy gave none", async () => {
    const failed = failure(fixture.client().get(pods, one));
    (await fixture.server.next()).text(404, "text/plain; charset=utf-8", "404 page not found\n");
    expect(await failed).toMatchObject({ name: "ApiError", code: 404, reason: "NotFound" });
  });

  test("a server that speaks no Kubernetes is named, with the field to correct", async () => {
    const origin = { cluster: "clusters[dev] in /cfg", user: "users[me] in /cfg" };
    const kube = fixture.client({}, { origin });
    for (const code of [200, 404]) {
      const failed = failure(kube.get(pods, one));
      (await fixture.server.next()).text(code, "text/html", "<html>hello</html>");
      const error = await failed;
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toBe(
        `${fixture.server.url} (server of clusters[dev] in /cfg) is not a Kubernetes API: it returned ${code} with text/html`,
      );
    }
  });

  test("JSON that is not a list is never taken for an empty one", async () => {
    for (const answer of [
      {},
      { items: [] },
      { metadata: { resourceVersion: "1" }, items: {} },
      [],
      null,
      "x",
    ]) {
      const failed = failure(fixture.client().list(pods));
      (await fixture.server.next()).json(200, answer);
      expect(await failed).toBeInstanceOf(ConfigError);
    }
  });

  test("JSON that is not an object is never taken for one", async () => {
    for (const answer of [{}, [], null, 1]) {
      const failed = failure(fixture.client().get(pods, one));
      (await fixture.server.next()).json(200, answer);
      expect(await failed).toBeInstanceOf(ConfigError);
    }
  });

  test("a refused token is named, with where it came from", async () => {
    const failed = failure(
      fixture
        .client({}, { auth: { token: "old" }, origin: { cluster: "c", user: "users[me] in /cfg" } })
        .get(pods, one),
    );
    (await fixture.server.next()).status(401, "Unauthorized");
    const error = (await failed) as ApiError;
    expect([error.code, error.reason]).toEqual([401, "Unauthorized"]);
    expect(error.message).toContain("token of users[me] in /cfg");
    expect(error.message).not.toContain("old");
  });
});

test("close ends what is under way", async () => {
  const kube = fixture.client();
  const failed = failure(kube.get(pods, one));
  const watch = await Promise.all([
    fixture.server.next().then(() => kube.watch(pods, { resourceVersion: "1" })),
    fixture.server.next().then((exchange) => exchange.begin()),
  ]);
  const next = failure(watch[0][Symbol.asyncIterator]().next());
  await kube.close();
  expect(await failed).toBeInstanceOf(Error);
  expect(await next).toBeInstanceOf(LostAnswerError);
});
