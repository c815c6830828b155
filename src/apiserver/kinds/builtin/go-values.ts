/**
 * Numbers and times of built-in kinds as Go reads and writes them: an int32 that is none is not read at all; a time is
 * written in UTC, to the second, and a micro time to the microsecond.
 */

import type { Cause } from "../../status-error.ts";
import type { JsonSchema } from "../resource.ts";
import { childPath, typeInvalid } from "../schema/causes.ts";
import { isJsonObject, setMember, withItems } from "../schema/json-value.ts";

const microTimes = new WeakSet<JsonSchema>();

/** `metav1.MicroTime`: nothing but six digits of a second are read. */
export function microTime(description: string): JsonSchema {
  const schema = { type: "string", format: "date-time", description };
  microTimes.add(schema);
  return schema;
}

/** For schemas made of one that {@link microTime} gave. */
export function likewise(from: JsonSchema, to: JsonSchema): JsonSchema {
  if (microTimes.has(from)) microTimes.add(to);
  return to;
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const MICRO = /^\.\d{6}$/;
const INT32 = 2 ** 31;

/** What Go would not read, beyond values of a wrong type. */
export function goFault(value: unknown, schema: JsonSchema, path = ""): Cause | undefined {
  if (!hasGoLimits(schema)) return undefined;
  if (Array.isArray(value)) {
    const items = schema.items as JsonSchema | undefined;
    if (items === undefined) return undefined;
    return first(value, (item, i) => goFault(item, items, `${path}[${i}]`));
  }
  if (isJsonObject(value)) {
    return first(Object.entries(value), ([name, member]) => {
      const below = memberOf(schema, name);
      return below === undefined ? undefined : goFault(member, below, childPath(path, name));
    });
  }
  if (typeof value === "number" && isInt32(schema) && (value < -INT32 || value >= INT32)) {
    return typeInvalid(path, value, `cannot be read as an int32, which is from ${-INT32} to ${INT32 - 1}`);
  }
  if (typeof value !== "string" || !microTimes.has(schema)) return undefined;
  if (MICRO.test(TIME.exec(value)?.[2] ?? "")) return undefined;
  return typeInvalid(path, value, "must be a time with six digits of a second: 2006-01-02T15:04:05.000000Z");
}

function isInt32(schema: JsonSchema): boolean {
  return schema.format === "int32" || schema["x-kubernetes-int-or-string"] === true;
}

function memberOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  if (Object.hasOwn(properties, name)) return properties[name];
  return schema.additionalProperties as JsonSchema | undefined;
}

function first<T>(values: readonly T[], find: (value: T, i: number) => Cause | undefined): Cause | undefined {
  for (const [i, value] of values.entries()) {
    const found = find(value, i);
    if (found !== undefined) return found;
  }
  return undefined;
}

const limited = new WeakMap<JsonSchema, boolean>();

/** Whether there is anything in values of the schema that Go may not read. */
function hasGoLimits(schema: JsonSchema): boolean {
  let known = limited.get(schema);
  if (known === undefined) {
    const members = Object.values((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
    const below = [...members, schema.items, schema.additionalProperties] as (JsonSchema | undefined)[];
    known = isInt32(schema) || microTimes.has(schema) || below.some((each) => each && hasGoLimits(each));
    limited.set(schema, known);
  }
  return known;
}

/** Whether values of the schema have times in them at all: most writes are of kinds that have none. */
export function hasGoTimes(schema: JsonSchema | undefined): boolean {
  if (schema === undefined) return false;
  const members = Object.values((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const below = [...members, schema.items, schema.additionalProperties] as (JsonSchema | undefined)[];
  return schema.format === "date-time" || below.some(hasGoTimes);
}

/** With times as Go writes them. The value itself when they are so already. */
export function withGoTimes<T>(value: T, schema: JsonSchema): T {
  if (typeof value === "string") {
    return schema.format === "date-time" ? (goTime(value, microTimes.has(schema)) as T) : value;
  }
  if (Array.isArray(value)) {
    const items = schema.items as JsonSchema | undefined;
    if (items === undefined) return value;
    return withItems(value, (item) => withGoTimes(item, items)) as T;
  }
  if (!isJsonObject(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, member] of Object.entries(value)) {
    const below = memberOf(schema, name);
    const next = below === undefined ? member : withGoTimes(member, below);
    if (next === member) continue;
    copy ??= { ...value };
    setMember(copy, name, next);
  }
  return (copy ?? value) as T;
}

function goTime(text: string, micro: boolean): string {
  const [, seconds, fraction = "", zone] = TIME.exec(text) ?? [];
  const then = Date.parse(`${seconds}${zone}`);
  if (seconds === undefined || Number.isNaN(then)) return text;
  const utc = zone === "Z" ? seconds : new Date(then).toISOString().slice(0, 19);
  return `${utc}${micro ? fraction : ""}Z`;
}
