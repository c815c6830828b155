/** Writing answers: JSON or YAML, compressed when they are large and the client takes that. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createGzip, gzip } from "node:zlib";
import { stringify } from "yaml";
import type { StatusBody } from "../status-error.ts";
import type { AcceptedForm } from "./negotiation.ts";

/** As kube-apiserver: below this, compressing costs more than it saves. */
const GZIP_FROM_BYTES = 128 * 1024;
/** As kube-apiserver: fast rather than small. */
const GZIP_LEVEL = 1;
const CHUNK_CHARACTERS = 256 * 1024;

type Headers = Record<string, string | number | string[]>;

/** One exchange: the request that is answered, and what of the answer is known before its body. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly form: AcceptedForm;
  readonly warnings: readonly string[];
}

export function sendStatus(exchange: Exchange, status: StatusBody, headers: Headers = {}): void {
  sendText(exchange, status.code, JSON.stringify(status), headers);
}

export function sendObject(exchange: Exchange, code: number, object: object): void {
  sendText(exchange, code, JSON.stringify(object));
}

/** `text` is JSON. */
export function sendText(exchange: Exchange, code: number, text: string, more: Headers = {}): void {
  const yaml = exchange.form.encoding === "yaml";
  const body = yaml ? stringify(JSON.parse(text)) : text;
  const headers = { ...headersOf(exchange, yaml ? "application/yaml" : "application/json"), ...more };
  const { request, response } = exchange;
  if (body.length < GZIP_FROM_BYTES || !takesGzip(request)) {
    response.writeHead(code, { ...headers, "content-length": Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  gzip(body, { level: GZIP_LEVEL }, (error, packed) => {
    if (error !== null) {
      response.destroy(error);
      return;
    }
    response.writeHead(code, { ...headers, "content-encoding": "gzip", "content-length": packed.length });
    response.end(packed);
  });
}

/** JSON that may be too large for one string. Waits for the client when it is slow. */
export async function sendPieces(exchange: Exchange, code: number, pieces: Iterable<string>): Promise<void> {
  const { request, response } = exchange;
  const packed = takesGzip(request);
  const headers = headersOf(exchange, "application/json");
  const chunks = chunked(pieces);
  const first = chunks.next();
  const second = chunks.next();
  if (first.done || second.done) return sendText(exchange, code, first.done ? "" : first.value);
  response.writeHead(code, packed ? { ...headers, "content-encoding": "gzip" } : headers);
  const gzipped = packed ? createGzip({ level: GZIP_LEVEL }) : undefined;
  gzipped?.pipe(response);
  const target = gzipped ?? response;
  for (const chunk of [first.value, second.value]) target.write(chunk);
  for (const chunk of chunks) {
    if (response.destroyed) {
      gzipped?.destroy();
      return;
    }
    if (!target.write(chunk)) await drained(target, response);
  }
  target.end();
}

function drained(target: NodeJS.WritableStream, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      target.off("drain", done);
      response.off("close", done);
      resolve();
    };
    target.on("drain", done);
    response.on("close", done);
  });
}

function* chunked(pieces: Iterable<string>): Generator<string, undefined> {
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk !== "") yield chunk;
  return undefined;
}

export function takesGzip(request: IncomingMessage): boolean {
  return /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
}

export function headersOf(exchange: Pick<Exchange, "warnings">, contentType: string): Headers {
  const { warnings } = exchange;
  const headers: Headers = { "content-type": contentType, "cache-control": "no-cache, private" };
  if (warnings.length > 0) headers.warning = warnings.map(warningHeader);
  return headers;
}

/** RFC 7234 warn-code 299, as Kubernetes uses it. */
function warningHeader(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a header must not hold
  const clean = text.replaceAll(/[\u0000-\u001f\u007f]/g, " ").replaceAll(/[\\"]/g, "\\$&");
  return `299 - "${clean.replaceAll(/[^\u0020-\u007e]/g, "?")}"`;
}
