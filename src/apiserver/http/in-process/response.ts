/** The answer to a client in this process: as a value where the server has one, else as the text that others are sent. */
import { EventEmitter } from "node:events";
import type { AnswerTaker } from "../../../kube/in-process.ts";
import type { InProcessPart, ResponsePort, WatchedEvents } from "../arrival.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const NOBODY: AnswerTaker = {
  answered: () => undefined,
  opened: (events) => events.close(),
  failed: () => undefined,
};

export class InProcessResponse extends EventEmitter implements ResponsePort, InProcessPart {
  statusCode = 0;
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  readonly writableNeedDrain = false;
  readonly body: unknown;
  readonly #isHead: boolean;
  #taker: AnswerTaker;
  #headers: Headers = {};
  #pieces: (string | Uint8Array)[] = [];
  #events: WatchedEvents | undefined;

  constructor(taker: AnswerTaker, body: unknown, isHead: boolean) {
    super();
    this.#taker = taker;
    this.body = body;
    this.#isHead = isHead;
  }

  get writableFinished(): boolean {
    return this.writableEnded;
  }

  writeHead(code: number, headers: Record<string, string | number | string[]>): void {
    this.statusCode = code;
    this.headersSent = true;
    this.#headers = headers as unknown as Headers;
  }

  /** A watch is opened when there is something to take its events from. */
  flushHeaders(): void {}

  write(piece: string | Uint8Array): boolean {
    if (!this.destroyed && piece.length > 0) this.#pieces.push(piece);
    return true;
  }

  end(piece: string | Uint8Array = ""): void {
    this.write(piece);
    if (this.#events === undefined) this.#answer(undefined);
    else this.#close();
  }

  hand(value: object): void {
    this.#answer(value);
  }

  open(events: WatchedEvents): void {
    if (this.destroyed) {
      events.breakOff();
      return;
    }
    this.#events = events;
    this.#taker.opened(events);
  }

  /** As a connection that breaks. */
  destroy(): void {
    if (this.destroyed || this.writableEnded) return;
    this.destroyed = true;
    this.#pieces = [];
    if (this.#events === undefined)
      this.#taker.failed("the API server ended the request without a response", true);
    else this.#events.breakOff();
    this.emit("close");
  }

  /** Its client waits no longer. */
  abandon(): void {
    this.#taker = NOBODY;
    this.destroy();
  }

  #answer(value: unknown): void {
    if (this.destroyed || this.writableEnded) return;
    const text = value === undefined && !this.#isHead ? textOf(this.#pieces) : "";
    this.#taker.answered({ code: this.statusCode, headers: this.#headers, value, text });
    this.#close();
  }

  #close(): void {
    if (this.destroyed || this.writableEnded) return;
    this.writableEnded = true;
    this.#pieces = [];
    this.emit("close");
  }
}

function textOf(pieces: readonly (string | Uint8Array)[]): string {
  if (pieces.every((piece) => typeof piece === "string")) return pieces.join("");
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString();
}
