/**
 * One user sends a great many requests, over the wire; how long another waits is counted in answers, not in
 * time.
 */
import { connect, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { type ServerFixture, serverFixture } from "../testing/server-fixture.ts";

const PATH = "/api/v1/namespaces/default/configmaps";
const OBJECTS = 1_500;
const FLOOD = 40;

async function fill({ store }: ServerFixture): Promise<void> {
  const writes = Array.from({ length: OBJECTS }, (_, i) => {
    const metadata = { name: `m-${i}`, namespace: "default", uid: `u-${i}`, labels: { a: String(i) } };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata };
    const address = { kind: "configmaps", namespace: "default", name: metadata.name } as const;
    return store.write({ do: "put", ...address, object, expectedRevision: 0 });
  });
  await Promise.all(writes);
}

async function connected({ server }: ServerFixture, user?: { certificate: string; key: string }) {
  const { port, identity } = server;
  const own = user === undefined ? {} : { cert: user.certificate, key: user.key };
  const socket = connect({ host: "127.0.0.1", port, ca: identity.caCertificate, ...own });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  return socket;
}

/** It reads every object, and finds none. */
const LIST = `${PATH}?labelSelector=a%3Dnone`;

/** Resolves with the answer's status line. */
function answered(socket: TLSSocket, path: string, token: string | undefined): Promise<string> {
  const authorization = token === undefined ? "" : `Authorization: Bearer ${token}\r\n`;
  const head = `Host: x\r\nConnection: close\r\n${authorization}\r\n`;
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("close", () => resolve(text.split("\r\n")[0] ?? ""));
  socket.write(`GET ${path} HTTP/1.1\r\n${head}`);
  return promise;
}

test("a flood of one user's requests lets another's pass after about as much work as it takes itself", async () => {
  const f = await serverFixture();
  try {
    await fill(f);
    const reader = await f.certificate("reader");
    const flooding = await Promise.all(Array.from({ length: FLOOD }, () => connected(f)));
    const reading = await connected(f, reader);
    const order: string[] = [];
    const { token } = f.server.identity;
    const flood = flooding.map(async (socket) => {
      expect(await answered(socket, LIST, token)).toBe("HTTP/1.1 200 OK");
      order.push("flood");
    });
    expect(await answered(reading, LIST, undefined)).toBe("HTTP/1.1 200 OK");
    order.push("reader");
    await Promise.all(flood);
    // Half of the work is the reader's: the other half, of as much, ends few of the flood. In turn of arrival
    // it is the last, and shared out by requests it ends with all the others.
    expect(order).toHaveLength(FLOOD + 1);
    expect(order.indexOf("reader")).toBeLessThanOrEqual(FLOOD / 4);
  } finally {
    await f.stop();
  }
});

test("a flood of requests that are refused takes turns as those of one user do, and is limited as they are", async () => {
  const maxQueuedPerUser = 5;
  const f = await serverFixture({ limits: { maxQueuedPerUser } });
  try {
    const reader = await f.certificate("reader");
    const flooding = await Promise.all(Array.from({ length: 100 }, () => connected(f)));
    const reading = await connected(f, reader);
    const flood = flooding.map((socket, i) => answered(socket, PATH, i % 2 ? "x".repeat(43) : undefined));
    expect(await answered(reading, PATH, undefined)).toBe("HTTP/1.1 200 OK");
    const codes = new Set(await Promise.all(flood));
    // All of them come in one turn of the event loop, which has time for a few.
    expect(codes).toEqual(new Set(["HTTP/1.1 401 Unauthorized", "HTTP/1.1 429 Too Many Requests"]));
  } finally {
    await f.stop();
  }
});
