import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemKernel } from "../../kernel/index.ts";
import { startApiServer } from "../server.ts";
import { createMemoryStore } from "../store/index.ts";
import { type ServerFixture, serverFixture } from "../testing/server-fixture.ts";
import { createIdentity } from "./auth/index.ts";
import { ListenError } from "./server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, data: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

let f: ServerFixture;
beforeAll(async () => {
  f = await serverFixture();
});
afterAll(() => f.stop());

const post = (body: string | Buffer | object, headers: Record<string, string> = {}) =>
  f.request(CONFIG_MAPS, { method: "POST", body, headers });

describe("bad input", () => {
  test.each([
    ["invalid JSON", "{", {}, 400, "BadRequest"],
    ["invalid YAML", "a: [", { "content-type": "application/yaml" }, 400, "BadRequest"],
    ["a list for an object", "[]", {}, 400, "BadRequest"],
    ["an unknown media type", "<a/>", { "content-type": "text/xml" }, 415, "UnsupportedMediaType"],
    [
      "rubbish for protobuf",
      "k8x",
      { "content-type": "application/vnd.kubernetes.protobuf" },
      400,
      "BadRequest",
    ],
    ["a form that is not served", "{}", { accept: "text/html" }, 406, "NotAcceptable"],
    ["data of the wrong type", configMap("wrong", { a: 1 }), {}, 400, "BadRequest"],
  ])("%s is refused with a status", async (_, body, headers, code, reason) => {
    const answer = await post(body, headers);
    expect(answer.json).toMatchObject({ kind: "Status", status: "Failure", code, reason });
    expect(answer.code).toBe(code);
  });

  test("a body over 3 MiB is too large, announced or not", async () => {
    const body = configMap("large", { a: "x".repeat(3 * 1024 * 1024) });
    expect((await post(body)).json).toMatchObject({ code: 413, reason: "RequestEntityTooLarge" });
  });

  test("paths and methods that are not served", async () => {
    expect((await f.request("/apis/nothing.example.com/v1/things")).code).toBe(404);
    expect((await f.request("/nothing")).code).toBe(404);
    expect((await f.request(`${CONFIG_MAPS}/a/nothing`)).json).toMatchObject({
      code: 404,
      reason: "NotFound",
    });
    expect((await f.request(CONFIG_MAPS, { method: "PUT", body: {} })).code).toBe(405);
    expect((await f.request(`${CONFIG_MAPS}/%zz`)).code).toBe(400);
    // What is wrong with one request leaves the server as it was.
    expect((await f.request(CONFIG_MAPS)).code).toBe(200);
  });
});

describe("content", () => {
  test("is taken as YAML and given as YAML", async () => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  colour: blue\n";
    const answer = await post(yaml, { "content-type": "application/yaml", accept: "application/yaml" });
    expect([answer.code, answer.headers["content-type"]]).toEqual([201, "application/yaml"]);
    expect(answer.text).toContain("colour: blue");
  });

  test("is compressed when it is large and the client takes that", async () => {
    await post(configMap("big", { text: "a".repeat(200_000) }));
    const packed = await f.request(`${CONFIG_MAPS}/big`, { headers: { "accept-encoding": "gzip" } });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(Number(packed.headers["content-length"])).toBeLessThan(10_000);
    expect(packed.json).toMatchObject({ metadata: { name: "big" } });
    const list = await f.request(CONFIG_MAPS, { headers: { "accept-encoding": "gzip" } });
    expect(list.headers["content-encoding"]).toBe("gzip");
    expect((await f.request(`${CONFIG_MAPS}/big`)).headers["content-encoding"]).toBeUndefined();
  });

  test("comes as a table, or as metadata alone", async () => {
    await post(configMap("formed", { a: "b" }));
    const form = (as: string) => ({ headers: { accept: `application/json;as=${as};v=v1;g=meta.k8s.io` } });
    expect((await f.request(`${CONFIG_MAPS}/formed`, form("Table"))).json).toMatchObject({
      kind: "Table",
      rows: [{ cells: ["formed", 1, expect.any(String)] }],
    });
    const list = await f.request(CONFIG_MAPS, form("PartialObjectMetadataList"));
    expect(list.json).toMatchObject({ kind: "PartialObjectMetadataList" });
    expect(list.text).not.toContain('"data"');
  });

  test("warnings go in headers", async () => {
    const answer = await post({ ...configMap("warned"), colour: "blue" });
    expect(answer.headers.warning).toBe('299 - "unknown field \\"colour\\""');
  });
});

describe("watch", () => {
  test("is one JSON document a line, until it times out", async () => {
    const { metadata } = (await f.request(CONFIG_MAPS)).json as { metadata: { resourceVersion: string } };
    await post(configMap("watched"));
    const query = `watch=true&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`;
    const { text } = await f.request(`${CONFIG_MAPS}?${query}`);
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ type: "ADDED", object: { metadata: { name: "watched" } } }]);
  });
});

