/**
 * JSON values as CEL sees them through a schema: whole numbers of type integer become `int`, those of type number
 * stay `double`, dates become timestamps, and objects with named properties become typed messages, so that a rule
 * that names a field which is not there is refused when the CRD is created.
 */
import { type Environment, evaluate } from "@marcbachmann/cel-js";
import { spend } from "../../../work-budget.ts";
import { equalJson, isJsonObject, type JsonObject } from "../json-value.ts";
import { mapValueSchema, type StructuralSchema } from "../structural-schema.ts";
import { RAW } from "./metering.ts";

export interface CelType {
  /** As it is registered in the environment. */
  readonly name: string;
  /** Undefined for a value that counts as absent: a null. */
  readonly toCel: (value: unknown) => unknown;
}

/** The JSON that a message was made from. */
export interface Message {
  readonly [RAW]: JsonObject;
}

const METADATA: StructuralSchema = {
  type: "object",
  properties: { name: { type: "string" }, generateName: { type: "string" } },
};

/** The properties that rules can name; a whole object has apiVersion, kind and metadata besides. */
function visibleProperties(
  schema: StructuralSchema,
  whole: boolean,
): Readonly<Record<string, StructuralSchema>> {
  if (!whole && schema["x-kubernetes-embedded-resource"] !== true) return schema.properties ?? {};
  return {
    ...schema.properties,
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: METADATA,
  };
}

/** Registers types for the objects of `schema`, below `name`. `whole`: it describes a whole API object. */
export function registerCelType(
  environment: Environment,
  schema: StructuralSchema,
  name: string,
  whole = false,
): CelType {
  if (schema["x-kubernetes-int-or-string"] === true) return { name: "dyn", toCel: untypedToCel };
  switch (schema.type) {
    case "string":
      return stringType(schema.format);
    case "integer":
      return {
        name: "int",
        toCel: (value) => (Number.isInteger(value) ? BigInt(value as number) : absentNull(value)),
      };
    case "number":
      return { name: "double", toCel: absentNull };
    case "boolean":
      return { name: "bool", toCel: absentNull };
    case "array":
      return listType(environment, schema.items ?? {}, name);
    case "object":
      return objectType(environment, schema, name, whole);
    default:
      return { name: "dyn", toCel: untypedToCel };
  }
}

function absentNull(value: unknown): unknown {
  return value === null ? undefined : value;
}

/** A value of which no schema is known: whole numbers are `int`. */
export function untypedToCel(value: unknown): unknown {
  spend(1);
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(untypedToCel);
  if (isJsonObject(value))
    return new Map(Object.entries(value).map(([key, each]) => [key, untypedToCel(each)]));
  return value;
}

function stringType(format: string | undefined): CelType {
  if (format === "date-time" || format === "date") {
    return {
      name: "google.protobuf.Timestamp",
      toCel: (value) => (typeof value === "string" ? new Date(value) : absentNull(value)),
    };
  }
  if (format === "duration") {
    return {
      name: "google.protobuf.Duration",
      toCel: (value) => (typeof value === "string" ? durationOf(value) : absentNull(value)),
    };
  }
  if (format === "byte") {
    return {
      name: "bytes",
      toCel: (value) =>
        typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : absentNull(value),
    };
  }
  return { name: "string", toCel: absentNull };
}

/** A text that the schema takes for a duration and CEL does not (`3 days`) has no value in a rule. */
function durationOf(text: string): unknown {
  if (text.length > 256) return undefined;
  try {
    return evaluate("duration(text)", { text });
  } catch {
    return undefined;
  }
}

function listType(environment: Environment, items: StructuralSchema, name: string): CelType {
  const item = registerCelType(environment, items, `${name}.item`);
  const toItem = (value: unknown) => item.toCel(value) ?? null;
  return {
    name: `list<${item.name}>`,
    toCel: (value) => {
      if (!Array.isArray(value)) return absentNull(value);
      spend(value.length);
      return value.map(toItem);
    },
  };
}

function objectType(
  environment: Environment,
  schema: StructuralSchema,
  name: string,
  whole: boolean,
): CelType {
  const values = mapValueSchema(schema);
  if (values !== undefined) {
    const value = registerCelType(environment, values, `${name}.value`);
    return {
      name: `map<string, ${value.name}>`,
      toCel: (map) => {
        if (!isJsonObject(map)) return absentNull(map);
        const entries = Object.entries(map);
        spend(entries.length);
        return new Map(entries.map(([key, each]) => [key, value.toCel(each) ?? null]));
      },
    };
  }
  const properties = visibleProperties(schema, whole);
  if (Object.keys(properties).length === 0) return { name: "dyn", toCel: untypedToCel };
  return messageType(environment, properties, name);
}

function messageType(
  environment: Environment,
  properties: Readonly<Record<string, StructuralSchema>>,
  name: string,
): CelType {
  class ObjectMessage implements Message {
    readonly [RAW]: JsonObject;
    /** Fields that were read. Those of lists take their time to make. */
    readonly known = new Map<string, unknown>();
    constructor(raw: JsonObject) {
      this[RAW] = raw;
    }
  }
  const fields: Record<string, string> = {};
  for (const [property, schema] of Object.entries(properties)) {
    spend(300);
    const field = celFieldName(property);
    if (field === undefined) continue;
    const type = registerCelType(environment, schema, `${name}.${field}`);
    fields[field] = type.name;
    // Read on demand: a rule reads few of the fields.
    Object.defineProperty(ObjectMessage.prototype, field, {
      get(this: ObjectMessage) {
        const value = Object.hasOwn(this[RAW], property) ? this[RAW][property] : undefined;
        if (typeof value !== "object" || value === null)
          return value === undefined ? undefined : type.toCel(value);
        if (!this.known.has(property)) this.known.set(property, type.toCel(value));
        return this.known.get(property);
      },
    });
  }
  environment.registerType(name, { ctor: ObjectMessage, fields } as never);
  environment.registerOperator(`${name} == ${name}`, (a: Message, b: Message) => equalJson(a[RAW], b[RAW]));
  return { name, toCel: (value) => (isJsonObject(value) ? new ObjectMessage(value) : absentNull(value)) };
}

const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A property name as rules write it (`x-y` is `x__dash__y`); undefined for one that rules cannot name. */
export function celFieldName(property: string): string | undefined {
  if (RESERVED.has(property)) return `__${property}__`;
  if (!/^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/.test(property)) return undefined;
  return property
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
