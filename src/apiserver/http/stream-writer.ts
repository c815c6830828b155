/**
 * Writes an answer of any size to a client of any speed: in small pieces, the next one when the last has gone, so that
 * little of it is in memory; and disconnects clients that do not read.
 *
 * The last piece goes only after all before it have gone. That is more than thrift: when the client of a TLS connection
 * has the whole answer, and so sends its next request, before Node has noticed that the answer is out, Node fails the
 * connection with HPE_PAUSED (docs/design/0013). What is written last must fit below the high-water mark.
 */
import { type Clock, drainMicrotasks, type Timer } from "../../kernel/index.ts";
import type { ResponsePort } from "./arrival.ts";
import { RequestOver, type Ticket } from "./flow-control.ts";

/**
 * Characters or bytes that are written in one go. A connection that is not read holds one of them, twice (as it is, and
 * encrypted); one that is read takes about as much in a turn of the event loop, since Node encrypts no more in one.
 */
export const PIECE_LENGTH = 128 * 1024;
/** An answer up to this size goes out in one go, headers and all, below every high-water mark that Node has had. */
export const SMALL_ANSWER_BYTES = 12 * 1024;
/** A client that lets an answer wait for so long counts as slow: others get the seat. */
const PARK_AFTER_MS = 1_000;
/** What a client has to take in `slowReaderTimeoutMs`. */
const LEAST_TAKEN_BYTES = 256 * 1024;

export interface StreamOptions {
  readonly response: ResponsePort;
  readonly clock: Clock;
  /** Of the request, once it has one. */
  readonly ticket: () => Ticket;
  readonly slowReaderTimeoutMs: number;
  /** Ends the connection, with a reason in the log and the metrics. */
  readonly cut: (reason: CutReason) => void;
}

/** Why a stream was ended by the server. Labels of a metric. */
export type CutReason =
  | "client-does-not-read"
  | "too-many-slow-readers"
  | "backlog-of-watch"
  | "backlog-of-all-watches"
  | "timeout"
  | "internal-error";

export class StreamWriter {
  readonly #options: StreamOptions;
  /** Bytes that went, and the time for which the client was waited for, since it last had taken enough. */
  #taken = 0;
  #waitedMs = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Whether what was written still waits for the client. */
  get isBlocked(): boolean {
    return this.#options.response.writableNeedDrain;
  }

  /** Returns false when the client has to be waited for, by {@link ready}. */
  write(piece: string | Uint8Array): boolean {
    const { response } = this.#options;
    if (response.destroyed || response.writableEnded) return true;
    this.#taken += piece.length;
    return response.write(piece);
  }

  /** All of it, in pieces. @throws RequestOver when the client has gone or was cut off. */
  async writeAll(content: string | Uint8Array): Promise<void> {
    for (let at = 0; at < content.length; ) {
      const end = endOfPiece(content, at);
      const piece =
        typeof content === "string" ? content.slice(at, end) : (content.subarray(at, end) as Uint8Array);
      at = end;
      if (!this.write(piece)) await this.ready();
      const turn = this.#options.ticket().giveWay();
      if (turn !== undefined) await turn;
    }
  }

  /** Resolves when the client has taken what was written. @throws RequestOver */
  ready(): Promise<void> {
    const { response, clock, slowReaderTimeoutMs } = this.#options;
    if (this.#taken >= LEAST_TAKEN_BYTES) {
      this.#taken = 0;
      this.#waitedMs = 0;
    }
    const startMs = clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const timers: Timer[] = [];
      const done = () => {
        response.off("drain", done);
        response.off("close", done);
        for (const timer of timers) timer.cancel();
        this.#waitedMs += clock.monotonicMs() - startMs;
        if (response.destroyed) reject(new RequestOver("the client has gone"));
        else resolve();
      };
      response.on("drain", done);
      response.on("close", done);
      if (response.destroyed || !response.writableNeedDrain) return done();
      const leftMs = Math.max(0, slowReaderTimeoutMs - this.#waitedMs);
      timers.push(
        clock.setTimer(PARK_AFTER_MS, () => this.#park(), true),
        clock.setTimer(leftMs, () => void this.#cutIfBlocked(), true),
      );
    });
  }

  #park(): void {
    if (!this.#options.ticket().park()) this.#options.cut("too-many-slow-readers");
  }

  /** When it was this process that slept, the client gets one turn of the event loop to be heard. */
  async #cutIfBlocked(): Promise<void> {
    await drainMicrotasks();
    if (this.isBlocked) this.#options.cut("client-does-not-read");
  }

  /** `tail` is what must not go before everything else has gone: at most {@link SMALL_ANSWER_BYTES}. */
  async end(tail: string | Uint8Array = ""): Promise<void> {
    const { response } = this.#options;
    if (response.writableNeedDrain) await this.ready();
    if (!response.destroyed) response.end(tail);
  }
}

/** A pair of surrogates is one character: it is not taken apart. */
function endOfPiece(content: string | Uint8Array, at: number): number {
  const end = Math.min(content.length, at + PIECE_LENGTH);
  if (typeof content !== "string" || end === content.length) return end;
  const last = content.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end + 1 : end;
}
