/**
 * Protobuf messages as JSON objects, by a table of their fields. Only reading, and only what Kubernetes uses: proto2
 * with messages, strings, bytes, varints, and maps with string keys.
 */

import { tooDeepMessage } from "../../depth.ts";
import { parseShallow } from "../../json-scan.ts";
import { setMember } from "../../kinds/schema/json-value.ts";

/** What a field holds. `kept`: zero and empty mean something, since the field is a pointer in Go. */
export type FieldType =
  | "string"
  | "bytes"
  | "integer"
  | "kept-integer"
  | "boolean"
  | "kept-boolean"
  | "time"
  | "micro-time"
  | "json"
  | "int-or-string"
  | "string-map"
  | "bytes-map"
  | MessageType;

export interface MessageType {
  /** By field number. */
  readonly fields: Readonly<Record<number, Field>>;
}

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated: boolean;
}

/** @example message({ 1: "name", 2: ["count", "integer"], 3: ["items[]", ITEM] }) */
export function message(
  fields: Readonly<Record<number, string | readonly [string, FieldType]>>,
): MessageType {
  const entries = Object.entries(fields).map(([number, field]): [string, Field] => {
    const [declared, type] = typeof field === "string" ? ([field, "string"] as const) : field;
    const repeated = declared.endsWith("[]");
    return [number, { name: repeated ? declared.slice(0, -2) : declared, type, repeated }];
  });
  return { fields: Object.fromEntries(entries) };
}

/** The bytes do not match the table. */
export class ProtobufError extends Error {}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/**
 * Fields of a message, those within it included. A map that is too large takes a tenth of a second to make, and a
 * twentieth of that to count.
 *
 * @throws ProtobufError
 */
export function countFields(bytes: Buffer, type: MessageType): number {
  return countUntil({ bytes, at: 0 }, bytes.length, type);
}

function countUntil(reader: Reader, end: number, type: MessageType): number {
  let fields = 0;
  while (reader.at < end) {
    const tag = readTag(reader);
    fields++;
    const wireType = tag & 7;
    if (wireType === VARINT) readVarint(reader);
    else if (wireType === LENGTH_DELIMITED) {
      const length = readVarint(reader);
      const start = reader.at;
      skipBytes(reader, length);
      const below = messageOf(type.fields[tag >>> 3]?.type);
      if (below === undefined) continue;
      const after = reader.at;
      reader.at = start;
      fields += countUntil(reader, after, below);
      reader.at = after;
    } else skipBytes(reader, fixedBytes(wireType));
  }
  return fields;
}

/** What a field is read as that is a message; undefined: it is none. */
function messageOf(type: FieldType | undefined): MessageType | undefined {
  if (typeof type === "object") return type;
  switch (type) {
    case "string-map":
      return STRING_ENTRY;
    case "bytes-map":
      return BYTES_ENTRY;
    case "time":
    case "micro-time":
      return TIMESTAMP;
    case "json":
      return RAW;
    case "int-or-string":
      return INT_OR_STRING;
    default:
      return undefined;
  }
}

/** Linear in the bytes. Unknown fields are passed over, as everywhere in protobuf. @throws ProtobufError */
export function decodeMessage(bytes: Buffer, type: MessageType): Record<string, unknown> {
  const reader: Reader = { bytes, at: 0 };
  const object: Record<string, unknown> = {};
  while (reader.at < bytes.length) {
    const tag = readTag(reader);
    const wireType = tag & 7;
    const field = type.fields[tag >>> 3];
    if (field !== undefined && wireType !== (isNumeric(field.type) ? VARINT : LENGTH_DELIMITED)) {
      throw new ProtobufError(`wrong wire type ${wireType} for field ${field.name}`);
    }
    if (wireType === VARINT) {
      const value = readVarint(reader);
      if (field !== undefined) setNumber(object, field, value);
    } else if (wireType === LENGTH_DELIMITED) {
      const content = readBytes(reader, readVarint(reader));
      if (field !== undefined) setContent(object, field, content);
    } else skipBytes(reader, fixedBytes(wireType));
  }
  return object;
}

function readTag(reader: Reader): number {
  const tag = readVarint(reader);
  if (tag > 0xffffffff || tag < 8) throw new ProtobufError(`${tag} is not the tag of a field`);
  return tag;
}

function fixedBytes(wireType: number): number {
  if (wireType === FIXED64) return 8;
  if (wireType === FIXED32) return 4;
  throw new ProtobufError(`wire type ${wireType} is not known`);
}

function isNumeric(type: FieldType): boolean {
  return type === "integer" || type === "kept-integer" || type === "boolean" || type === "kept-boolean";
}

/** A signed number of 64 bits, rounded beyond 2^53. Nearly all are small: those take no BigInt. */
function readVarint(reader: Reader): number {
  const start = reader.at;
  let value = 0;
  for (let factor = 1; factor <= 2 ** 42; factor *= 128) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new ProtobufError("the message ends within a number");
    value += (byte & 0x7f) * factor;
    if ((byte & 0x80) === 0) return value;
  }
  reader.at = start;
  return readLongVarint(reader);
}