describe("much at once", () => {
  test("goes out whole, in lists and at the beginning of watches", async () => {
    const path = "/api/v1/namespaces/kube-public/configmaps";
    const text = "x".repeat(1_000_000);
    const names = Array.from({ length: 40 }, (_, i) => `much-${i}`);
    await Promise.all(
      names.map((name) => f.request(path, { method: "POST", body: configMap(name, { text }) })),
    );
    const list = await f.request(path);
    expect(list.json.items).toHaveLength(names.length);
    const packed = await f.request(path, { headers: { "accept-encoding": "gzip" } });
    expect([packed.headers["content-encoding"], packed.text]).toEqual(["gzip", list.text]);
    const watched = await f.request(`${path}?watch=true&timeoutSeconds=1`);
    expect(watched.text.trim().split("\n")).toHaveLength(names.length);
    await f.request(path, { method: "DELETE" });
  });
});

describe("who asks", () => {
  test.each([
    ["nobody", { token: "" }],
    ["a wrong token", { token: "wrong" }],
    ["another scheme", { token: "", headers: { authorization: "Basic YTpi" } }],
  ])("%s is Unauthorized", async (_, parts) => {
    const { code, json } = await f.request(CONFIG_MAPS, parts);
    expect([code, json.reason]).toEqual([401, "Unauthorized"]);
  });

  test("every client may see the version and the health", async () => {
    for (const path of ["/version", "/healthz", "/livez", "/readyz"]) {
      expect((await f.request(path, { token: "" })).code).toBe(200);
    }
    expect((await f.request("/readyz?verbose", { token: "" })).text).toContain("[+]store ok");
    expect((await f.request("/metrics", { token: "" })).code).toBe(401);
    expect((await f.request("/metrics")).text).toContain("apiserver_request_total");
  });

  test("a certificate of this CA names a user, one of another does not", async () => {
    const user = await f.certificate("alice", ["staff"]);
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const answer = await f.request(path, { method: "POST", body: review, user });
    expect(answer.json).toMatchObject({
      status: { userInfo: { username: "alice", groups: ["staff", "system:authenticated"] } },
    });
    const stranger = await serverFixture();
    const foreign = await stranger.certificate("alice");
    expect((await f.request(CONFIG_MAPS, { user: foreign })).code).toBe(401);
    await stranger.stop();
  });
});

describe("discovery", () => {
  test("aggregated documents are cached by their ETag", async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const first = await f.request("/apis", { headers: { accept } });
    expect(first.json).toMatchObject({ kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2" });
    const again = await f.request("/apis", {
      headers: { accept, "if-none-match": String(first.headers.etag) },
    });
    expect([again.code, again.headers["content-type"]]).toEqual([304, first.headers["content-type"]]);
  });

  test("OpenAPI v3 has a document for each group version, at an address with its hash", async () => {
    const { paths } = (await f.request("/openapi/v3")).json as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    const { json } = await f.request(paths["api/v1"]?.serverRelativeURL ?? "");
    expect(json).toHaveProperty([
      "components",
      "schemas",
      "io.k8s.api.core.v1.ConfigMap",
      "properties",
      "data",
    ]);
    expect(json).toHaveProperty(["paths", "/api/v1/namespaces/{namespace}/configmaps/{name}", "patch"]);
  });

  test("OpenAPI v2 comes as JSON, and as protobuf for those who know only that", async () => {
    expect((await f.request("/openapi/v2")).json).toHaveProperty([
      "definitions",
      "io.k8s.api.core.v1.Secret",
    ]);
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const packed = await f.request("/openapi/v2", { headers: { accept } });
    expect(packed.headers["content-type"]).toBe("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    expect(packed.text).toContain("io.k8s.api.core.v1.Secret");
  });
});

describe("start and stop", () => {
  test("a port in use is reported in one sentence, and nothing stays open", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const { port } = blocker.address() as { port: number };
    const identity = await createIdentity(systemKernel, []);
    const start = (where: { host?: string; port?: number }) =>
      startApiServer({ kernel: systemKernel, store: createMemoryStore(), identity, ...where });
    const error: unknown = await start({ port }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ListenError);
    expect((error as Error).message).toContain(`Port ${port} on 127.0.0.1 is in use`);
    await expect(start({ host: "192.0.2.1" })).rejects.toThrow("192.0.2.1 is not an address of this machine");
    blocker.close();
  });

  test("stopping ends watches", async () => {
    const g = await serverFixture();
    const watching = g.request(`${CONFIG_MAPS}?watch=true&resourceVersion=1`);
    await g.request("/version");
    await g.stop();
    await watching.catch(() => undefined);
  });
});
