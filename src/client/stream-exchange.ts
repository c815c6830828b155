/**
 * One request whose answer comes in lines, for as long as the server likes: a watch.
 *
 * Bytes are cut into lines only as fast as they are taken; beyond a mebibyte that waits, the connection is
 * paused. Lines are cut before they are decoded, so that a chunk may end within a character.
 */
import type { Dispatcher } from "undici";
import { decodeBody, type HttpAnswer } from "./exchange.ts";

/** Pause reading while more than this waits to be taken. */
const HIGH_WATER_BYTES = 1 << 20;
/** No object comes near this (etcd takes 1.5 MiB). A line without end must not eat the memory. */
const MAX_LINE_BYTES = 64 << 20;
const MAX_ERROR_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Lines of an answer. `next` rejects once, when the connection breaks; `close` breaks it from this side. */
export interface HttpStream {
  /** The next line that is not empty, without its end. Undefined: the server ended the answer. */
  next(): Promise<string | undefined>;
  close(): void;
}

type OpenState = "waiting" | "error-answer" | "open" | "ended" | "failed";

export class StreamExchange implements Dispatcher.DispatchHandler, HttpStream {
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (answer: HttpStream | HttpAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #asError: (error: Error, sent: boolean) => Error;
  #state: OpenState = "waiting";
  #controller: Dispatcher.DispatchController | undefined;
  #code = 0;
  #headers: HttpAnswer["headers"] = {};
  #chunks: Buffer[] = [];
  #waitingBytes = 0;
  /** Where in the first chunk the next line begins. */
  #offset = 0;
  /** Beginnings of a line whose end has not come yet. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #failure: unknown;
  #taker: { resolve(line: string | undefined): void; reject(reason: unknown): void } | undefined;

  constructor(
    signal: AbortSignal | undefined,
    resolve: (answer: HttpStream | HttpAnswer) => void,
    reject: (reason: unknown) => void,
    asError: (error: Error, sent: boolean) => Error,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#asError = asError;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get settled(): boolean {
    return this.#state === "failed" || this.#state === "ended";
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.settled) controller.abort(new Error("aborted"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    code: number,
    headers: HttpAnswer["headers"],
  ): void {
    if (this.settled) return;
    this.#code = code;
    this.#headers = headers;
    const encoding = headers["content-encoding"];
    if (code === 200 && encoding !== undefined && encoding !== "identity") {
      const error = new Error(
        `the server sent a watch with the content-encoding ${encoding}, which was not requested`,
      );
      this.#fail(this.#asError(error, true), true);
      return;
    }
    this.#state = code === 200 ? "open" : "error-answer";
    if (code === 200) this.#resolve(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#state === "error-answer") {
      if (this.#waitingBytes > MAX_ERROR_BYTES) controller.abort(new Error("the response is too large"));
      return;
    }
    if (this.#taker !== undefined) this.#serve();
    if (this.#waitingBytes > HIGH_WATER_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    if (this.settled) return;
    const state = this.#state;
    this.#release();
    this.#state = "ended";
    if (state === "error-answer") {
      try {
        const text = decodeBody(this.#chunks, this.#headers["content-encoding"]);
        this.#resolve({ code: this.#code, headers: this.#headers, text });
      } catch (error) {
        this.#reject(this.#asError(error as Error, true));
      }
      return;
    }
    if (this.#taker !== undefined) this.#serve();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(this.#asError(error, this.#controller !== undefined), false);
  }

  next(): Promise<string | undefined> {
    let line: string | undefined;
    try {
      line = this.#takeLine();
    } catch (error) {
      this.#fail(this.#asError(error as Error, true), true);
    }
    if (line !== undefined) return Promise.resolve(line);
    if (this.#state === "ended") return Promise.resolve(undefined);
    if (this.#state === "failed") return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
    });
  }

  close(): void {
    if (this.settled) return;
    this.#release();
    this.#state = "ended";
    this.#chunks = [];
    this.#parts = [];
    this.#controller?.abort(new Error("closed"));
    this.#taker?.resolve(undefined);
    this.#taker = undefined;
  }

  /** Gives the one who waits what he waits for, if it is there. */
  #serve(): void {
    const taker = this.#taker;
    this.#taker = undefined;
    if (taker !== undefined) this.next().then(taker.resolve, taker.reject);
  }

  #takeLine(): string | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const end = chunk.indexOf(NEWLINE, this.#offset);
      if (end < 0) {
        this.#setAside(chunk);
        continue;
      }
      const start = this.#offset;
      this.#offset = end + 1;
      if (this.#offset === chunk.length) this.#dropChunk(chunk);
      if (this.#partBytes === 0) {
        if (end > start && !(end === start + 1 && chunk[start] === CARRIAGE_RETURN)) {
          return chunk.toString("utf8", start, end);
        }
        continue;
      }
      const line = Buffer.concat([...this.#parts, chunk.subarray(start, end)]).toString("utf8");
      this.#parts = [];
      this.#partBytes = 0;
      if (line !== "\r") return line;
    }
    return undefined;
  }

  #setAside(chunk: Buffer): void {
    const part = chunk.subarray(this.#offset);
    this.#parts.push(part);
    this.#partBytes += part.length;
    this.#dropChunk(chunk);
    if (this.#partBytes > MAX_LINE_BYTES) throw new Error("the server sent a line of more than 64 MiB");
  }

  #dropChunk(chunk: Buffer): void {
    this.#chunks.shift();
    this.#offset = 0;
    const before = this.#waitingBytes;
    this.#waitingBytes -= chunk.length;
    if (before > HIGH_WATER_BYTES && this.#waitingBytes <= HIGH_WATER_BYTES) this.#controller?.resume();
  }

  readonly #onAbort = () => this.#fail(this.#signal?.reason, true);

  #fail(reason: unknown, abort: boolean): void {
    if (this.settled) return;
    const opened = this.#state === "open";
    this.#release();
    this.#state = "failed";
    this.#failure = reason;
    if (abort) this.#controller?.abort(new Error("aborted"));
    if (!opened) this.#reject(reason);
    else if (this.#taker !== undefined) this.#serve();
  }

  #release(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