function readLongVarint(reader: Reader): number {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new ProtobufError("the message ends within a number");
    value |= BigInt(byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return Number(BigInt.asIntN(64, value));
  }
  throw new ProtobufError("a number is too long");
}

function readBytes(reader: Reader, length: number): Buffer {
  const start = reader.at;
  skipBytes(reader, length);
  return reader.bytes.subarray(start, reader.at);
}

function skipBytes(reader: Reader, length: number): void {
  const end = reader.at + length;
  if (length < 0 || end > reader.bytes.length) throw new ProtobufError("the message ends within a field");
  reader.at = end;
}

function setNumber(object: Record<string, unknown>, field: Field, value: number): void {
  if (field.type === "kept-boolean") object[field.name] = value !== 0;
  else if (field.type === "boolean") {
    if (value !== 0) object[field.name] = true;
  } else if (field.type === "kept-integer" || value !== 0) object[field.name] = value;
}

function setContent(object: Record<string, unknown>, field: Field, content: Buffer): void {
  const { name, type } = field;
  if (type === "string-map" || type === "bytes-map") {
    const [key, value] = mapEntry(content, type);
    object[name] ??= {};
    setMember(object[name] as Record<string, unknown>, key, value);
    return;
  }
  const value = contentOf(content, type);
  if (field.repeated) {
    object[name] ??= [];
    (object[name] as unknown[]).push(value);
  } else if (value !== undefined && value !== "") object[name] = value;
}

const STRING_ENTRY = message({ 1: "key", 2: "value" });
const BYTES_ENTRY = message({ 1: "key", 2: ["value", "bytes"] });

function mapEntry(content: Buffer, type: "string-map" | "bytes-map"): [string, string] {
  const short = type === "string-map" ? shortEntry(content) : undefined;
  if (short !== undefined) return short;
  const { key = "", value = "" } = decodeMessage(content, type === "string-map" ? STRING_ENTRY : BYTES_ENTRY);
  return [String(key), String(value)];
}

const KEY_TAG = (1 << 3) | LENGTH_DELIMITED;
const VALUE_TAG = (2 << 3) | LENGTH_DELIMITED;
const SHORT = 0x80;

/** A key and a value of fewer than 128 bytes each, in this order, as nearly all are. Undefined: it is another one. */
function shortEntry(content: Buffer): [string, string] | undefined {
  const keyLength = content[1] ?? SHORT;
  const valueAt = 4 + keyLength;
  const valueLength = content[valueAt - 1] ?? SHORT;
  const isShort = keyLength < SHORT && valueLength < SHORT && valueAt + valueLength === content.length;
  if (!isShort || content[0] !== KEY_TAG || content[valueAt - 2] !== VALUE_TAG) return undefined;
  return [content.toString("utf8", 2, 2 + keyLength), content.toString("utf8", valueAt)];
}

function contentOf(content: Buffer, type: FieldType): unknown {
  if (typeof type === "object") return decodeMessage(content, type);
  switch (type) {
    case "bytes":
      return content.toString("base64");
    case "time":
      return timeOf(content, 0);
    case "micro-time":
      return timeOf(content, 6);
    case "json":
      return jsonOf(content);
    case "int-or-string":
      return intOrString(content);
    default:
      return content.toString();
  }
}

const TIMESTAMP = message({ 1: ["seconds", "integer"], 2: ["nanos", "integer"] });

/** 9999-12-31T23:59:59Z, the last that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799;

/** An empty timestamp is Go's zero time, which is no time at all. */
function timeOf(content: Buffer, digits: number): string | undefined {
  if (content.length === 0) return undefined;
  const { seconds = 0, nanos = 0 } = decodeMessage(content, TIMESTAMP) as {
    seconds?: number;
    nanos?: number;
  };
  if (seconds < 0) return undefined;
  if (seconds > LAST_SECOND || nanos < 0 || nanos > 999_999_999) {
    throw new ProtobufError(`the time ${seconds} s ${nanos} ns is not within the years 1970 to 9999`);
  }
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, "0").slice(0, digits);
  return digits === 0 ? `${whole}Z` : `${whole}.${fraction}Z`;
}

const RAW = message({ 1: "raw" });

function jsonOf(content: Buffer): unknown {
  const parsed = parseShallow(Buffer.from(String(decodeMessage(content, RAW).raw ?? "null")));
  if (parsed.ok) return parsed.value;
  const what = "a field that holds JSON";
  throw new ProtobufError(parsed.error === "too-deep" ? tooDeepMessage(what) : `${what} does not`);
}

const INT_OR_STRING = message({ 1: ["type", "integer"], 2: ["int", "kept-integer"], 3: "string" });

function intOrString(content: Buffer): unknown {
  const { type = 0, int = 0, string = "" } = decodeMessage(content, INT_OR_STRING);
  return type === 0 ? int : string;
}
