/**
 * One request and its whole answer: the handler that undici calls back. Bare callbacks instead of undici's
 * `request`, because a stream for every answer of a few hundred bytes costs more than the answer itself.
 */
import { gunzipSync } from "node:zlib";
import type { Dispatcher } from "undici";
import type { Timer } from "../kernel/index.ts";

export interface HttpAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Of an answer that needs no parsing: then it is this, and not the text. */
  readonly value?: unknown;
}

export type SetDeadline = (cancel: (reason: Error) => void) => Timer;

/** No JavaScript string can be longer; larger lists have to come in pages. */
const MAX_ANSWER_BYTES = 2 ** 29 - 24;

export class Exchange implements Dispatcher.DispatchHandler {
  settled = false;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: Timer;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #fail: (error: Error, sent: boolean) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #code = 0;
  #headers: HttpAnswer["headers"] = {};
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param arm sets the deadline: a timer that calls what it is given, with the reason to reject for. */
  constructor(
    signal: AbortSignal | undefined,
    arm: SetDeadline,
    resolve: (answer: HttpAnswer) => void,
    reject: (reason: unknown) => void,
    fail: (error: Error, sent: boolean) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#fail = fail;
    this.#deadline = arm((reason) => this.#cancel(reason));
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
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
    this.#code = code;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > MAX_ANSWER_BYTES) controller.abort(new Error("the response is larger than 512 MiB"));
  }

  onResponseEnd(): void {
    if (!this.#settle()) return;
    try {
      const text = decodeBody(this.#chunks, this.#headers["content-encoding"]);
      this.#resolve({ code: this.#code, headers: this.#headers, text });
    } catch (error) {
      this.#fail(error as Error, true);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#settle()) this.#fail(error, this.#controller !== undefined);
  }

  readonly #onAbort = () => this.#cancel(this.#signal?.reason);

  #cancel(reason: unknown): void {
    if (!this.#settle()) return;
    this.#reject(reason);
    this.#controller?.abort(new Error("aborted"));
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#deadline.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}

export function decodeBody(chunks: readonly Buffer[], encoding: string | string[] | undefined): string {
  const whole = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  if (encoding === undefined || encoding === "identity" || whole.length === 0) return whole.toString("utf8");
  if (encoding === "gzip") return gunzipSync(whole, { maxOutputLength: MAX_ANSWER_BYTES }).toString("utf8");
  throw new Error(`the response has the content-encoding ${encoding}, which was not requested`);
}
