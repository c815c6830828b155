/**
 * `/openapi/v2` in protobuf: the only form in which older kubectl (before 1.27) reads it. Field numbers are those of
 * gnostic's `OpenAPIv2.proto`; only what clients look at is written.
 */
import type { JsonSchema } from "../../kinds/resource.ts";
import type { OpenApiV2, OperationV2 } from "./openapi-v2.ts";

type Part = Buffer | undefined;

/** Field numbers by message. */
const DOCUMENT = { swagger: 1, info: 2, paths: 8, definitions: 9 } as const;
const INFO = { title: 1, version: 2 } as const;
const PATHS = { path: 2 } as const;
const NAMED = { name: 1, value: 2 } as const;
const METHODS: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };
const OPERATION = { operationId: 5, parameters: 8, extension: 13 } as const;
const QUERY_PARAMETER = { in: 2, name: 4, type: 6 } as const;
const SCHEMA = {
  ref: 1,
  format: 2,
  description: 4,
  required: 19,
  additionalProperties: 21,
  type: 22,
  items: 23,
  properties: 25,
  extension: 31,
} as const;
/** Of messages that only wrap another: `ItemsItem.schema`, `Parameter.non_body_parameter` and so on. */
const WRAPPED = { first: 1, nonBody: 2, query: 3, yaml: 2 } as const;

export function encodeOpenApiV2(document: OpenApiV2): Buffer {
  const { swagger, info, paths, definitions } = document;
  const pathItems = Object.entries(paths).map(([path, operations]) =>
    field(PATHS.path, named(path, pathItem(operations))),
  );
  const schemas = Object.entries(definitions).map(([name, schema]) =>
    field(WRAPPED.first, named(name, encodeSchema(schema))),
  );
  return join([
    text(DOCUMENT.swagger, swagger),
    field(DOCUMENT.info, join([text(INFO.title, info.title), text(INFO.version, info.version)])),
    field(DOCUMENT.paths, join(pathItems)),
    field(DOCUMENT.definitions, join(schemas)),
  ]);
}

function pathItem(operations: Readonly<Record<string, OperationV2>>): Buffer {
  return join(
    Object.entries(operations).map(([method, operation]) => {
      const number = METHODS[method];
      return number === undefined ? undefined : field(number, encodeOperation(operation));
    }),
  );
}

function encodeOperation(operation: OperationV2): Buffer {
  const parameters = operation.parameters.map((parameter) => {
    const query = join([
      text(QUERY_PARAMETER.in, parameter.in),
      text(QUERY_PARAMETER.name, parameter.name),
      text(QUERY_PARAMETER.type, parameter.type),
    ]);
    const nonBody = field(WRAPPED.nonBody, field(WRAPPED.query, query));
    return field(OPERATION.parameters, field(WRAPPED.first, nonBody));
  });
  return join([
    text(OPERATION.operationId, operation.operationId),
    ...parameters,
    ...extensions(OPERATION.extension, operation),
  ]);
}

function encodeSchema(schema: JsonSchema): Buffer {
  const { $ref, format, description, required, additionalProperties, type, items, properties } = schema;
  const members = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
  const nested = (inner: unknown) => encodeSchema(inner as JsonSchema);
  return join([
    text(SCHEMA.ref, $ref),
    text(SCHEMA.format, format),
    text(SCHEMA.description, description),
    ...((required ?? []) as readonly string[]).map((name) => text(SCHEMA.required, name)),
    additionalProperties === undefined
      ? undefined
      : field(SCHEMA.additionalProperties, field(WRAPPED.first, nested(additionalProperties))),
    type === undefined ? undefined : field(SCHEMA.type, text(WRAPPED.first, type) ?? Buffer.alloc(0)),
    items === undefined ? undefined : field(SCHEMA.items, field(WRAPPED.first, nested(items))),
    members.length === 0
      ? undefined
      : field(
          SCHEMA.properties,
          join(members.map(([name, member]) => field(WRAPPED.first, named(name, nested(member))))),
        ),
    ...extensions(SCHEMA.extension, schema),
  ]);
}

/** `x-…` members, whose values go as YAML text. JSON is YAML. */
function extensions(number: number, holder: object): Part[] {
  return Object.entries(holder)
    .filter(([name]) => name.startsWith("x-"))
    .map(([name, value]) =>
      field(number, named(name, text(WRAPPED.yaml, JSON.stringify(value)) ?? Buffer.alloc(0))),
    );
}

function named(name: string, value: Buffer): Buffer {
  return join([text(NAMED.name, name), field(NAMED.value, value)]);
}

function text(number: number, value: unknown): Part {
  return typeof value === "string" && value !== "" ? field(number, Buffer.from(value)) : undefined;
}

const LENGTH_DELIMITED = 2;

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | LENGTH_DELIMITED), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function join(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.filter((part) => part !== undefined));
}
