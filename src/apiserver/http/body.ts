/** Reading what a client sends: at most 3 MiB, JSON, YAML, or (some built-in kinds) protobuf. */
import type { IncomingMessage } from "node:http";
import { MAX_DEPTH_WITH_OWNERS, measureValue, tooDeepMessage } from "../depth.ts";
import { decodeProtobuf } from "../protobuf/index.ts";
import { badRequest, tooLarge, unsupportedMediaType } from "../status-error.ts";
import { NO_REMARKS, type Remarks } from "../verbs/index.ts";
import { infiniteNumber, readRemarks, scanJson } from "./json-text.ts";
import { parseYaml } from "./yaml-body.ts";

export const BODY_LIMIT_BYTES = 3 * 1024 * 1024;
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const ACCEPTED = ["application/json", "application/yaml", PROTOBUF] as const;

export function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > BODY_LIMIT_BYTES) return Promise.reject(tooLarge(BODY_LIMIT_BYTES));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
      else reject(tooLarge(BODY_LIMIT_BYTES));
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => {
      if (!request.complete) reject(badRequest("the body of the request ended before it was complete"));
    });
  });
}

/** `application/json; charset=utf-8` → `application/json`. */
export function mediaTypeOf(request: IncomingMessage): string {
  const header = request.headers["content-type"] ?? "";
  const end = header.indexOf(";");
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** A body as it was parsed, and what its reading passed over. */
export interface ParsedBody {
  readonly value: unknown;
  readonly remarks: Remarks;
}

/** @throws StatusError 400, 415 */
export function parseBody(body: Buffer, mediaType: string): ParsedBody {
  const parsed = parseAny(body, mediaType);
  const { members, tooDeep } = measureValue(parsed.value, MAX_DEPTH_WITH_OWNERS);
  if (tooDeep) throw badRequest(tooDeepMessage("the body of the request"));
  if (parsed.text === undefined) return { value: parsed.value, remarks: NO_REMARKS };
  const scanned = scanJson(body);
  if (scanned.unusualNumbers) {
    const infinite = infiniteNumber(parsed.text);
    if (infinite !== undefined) {
      throw badRequest(`json: cannot unmarshal number ${infinite} into Go value of type float64`);
    }
  }
  const sound = scanned.members === members && !scanned.unusualNumbers;
  return { value: parsed.value, remarks: sound ? NO_REMARKS : readRemarks(parsed.text) };
}

/** `text`: of JSON. */
function parseAny(body: Buffer, mediaType: string): { readonly value: unknown; readonly text?: string } {
  if (mediaType === PROTOBUF) return { value: parseProtobuf(body) };
  const text = body.toString();
  if (mediaType === "" || mediaType.endsWith("json")) return { value: parseJson(text), text };
  if (mediaType.endsWith("yaml")) return { value: parseYaml(text) };
  // What a client sends that names no type of its own.
  if (mediaType === "application/x-www-form-urlencoded" || mediaType === "*/*") {
    return { value: parseJson(text), text };
  }
  throw unsupportedMediaType(ACCEPTED);
}

function parseProtobuf(body: Buffer): unknown {
  const decoded = decodeProtobuf(body);
  if (decoded.ok) return decoded.value;
  if (decoded.error.kind === "malformed") {
    throw badRequest(`the body of the request is not valid protobuf: ${decoded.error.message}`);
  }
  throw unsupportedMediaType(["application/json", "application/yaml"]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body of the request is not valid JSON: ${(error as Error).message}`);
  }
}
