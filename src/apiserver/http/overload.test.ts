/**
 * More than is taken on at once: how it is answered, and that a client that reads and waits for its turn does
 * not notice.
 */
import { connect, type TLSSocket } from "node:tls";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { type ServerFixture, serverFixture } from "../testing/server-fixture.ts";
import type { ServerLimits } from "./server-limits.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

let f: ServerFixture;
let sockets: TLSSocket[] = [];
const lines: Record<string, unknown>[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  lines.length = 0;
  await f.stop();
});

async function start(limits: Partial<ServerLimits>): Promise<void> {
  const logger = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  f = await serverFixture({ limits, logger });
}

/** A connection that sends this, and does not read. */
async function sent(text: string): Promise<TLSSocket> {
  const { port, identity } = f.server;
  const socket = connect({ host: "127.0.0.1", port, ca: identity.caCertificate });
  sockets.push(socket);
  socket.on("error", () => undefined);
  socket.pause();
  await new Promise<void>((resolve) => {
    socket.on("secureConnect", resolve);
  });
  socket.write(text);
  return socket;
}

const head = (method: string, path: string, more = "") =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${f.identity.token}\r\n${more}\r\n`;
/** Holds a seat: its body never comes. */
const endless = () => sent(head("POST", MAPS, "Content-Length: 100\r\n"));
const gauge = async (name: string) => {
  const user = await f.certificate("prometheus");
  const { text } = await f.request("/metrics", { user });
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
};
const hasEnded = (socket: TLSSocket) => new Promise((resolve) => socket.resume().on("close", resolve));

describe("requests in flight", () => {
  test("beyond the limit wait, are answered 429 with Retry-After, and leave other users alone", async () => {
    await start({ maxRequestsInFlight: 4, queueTimeoutMs: 200, maxQueuedPerUser: 1 });
    await Promise.all([endless(), endless()]);
    await expect.poll(() => gauge("apiserver_current_inflight_requests")).toBe(3);
    const answers = await Promise.all([f.request(MAPS), f.request(MAPS)]);
    for (const { code, headers, json } of answers) {
      expect([code, headers["retry-after"]]).toEqual([429, "1"]);
      expect(json).toMatchObject({
        kind: "Status",
        reason: "TooManyRequests",
        details: { retryAfterSeconds: 1 },
      });
    }
    const user = await f.certificate("somebody-else");
    expect((await f.request(MAPS, { user })).code).toBe(200);
    expect((await f.request("/livez", { token: "" })).code).toBe(200);
    const { text } = await f.request("/metrics", { user });
    expect(text).toContain('apiserver_rejected_requests_total{reason="time-out"} 1');
    expect(text).toContain('apiserver_rejected_requests_total{reason="queue-full"} 1');
  });

  test("that take too long are answered 504, which asks no client to send a write again", async () => {
    await start({ requestTimeoutMs: 100 });
    const socket = await endless();
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await hasEnded(socket);
    expect(text).toMatch(/^HTTP\/1.1 504 /);
    expect(text).toContain('"reason":"Timeout"');
    expect(text.toLowerCase()).not.toContain("retry-after");
    await expect.poll(() => gauge("apiserver_current_inflight_requests")).toBe(1);
  });
});

describe("watches", () => {
  test("are limited, by user and in all, and a closed one makes room", async () => {
    await start({ maxWatches: 4 });
    const watched = await Promise.all([1, 2].map(() => sent(head("GET", `${MAPS}?watch=true`))));
    await expect.poll(() => gauge("apiserver_longrunning_requests")).toBe(2);
    const refused = await f.request(`${MAPS}?watch=true&timeoutSeconds=1`);
    expect([refused.code, refused.headers["retry-after"], refused.json.reason]).toEqual([
      429,
      "5",
      "TooManyRequests",
    ]);
    const user = await f.certificate("somebody-else");
    expect((await f.request(`${MAPS}?watch=true&timeoutSeconds=1`, { user })).code).toBe(200);
    for (const socket of watched) socket.destroy();
    await expect.poll(() => gauge("apiserver_longrunning_requests")).toBe(0);
    expect((await f.request(`${MAPS}?watch=true&timeoutSeconds=1`)).code).toBe(200);
  });
});

describe("connections", () => {
  test("that are idle make room for new ones, those at work do not", async () => {
    await start({ maxConnections: 3 });
    const idle = await sent("");
    const busy = await Promise.all([1, 2].map(() => sent(head("GET", `${MAPS}?watch=true`))));
    const closed = hasEnded(idle);
    expect((await f.request(MAPS)).code).toBe(200);
    await closed;
    const third = await sent(head("GET", `${MAPS}?watch=true`));
    await expect(f.request(MAPS)).rejects.toThrow();
    expect(lines).toMatchObject([{ msg: "a connection was refused: too many are in use", limit: 3 }]);
    expect([...busy, third].map((socket) => socket.destroyed)).toEqual([false, false, false]);
  });
});

describe("a client that does not read", () => {
  const fill = async (count: number) => {
    const data = { text: "x".repeat(1_000_000) };
    for (let i = 0; i < count; i++) {
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `big-${i}` }, data };
      const address = { kind: "configmaps", namespace: "default", name: `big-${i}` };
      await f.store.write({ do: "put", ...address, object, expectedRevision: 0 });
    }
  };
  /** More than what the network takes without a reader. */
  const MUCH = 24;

  test("is cut off with a reason, be it a list or what a watch begins with, and memory stays small", async () => {
    await start({ slowReaderTimeoutMs: 1_000 });
    await fill(MUCH);
    const paths = [MAPS, `${MAPS}?watch=true&resourceVersion=0`];
    const stuck = await Promise.all(paths.flatMap((path) => [1, 2, 3].map(() => sent(head("GET", path)))));
    await expect.poll(() => lines.length).toBe(stuck.length);
    for (const line of lines) {
      expect(line).toMatchObject({
        reason: "client-does-not-read",
        user: "kubernetes-admin",
        path: MAPS,
        msg: "an answer was cut off",
      });
    }
    const { text } = await f.request("/metrics");
    expect(text).toContain('apiserver_cut_answers_total{reason="client-does-not-read"} 6');
    await expect.poll(() => gauge("apiserver_longrunning_requests")).toBe(0);
    expect((JSON.parse((await f.request(MAPS)).text) as { items: unknown[] }).items).toHaveLength(MUCH);
  });

  test("of a watch is cut off when it is too far behind, those that read are not", async () => {
    await start({ maxWatchBacklogBytes: 4_000_000 });
    await fill(MUCH);
    const reader = await sent(head("GET", `${MAPS}?watch=true&resourceVersion=0`));
    let read = 0;
    reader.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    reader.resume();
    await sent(head("GET", `${MAPS}?watch=true&resourceVersion=0`));
    await expect.poll(() => read).toBeGreaterThan(MUCH * 1_000_000);
    for (let i = 0; i < 6; i++) {
      const { metadata } = (await f.request(`${MAPS}/big-0`)).json as {
        metadata: { resourceVersion: string };
      };
      const object = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "big-0" },
        data: { text: "y".repeat(900_000) },
      };
      const address = { kind: "configmaps", namespace: "default", name: "big-0" };
      await f.store.write({
        do: "put",
        ...address,
        object,
        expectedRevision: Number(metadata.resourceVersion),
      });
    }
    await expect.poll(() => lines).toMatchObject([{ reason: "backlog-of-watch" }]);
    await expect.poll(() => read).toBeGreaterThan(MUCH * 1_000_000 + 6 * 900_000);
    expect(reader.destroyed).toBe(false);
  });
});
