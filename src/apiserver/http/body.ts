/** Reading what a client sends: at most 3 MiB, JSON, YAML, or (some built-in kinds) protobuf. */

import type { IncomingMessage } from "node:http";
import type { Clock } from "../../kernel/index.ts";
import {
  MAX_DEPTH_WITH_OWNERS,
  MAX_VALUES,
  measureValue,
  tooDeepMessage,
  tooManyValuesMessage,
} from "../depth.ts";
import { scanJson } from "../json-scan.ts";
import { badRequest, tooLarge, tooMuch, unsupportedMediaType } from "../status-error.ts";
import { inSteps, type Steps, type Worker } from "../steps.ts";
import { NO_REMARKS, type Remarks } from "../writes/index.ts";
import type { RequestHead } from "./arrival.ts";
import { infiniteNumber, readRemarks } from "./json-text.ts";
import { decodeProtobuf } from "./protobuf/index.ts";
import type { YamlBody } from "./yaml-body.ts";
import { readYaml } from "./yaml-reader.ts";

export const BODY_LIMIT_BYTES = 3 * 1024 * 1024;
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const ACCEPTED = ["application/json", "application/yaml", PROTOBUF] as const;

/** @param giveWay is asked before more is read than has come: a body that is read without a pause keeps others waiting. */
export function readBody(
  request: IncomingMessage,
  giveWay: () => Promise<void> | undefined = () => undefined,
): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > BODY_LIMIT_BYTES) return Promise.reject(tooLarge(BODY_LIMIT_BYTES));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) return reject(tooLarge(BODY_LIMIT_BYTES));
      chunks.push(chunk);
      if (size === announced) return;
      pauseFor(request, giveWay).catch(reject);
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => {
      if (!request.complete) reject(badRequest("the body of the request ended before it was complete"));
    });
  });
}

/** Reads no more until it is this request's turn. */
async function pauseFor(request: IncomingMessage, giveWay: () => Promise<void> | undefined): Promise<void> {
  const turn = giveWay();
  if (turn === undefined) return;
  request.pause();
  try {
    await turn;
  } finally {
    request.resume();
  }
}

/** `application/json; charset=utf-8` → `application/json`. */
export function mediaTypeOf(request: RequestHead): string {
  const header = request.headers["content-type"] ?? "";
  const end = header.indexOf(";");
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** A body that came as a value. @throws StatusError 400, 413 */
export function givenBody(request: RequestHead, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) throw tooLarge(BODY_LIMIT_BYTES);
  return bounded(value).value;
}

/** A body as it was parsed, and what its reading passed over. */
export interface ParsedBody {
  readonly value: unknown;
  readonly remarks: Remarks;
}

/** @throws StatusError 400, 413, 415 */
export async function parseBody(
  body: Buffer,
  mediaType: string,
  { clock, worker = {}, refuse = unsupportedMediaType }: ParseOptions,
): Promise<ParsedBody> {
  if (mediaType === PROTOBUF) return inSteps(worker, parseProtobuf(body));
  if (mediaType.endsWith("yaml") && !looksLikeJson(body))
    return boundedYaml(await readYaml(body.toString(), clock));
  // What a client sends that names no type of its own counts as JSON.
  const named = mediaType !== "" && mediaType !== "application/x-www-form-urlencoded" && mediaType !== "*/*";
  if (named && !mediaType.endsWith("json") && !mediaType.endsWith("yaml")) throw refuse(ACCEPTED);
  const parsed = await inSteps(worker, parseJson(body, mediaType.endsWith("yaml")));
  return parsed ?? boundedYaml(await readYaml(body.toString(), clock));
}

export interface ParseOptions {
  readonly clock: Clock;
  /** Who gives way between the steps of it. */
  readonly worker?: Worker;
  /** Of a media type that is not known. */
  readonly refuse?: typeof unsupportedMediaType;
}

/** Every JSON text is YAML too, and most of what comes as YAML is JSON. */
function looksLikeJson(body: Buffer): boolean {
  return /^\s*[{[]/.test(body.toString("latin1", 0, 256));
}

/** Of a value that was made of something else than JSON. */
function bounded(value: unknown): ParsedBody {
  const { values, tooDeep } = measureValue(value, MAX_DEPTH_WITH_OWNERS);
  if (tooDeep) throw badRequest(tooDeepMessage(BODY));
  if (values > MAX_VALUES) throw tooMuch(tooManyValuesMessage(BODY));
  return { value, remarks: NO_REMARKS };
}

function boundedYaml({ value, remarks }: YamlBody): ParsedBody {
  return { ...bounded(value), remarks };
}

const BODY = "the body of the request";

/** Undefined: it is not JSON, and may still be YAML, in its flow style. */
function* parseJson(body: Buffer, mayBeYaml: boolean): Steps<ParsedBody | undefined> {
  const scanned = yield* scanJson(body, { values: MAX_VALUES, depth: MAX_DEPTH_WITH_OWNERS });
  // Before it is parsed: a million lists in one another take their time, and are refused in any case.
  if (scanned.depth > MAX_DEPTH_WITH_OWNERS) throw badRequest(tooDeepMessage(BODY));
  if (scanned.values > MAX_VALUES) throw tooMuch(tooManyValuesMessage(BODY));
  yield;
  const text = body.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (mayBeYaml) return undefined;
    throw badRequest(`${BODY} is not valid JSON: ${(error as Error).message}`);
  }
  yield;
  const infinite = scanned.unusualNumbers ? infiniteNumber(text) : undefined;
  if (infinite !== undefined) {
    throw badRequest(`json: cannot unmarshal number ${infinite} into Go value of type float64`);
  }
  const { members } = measureValue(value, MAX_DEPTH_WITH_OWNERS);
  yield;
  const sound = scanned.members === members && !scanned.unusualNumbers;
  return { value, remarks: sound ? NO_REMARKS : readRemarks(text) };
}

function* parseProtobuf(body: Buffer): Steps<ParsedBody> {
  const decoded = decodeProtobuf(body);
  yield;
  if (decoded.ok) return bounded(decoded.value);
  if (decoded.error.kind === "malformed") {
    throw badRequest(`the body of the request is not valid protobuf: ${decoded.error.message}`);
  }
  throw unsupportedMediaType(["application/json", "application/yaml"]);
}
