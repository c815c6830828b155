/**
 * A TLS server that does nothing on its own: the test takes each request as it arrives and decides, byte by
 * byte, how it is answered. For all that a real server, the embedded one included, does only on its worst
 * days: half a line, a connection that is cut in a response, a response that never comes.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { type TestAuthority, testAuthority } from "./test-authority.ts";

export interface PuppetOptions {
  readonly authority?: TestAuthority;
  /** Default: for 127.0.0.1. */
  readonly dnsName?: string;
  /** Asks for client certificates, without insisting. */
  readonly requestCertificate?: boolean;
}

/** One request, and the strings to move its answer. */
export class PuppetExchange {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: string;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, body: string) {
    this.request = request;
    this.url = new URL(request.url ?? "/", "https://puppet");
    this.body = body;
    this.#response = response;
  }

  get method(): string {
    return this.request.method ?? "";
  }

  get socket(): Socket {
    return this.request.socket;
  }

  get clientCertificate(): PeerCertificate {
    return (this.request.socket as TLSSocket).getPeerCertificate();
  }

  /** Resolves when the client has gone away. */
  get closed(): Promise<void> {
    if (this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  json(code: number, value: unknown, headers: Record<string, string> = {}): void {
    this.#response.writeHead(code, { "content-type": "application/json", ...headers });
    this.#response.end(JSON.stringify(value));
  }

  gzip(code: number, value: unknown): void {
    this.#response.writeHead(code, { "content-type": "application/json", "content-encoding": "gzip" });
    this.#response.end(gzipSync(JSON.stringify(value)));
  }

  text(code: number, contentType: string, text: string): void {
    this.#response.writeHead(code, { "content-type": contentType });
    this.#response.end(text);
  }

  status(code: number, reason: string, headers: Record<string, string> = {}, more: object = {}): void {
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason };
    this.json(code, { ...status, message: `refused: ${reason}`, ...more }, headers);
  }

  /** Accepts a watch, or begins any answer whose rest `write` sends. */
  begin(headers: Record<string, string> = {}): void {
    this.#response.writeHead(200, { "content-type": "application/json", ...headers });
    this.#response.flushHeaders();
  }

  /** Resolves when the bytes are out, in a TLS record of their own. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#response.write(bytes, () => resolve()));
  }

  event(type: string, object: object): Promise<void> {
    return this.write(`${JSON.stringify({ type, object })}\n`);
  }

  end(): void {
    this.#response.end();
  }

  /** Drops the connection in mid-air. */
  cut(): void {
    this.socket.destroy();
  }
}

export class PuppetServer implements AsyncDisposable {
  readonly authority: TestAuthority;
  readonly port: number;
  readonly #close: () => void;
  readonly #arrived: PuppetExchange[] = [];
  readonly #takers: ((exchange: PuppetExchange) => void)[] = [];
  /** Connections made so far. */
  connections = 0;

  static async start(options: PuppetOptions = {}): Promise<PuppetServer> {
    const authority = options.authority ?? (await testAuthority());
    const { certificate, key } = await authority.issueServer(options.dnsName);
    const server = createServer({
      cert: certificate,
      key,
      ca: authority.ca,
      requestCert: options.requestCertificate === true,
      rejectUnauthorized: false,
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    const puppet = new PuppetServer(authority, port, close);
    server.on("secureConnection", () => puppet.connections++);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      response.on("error", () => {});
      request.on("error", () => {});
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        puppet.#offer(new PuppetExchange(request, response, Buffer.concat(chunks).toString()));
      });
    });
    return puppet;
  }

  private constructor(authority: TestAuthority, port: number, close: () => void) {
    this.authority = authority;
    this.port = port;
    this.#close = close;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The next request that is not taken yet. */
  next(): Promise<PuppetExchange> {
    const exchange = this.#arrived.shift();
    if (exchange !== undefined) return Promise.resolve(exchange);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Requests that are not taken yet. */
  get untaken(): number {
    return this.#arrived.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #offer(exchange: PuppetExchange): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#arrived.push(exchange);
    else taker(exchange);
  }
}
