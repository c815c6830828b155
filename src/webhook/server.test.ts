import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { createAuthority, issueServerCertificate, type KeyedCertificate } from "../certificates/index.ts";
import { err, ManualClock, ok, seededRandom } from "../kernel/index.ts";
import { serveWebhook, type WebhookLimits, type WebhookServer } from "./server.ts";

const kernel = { clock: new ManualClock(Date.parse("2026-07-01T00:00:00Z")), random: seededRandom(1) };
const PATH = "/validate";
const SHORT: WebhookLimits = { patienceMs: 60, connections: 2, bodyBytes: 64 };

let certificate: KeyedCertificate;
let servers: WebhookServer[] = [];
let sockets: Socket[] = [];

beforeAll(async () => {
  const authority = await createAuthority(kernel, "an authority");
  certificate = await issueServerCertificate(kernel, authority, "a webhook", ["127.0.0.1"]);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
  sockets = [];
});

async function serve(limits: Partial<WebhookLimits> = {}): Promise<WebhookServer> {
  const handler = (body: string) => (body === "?" ? err("a question is no review") : ok({ said: body }));
  const server = await serveWebhook(handler, certificate, { port: 0, path: PATH, limits });
  servers.push(server);
  return server;
}

async function connect(server: WebhookServer): Promise<TLSSocket> {
  const socket = connectTls({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false });
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

/** All that the server sends until it closes the connection. */
async function until(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, "close");
  return Buffer.concat(chunks).toString("utf8");
}

function post(body: string, length = Buffer.byteLength(body), path = PATH): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

async function answerTo(server: WebhookServer, request: string): Promise<string> {
  const socket = await connect(server);
  socket.write(request);
  return until(socket);
}

describe("what is answered (PX-07)", () => {
  test("a review, and what is wrong with what is none", async () => {
    const server = await serve();
    expect(await answerTo(server, post("hello"))).toMatch(/^HTTP\/1.1 200 [\s\S]*{"said":"hello"}$/);
    expect(await answerTo(server, post("?"))).toMatch(/^HTTP\/1.1 400 [\s\S]*a question is no review/);
  });

  test("another path or method is refused by name", async () => {
    const server = await serve();
    expect(await answerTo(server, post("hello", 5, "/other"))).toMatch(
      /^HTTP\/1.1 404 [\s\S]*only \/validate/,
    );
    const get = `GET ${PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    expect(await answerTo(server, get)).toMatch(/^HTTP\/1.1 405 [\s\S]*only POST/);
  });

  test("one that cannot be answered yet reports why", async () => {
    const server = await serveWebhook(() => ok({}), certificate, {
      port: 0,
      path: PATH,
      whyNotReady: () => "the caches are not synced yet",
    });
    servers.push(server);
    expect(await answerTo(server, post("hello"))).toMatch(/^HTTP\/1.1 503 [\s\S]*not synced yet/);
  });

  test("a handler that fails is reported, and its caller is let go", async () => {
    const errors: unknown[] = [];
    const broken = () => {
      throw new Error("broken");
    };
    const server = await serveWebhook(broken, certificate, {
      port: 0,
      path: PATH,
      onError: (error) => errors.push(error),
    });
    servers.push(server);
    expect(await answerTo(server, post("hello"))).toBe("");
    expect(errors).toMatchObject([{ message: "broken" }]);
  });
});

describe("who reaches the port and means no review is let go (PX-07)", () => {
  test("one who never agrees on keys", async () => {
    const server = await serve(SHORT);
    const socket = connectSocket(server.port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => {});
    expect(await until(socket)).toBe("");
  });

  test("one who never ends its headers", async () => {
    const server = await serve(SHORT);
    const socket = await connect(server);
    socket.write(`POST ${PATH} HTTP/1.1\r\nhost: x\r\n`);
    expect(await until(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
  });

  test("one who never ends its body", async () => {
    const server = await serve(SHORT);
    const socket = await connect(server);
    socket.write(post("a", 10));
    expect(await until(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
  });

  test("a body that is said to be too long is not read", async () => {
    const server = await serve(SHORT);
    expect(await answerTo(server, post("a", 65))).toMatch(/^HTTP\/1.1 413 [\s\S]*longer than 64 bytes/);
  });

  test("a body that turns out to be too long is not read to its end", async () => {
    const server = await serve({ ...SHORT, patienceMs: 60_000 });
    const head = `POST ${PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunk = `41\r\n${"a".repeat(65)}\r\n`;
    expect(await answerTo(server, `${head}${chunk}`)).toMatch(/^HTTP\/1.1 413 /);
  });

  test("more connections than there is a reason for are refused, and one that goes makes room", async () => {
    const server = await serve({ ...SHORT, patienceMs: 60_000 });
    const [first] = [await connect(server), await connect(server)];
    const third = connectSocket(server.port, "127.0.0.1");
    sockets.push(third);
    third.on("error", () => {});
    expect(await until(third)).toBe("");
    first?.destroy();
    await expect.poll(() => answerTo(server, post("hello")).catch(() => "")).toMatch(/^HTTP\/1.1 200 /);
  });
});
