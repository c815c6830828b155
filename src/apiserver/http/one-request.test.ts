/** What one request can break: itself. */
import { connect } from "node:tls";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drainMicrotasks } from "../../kernel/index.ts";
import { type ServerFixture, serverFixture } from "../testing/server-fixture.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const map = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "b" } });

let f: ServerFixture;
let logged = 0;
beforeAll(async () => {
  const logger = pino(
    { level: "trace" },
    {
      write: () => {
        logged++;
        throw new Error("ENOSPC: no space left on device");
      },
    },
  );
  f = await serverFixture({ logger });
});
afterAll(() => f.stop());

const post = (name: string, query = "") => f.request(`${MAPS}${query}`, { method: "POST", body: map(name) });

describe("a watch", () => {
  test.each([
    ["includeObject=bogus", TABLE],
    ["labelSelector=%3D%3D", {}],
    ["labelSelector=a%20in", {}],
    ["fieldSelector=spec.nothing%3Da", {}],
    ["fieldSelector=nonsense", {}],
    ["resourceVersion=-1", {}],
    ["resourceVersion=1e3", {}],
    ["timeoutSeconds=soon", {}],
    ["sendInitialEvents=true", {}],
    ["resourceVersionMatch=Exact&resourceVersion=1", {}],
    ["resourceVersionMatch=bogus&sendInitialEvents=true", {}],
  ])("with %s is refused before it begins", async (query, headers) => {
    const answer = await f.request(`${MAPS}?watch=true&${query}&timeoutSeconds=1`, { headers });
    expect(answer.json).toMatchObject({ kind: "Status", status: "Failure" });
    expect([400, 422]).toContain(answer.code);
    expect(
      (await post(`after-${encodeURIComponent(query).replaceAll(/[^a-z]/g, "")}`.slice(0, 60))).code,
    ).toBe(201);
  });
});

describe("an answer in a form that is wrong", () => {
  test("is refused before anything is done", async () => {
    await post("stays");
    const query = "?includeObject=bogus";
    expect(
      (await f.request(`${MAPS}${query}`, { method: "POST", body: map("unmade"), headers: TABLE })).code,
    ).toBe(400);
    expect((await f.request(`${MAPS}${query}`, { method: "DELETE", headers: TABLE })).code).toBe(400);
    expect((await f.request(`${MAPS}/unmade`)).code).toBe(404);
    expect((await f.request(`${MAPS}/stays`)).code).toBe(200);
  });
});

describe("a log that cannot be written", () => {
  test("ends no request, whatever it has to report", async () => {
    const before = logged;
    expect((await f.request(MAPS)).code).toBe(200);
    expect((await f.request(`${MAPS}/none`)).code).toBe(404);
    expect(logged).toBeGreaterThan(before);
  });
});

describe("large answers in YAML", () => {
  test("are JSON, which is YAML too, under the type that was asked for", async () => {
    const data = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key-${i}`, "value"]));
    await f.request(MAPS, { method: "POST", body: { ...map("wide"), data } });
    const accept = { headers: { accept: "application/yaml" } };
    for (const path of [`${MAPS}/wide`, MAPS]) {
      const { headers, text } = await f.request(path, accept);
      expect(headers["content-type"]).toBe("application/yaml");
      expect(JSON.parse(text)).toMatchObject(path === MAPS ? { kind: "ConfigMapList" } : { data });
    }
    expect((await f.request(`${MAPS}/stays`, accept)).text).toContain("kind: ConfigMap\n");
  });
});

describe("bytes that are not a request", () => {
  const raw = (bytes: string) =>
    new Promise<string>((resolve) => {
      const { port, identity } = f.server;
      const socket = connect({ host: "127.0.0.1", port, ca: identity.caCertificate }, () =>
        socket.write(bytes),
      );
      let text = "";
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(text));
    });
  const auth = () => `Authorization: Bearer ${f.identity.token}\r\n`;

  test.each([
    ["nonsense", () => "nonsense\r\n\r\n"],
    [
      "a body that stops",
      () => `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${auth()}Content-Length: 2\r\n\r\n{`,
    ],
    [
      "a chunk that is none",
      () => `POST ${MAPS} HTTP/1.1\r\nHost: x\r\n${auth()}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ],
    ["CONNECT", () => "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n"],
    [
      "an upgrade",
      () => `GET ${MAPS} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n${auth()}\r\n`,
    ],
    [
      "an expectation",
      () => `GET ${MAPS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: wonders\r\n${auth()}\r\n`,
    ],
    [
      "a strange path",
      () => `GET //[::::]?watch=1&&%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${auth()}\r\n`,
    ],
  ])("%s costs its own connection", async (name, bytes) => {
    const answered = raw(bytes());
    if (name === "a body that stops") {
      // A client that waits for it may as well go.
      await f.request("/livez");
    } else await answered;
    await drainMicrotasks();
    expect((await f.request(MAPS)).code).toBe(200);
  });

  test("500 requests in one packet are answered, one after another", async () => {
    const one = `GET /api/v1/namespaces/default HTTP/1.1\r\nHost: x\r\n${auth()}\r\n`;
    const last = one.replace("Host: x", "Host: x\r\nConnection: close");
    const text = await raw(one.repeat(499) + last);
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(500);
  });
});
