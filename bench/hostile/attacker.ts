/**
 * The client that attacks: sends what it is given, whatever comes of it. A connection that ends is an answer
 * too.
 */
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { connect, type TLSSocket } from "node:tls";

export interface Target {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** Of the administrator, who prepares, tidies up, and keeps what must not be lost. */
  readonly adminToken: string;
  /** Of one who may do anything, but is not special. */
  readonly attackerToken: string;
  /** Of the client that reads meanwhile. */
  readonly readerToken: string;
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  /** An object is sent as JSON. */
  readonly body?: string | Buffer | object | undefined;
  /** Default: `application/json`. */
  readonly type?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Default: the attacker's. */
  readonly token?: string;
}

export interface Answer {
  /** 0: none came. */
  readonly code: number;
  readonly text: string;
  /** Bytes of the body. */
  readonly size: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Why none came, as ECONNRESET. */
  readonly error?: string;
}

const NONE = { text: "", size: 0, headers: {} };
/** As much of an answer as is kept. */
const KEPT_BYTES = 1 << 20;

export class Attacker {
  readonly target: Target;
  /** Ends what waits when the row has taken too long. */
  readonly signal: AbortSignal;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4096 });
  readonly #undo: (() => unknown)[] = [];
  readonly #sockets = new Set<TLSSocket>();
  readonly #made: string[] = [];
  readonly #tag: string;
  #names = 0;

  constructor(target: Target, signal: AbortSignal, tag: string) {
    this.target = target;
    this.signal = signal;
    this.#tag = tag.toLowerCase();
  }

  /** One that no other test uses: a letter, digits and dashes. */
  name(): string {
    this.#names += 1;
    return `${this.#tag}-${this.#names}`;
  }

  /** Something to be undone after the row. */
  defer(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  async send(sent: Sent): Promise<Answer> {
    const answer = await exchange(this.#optionsOf(sent), bytesOf(sent.body), this.signal);
    if (answer.code === 201) this.#note(sent, answer);
    return answer;
  }

  /** As the administrator. @throws Error unless the answer is 2xx */
  async prepare(sent: Sent): Promise<Answer> {
    const answer = await this.send({ ...sent, token: this.target.adminToken });
    if (answer.code >= 200 && answer.code < 300) return answer;
    const { method = "GET", path } = sent;
    throw new Error(
      `${method} ${path} answers ${answer.code}: ${(answer.error ?? answer.text).slice(0, 300)}`,
    );
  }

  /** A request whose answer is not read. Resolves when its head has come, or none will. */
  neverRead(sent: Sent): Promise<{ readonly code: number; isCut(): boolean }> {
    return new Promise((resolve) => {
      const request = httpsRequest({ ...this.#optionsOf(sent), agent: false });
      let isCut = false;
      let code = 0;
      const end = () => {
        isCut = true;
        resolve({ code, isCut: () => isCut });
      };
      request.on("error", end);
      request.on("close", end);
      request.on("response", (response) => {
        code = response.statusCode ?? 0;
        response.pause();
        response.on("error", end);
        resolve({ code, isCut: () => isCut });
      });
      request.end(bytesOf(sent.body));
      this.defer(() => request.destroy());
    });
  }

  /** A connection after its handshake, on which anything can be written. */
  open(): Promise<TLSSocket> {
    const { hostname, port } = new URL(this.target.url);
    const socket = connect({
      host: hostname,
      port: Number(port),
      ca: this.target.ca,
      ALPNProtocols: ["http/1.1"],
    });
    this.#sockets.add(socket);
    return new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.once("secureConnect", () => resolve(socket));
      socket.once("close", () => reject(new Error("the connection was closed")));
    });
  }

  /** Writes bytes to a connection of its own, and returns what came until it ends or `forMs` is over. */
  async raw(bytes: string | Buffer, forMs = 2_000): Promise<string> {
    const socket = await this.open().catch(() => undefined);
    if (socket === undefined) return "";
    return new Promise((resolve) => {
      let text = "";
      const done = () => {
        clearTimeout(timer);
        socket.destroy();
        resolve(text);
      };
      const timer = setTimeout(done, forMs);
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
      });
      socket.on("close", done);
      socket.write(bytes);
    });
  }

  /** Connections end and what was deferred is undone; what was made stays, for `made`. */
  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        await undo();
      } catch {
        // The server may be gone.
      }
    }
    for (const socket of this.#sockets) socket.destroy();
    this.#agent.destroy();
  }

  /** Paths of the objects that were made, the newest first. */
  made(): readonly string[] {
    return this.#made.toReversed();
  }

  #optionsOf({ method = "GET", path, type, accept, headers = {}, token, body }: Sent): RequestOptions {
    const { hostname, port } = new URL(this.target.url);
    const length = body === undefined ? {} : { "content-length": String(bytesOf(body)?.length ?? 0) };
    const contentType =
      body === undefined && type === undefined ? {} : { "content-type": type ?? "application/json" };
    return {
      host: hostname,
      port: Number(port),
      ca: this.target.ca,
      agent: this.#agent,
      method,
      path,
      maxHeaderSize: 1 << 20,
      headers: {
        authorization: `Bearer ${token ?? this.target.attackerToken}`,
        accept: accept ?? "application/json",
        ...length,
        ...contentType,
        ...headers,
      },
    };
  }

  #note({ path, method }: Sent, answer: Answer): void {
    const bare = path.split("?")[0] ?? path;
    if (method === "PATCH" || method === "PUT") this.#made.push(bare);
    const name = /"metadata":\{[^{}]*?"name":"([^"]+)"/.exec(answer.text)?.[1];
    if (method === "POST" && name !== undefined && !/(reviews|token)$/.test(bare))
      this.#made.push(`${bare}/${name}`);
  }
}

function bytesOf(body: Sent["body"]): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function exchange(options: RequestOptions, body: Buffer | undefined, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ ...NONE, code: 0, error: error.code ?? error.message });
    if (signal.aborted) return failed(new Error("aborted"));
    let request: ReturnType<typeof httpsRequest>;
    try {
      request = httpsRequest({ ...options, signal });
    } catch (error) {
      return failed(error as Error);
    }
    request.on("error", failed);
    request.on("response", (response) => {
      const kept: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        if (size < KEPT_BYTES) kept.push(chunk);
        size += chunk.length;
      });
      response.on("error", failed);
      response.on("end", () =>
        resolve({
          code: response.statusCode ?? 0,
          text: Buffer.concat(kept).toString(),
          size,
          headers: response.headers,
        }),
      );
    });
    request.end(body);
  });
}
