/** Writing answers: JSON or YAML, compressed when they are large and the client takes that. */
import { promisify } from "node:util";
import { createGzip, type Gzip, gzip } from "node:zlib";
import { stringify } from "yaml";
import type { View } from "../reads/index.ts";
import type { StatusBody } from "../status-error.ts";
import type { Arrival, RequestHead, ResponsePort } from "./arrival.ts";
import { RequestOver, type Ticket } from "./flow-control.ts";
import type { AcceptedForm } from "./negotiation.ts";
import { type CutReason, PIECE_LENGTH, SMALL_ANSWER_BYTES, type StreamWriter } from "./stream-writer.ts";
import type { Warnings } from "./warnings.ts";

/** As kube-apiserver: below this, compressing costs more than it saves. */
const GZIP_FROM_BYTES = 128 * 1024;
/** As kube-apiserver: fast rather than small. */
const GZIP_LEVEL = 1;
/**
 * YAML is put into lines up to this size, which takes some ten milliseconds. Beyond, an answer in YAML is the text in
 * JSON, which is YAML too (YAML 1.2, section 1.3).
 */
const YAML_LINES_BYTES = 32 * 1024;

const packed = promisify(gzip);

type Headers = Record<string, string | number | string[]>;

/** One exchange: the request that is answered, and what of the answer is known before its body. */
export interface Exchange extends Pick<Arrival, "request" | "response" | "readBody" | "inProcess"> {
  readonly form: AcceptedForm;
  readonly warnings: Warnings;
  readonly ticket: Ticket;
  readonly writer: StreamWriter;
  /** Ends the connection of an answer that was begun and cannot continue, with a reason. */
  cut(reason: CutReason, error?: unknown): void;
  /** The request is a watch: how long it takes is its own business. */
  runLong(): void;
}

/** Those who send resolve when the client has read the response except for its last few KiB. @throws RequestOver */
export type Sent = void | Promise<void>;

export function sendStatus(exchange: Exchange, status: StatusBody, headers: Headers = {}): Sent {
  return sendText(exchange, status.code, JSON.stringify(status), headers);
}

export function sendObject(exchange: Exchange, code: number, object: object): Sent {
  return sendText(exchange, code, JSON.stringify(object));
}

/** A client in this process gets the object itself; any other one its text. */
export function sendShared(exchange: Exchange, code: number, view: View): Sent {
  const { inProcess, response } = exchange;
  if (inProcess === undefined) return sendText(exchange, code, view.json());
  if (hasAnswer(response)) return;
  response.writeHead(code, headersOf(exchange, "application/json"));
  inProcess.hand(view.shared());
}

/** `text` is JSON. */
export function sendText(exchange: Exchange, code: number, text: string, more: Headers = {}): Sent {
  const yaml = exchange.form.encoding === "yaml";
  const body = yaml && text.length <= YAML_LINES_BYTES ? stringify(JSON.parse(text)) : text;
  const headers = { ...headersOf(exchange, yaml ? "application/yaml" : "application/json"), ...more };
  if (body.length < GZIP_FROM_BYTES || !takesGzip(exchange.request)) {
    return sendBody(exchange, code, body, headers);
  }
  return packed(body, { level: GZIP_LEVEL }).then((content) =>
    sendBody(exchange, code, content, { ...headers, "content-encoding": "gzip" }),
  );
}

/** A body that is whole. */
export function sendBody(exchange: Exchange, code: number, body: string | Buffer, headers: Headers): Sent {
  const { request, response } = exchange;
  if (hasAnswer(response)) return;
  const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  response.writeHead(code, { ...headers, "content-length": bytes });
  if (bytes <= SMALL_ANSWER_BYTES || request.method === "HEAD") {
    response.end(body);
    return;
  }
  return sendLarge(exchange, Buffer.isBuffer(body) ? body : Buffer.from(body));
}

/** The end is held back until the rest has gone, see `stream-writer.ts`. */
async function sendLarge({ writer }: Exchange, body: Buffer): Promise<void> {
  const tail = Math.min(SMALL_ANSWER_BYTES, 1024);
  await writer.writeAll(body.subarray(0, body.length - tail));
  await writer.end(body.subarray(body.length - tail));
}

/** JSON that may be too large for one string. Waits for the client when it is slow, and gives way to others. */
export async function sendPieces(
  exchange: Exchange,
  code: number,
  pieces: Iterable<string>,
  more: Headers = {},
): Promise<void> {
  const { request, response, writer } = exchange;
  const chunks = gathered(exchange, pieces);
  const first = await chunks.next();
  const second = await chunks.next();
  if (first.done || second.done) return sendText(exchange, code, first.done ? "" : first.value, more);
  if (hasAnswer(response)) return;
  const yaml = exchange.form.encoding === "yaml";
  const headers = { ...headersOf(exchange, yaml ? "application/yaml" : "application/json"), ...more };
  const gzipped = takesGzip(request);
  response.writeHead(code, gzipped ? { ...headers, "content-encoding": "gzip" } : headers);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  if (gzipped) return sendPacked(exchange, [first.value, second.value], chunks);
  for (const chunk of [first.value, second.value]) await writer.writeAll(chunk);
  for await (const chunk of chunks) await writer.writeAll(chunk);
  await writer.end();
}

async function sendPacked(
  { response, writer }: Exchange,
  known: readonly string[],
  chunks: AsyncIterable<string>,
): Promise<void> {
  const gzipped = createGzip({ level: GZIP_LEVEL });
  const feed = async () => {
    for (const chunk of known) await fed(gzipped, response, chunk);
    for await (const chunk of chunks) await fed(gzipped, response, chunk);
    gzipped.end();
  };
  void feed().catch((error: unknown) => gzipped.destroy(error as Error));
  try {
    for await (const content of gzipped) await writer.writeAll(content as Buffer);
    await writer.end();
  } finally {
    gzipped.destroy();
  }
}

function fed(gzipped: Gzip, response: ResponsePort, chunk: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new RequestOver("the client has gone"));
    response.once("close", gone);
    gzipped.write(chunk, (error) => {
      response.off("close", gone);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Pieces put together until there is something to write. */
async function* gathered({ ticket }: Exchange, pieces: Iterable<string>): AsyncGenerator<string, undefined> {
  let chunk = "";
  for (const piece of pieces) {
    const turn = ticket.giveWay();
    if (turn !== undefined) await turn;
    if (chunk.length + piece.length > PIECE_LENGTH && chunk !== "") {
      yield chunk;
      chunk = "";
    }
    // A large piece goes as it is: put together with others it would have to be copied.
    if (piece.length >= PIECE_LENGTH) yield piece;
    else chunk += piece;
  }
  if (chunk !== "") yield chunk;
  return undefined;
}

/** A response was begun, or none is needed: for example, the request timed out. */
export function hasAnswer(response: ResponsePort): boolean {
  return response.headersSent || response.destroyed;
}

export function takesGzip(request: RequestHead): boolean {
  return /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
}

export function headersOf(exchange: Pick<Exchange, "warnings">, contentType: string): Headers {
  const { texts } = exchange.warnings;
  const headers: Headers = { "content-type": contentType, "cache-control": "no-cache, private" };
  if (texts.length > 0) headers.warning = texts.map(warningHeader);
  return headers;
}

/** RFC 7234 warn-code 299, as Kubernetes uses it. */
function warningHeader(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a header must not hold
  const clean = text.replaceAll(/[\u0000-\u001f\u007f]/g, " ").replaceAll(/[\\"]/g, "\\$&");
  return `299 - "${clean.replaceAll(/[^\u0020-\u007e]/g, "?")}"`;
}
