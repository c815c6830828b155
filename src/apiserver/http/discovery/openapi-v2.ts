/**
 * `/openapi/v2`, for clients that do not know version 3. It contains less: what version 2 cannot express (anyOf, nullable,
 * any value at all) is left out, as kube-apiserver leaves it out.
 */
import type { JsonSchema, ServedResource } from "../../kinds/resource.ts";
import { KindTexts, membersText, openText, textsOf } from "./kind-texts.ts";
import { type Operation, operationsOf, QUERY_PARAMETERS } from "./openapi-paths.ts";
import { kindSchemas, type Reference, schemaName, sharedSchemas } from "./openapi-schemas.ts";

export interface OpenApiV2 {
  readonly swagger: "2.0";
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationV2>>>>;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
}

export interface OperationV2 {
  readonly operationId: string;
  readonly parameters: readonly { readonly in: "query"; readonly name: string; readonly type: string }[];
  readonly responses: object;
  readonly "x-kubernetes-group-version-kind": object;
  readonly [extension: `x-${string}`]: unknown;
}

const ref: Reference = (name) => ({ $ref: `#/definitions/${name}` });

/** The whole document, for those who want it in another encoding. */
export function openApiV2(resources: readonly ServedResource[], version: string): OpenApiV2 {
  const definitions: Record<string, JsonSchema> = { ...sharedSchemas(ref) };
  const paths: Record<string, Record<string, OperationV2>> = {};
  for (const resource of resources) {
    Object.assign(definitions, kindSchemas(resource, ref, simplified));
    Object.assign(paths, pathsOf(resource));
  }
  return { swagger: "2.0", info: { title: "Kubernetes", version }, paths, definitions };
}

/** The same as JSON, made while it is sent; what kinds add to it stays over changes of others. */
export class OpenApiV2Text {
  readonly #paths = new KindTexts(pathsOf);
  readonly #definitions = new KindTexts((resource) => kindSchemas(resource, ref, simplified));
  readonly #version: string;

  constructor(version: string) {
    this.#version = version;
  }

  *pieces(resources: readonly ServedResource[]): Generator<string> {
    const all = new Set(resources);
    this.#paths.keepOnly(all);
    this.#definitions.keepOnly(all);
    yield `{${openText({ swagger: "2.0", info: { title: "Kubernetes", version: this.#version } })},"paths":{`;
    yield* membersText(textsOf(this.#paths, resources));
    yield `},"definitions":{${openText(sharedSchemas(ref))}`;
    for (const resource of resources) {
      yield ",";
      yield this.#definitions.of(resource);
    }
    yield "}}";
  }
}

function pathsOf(resource: ServedResource): Record<string, Record<string, OperationV2>> {
  const paths: Record<string, Record<string, OperationV2>> = {};
  for (const operation of operationsOf(resource)) {
    const item = paths[operation.path] ?? {};
    paths[operation.path] = item;
    item[operation.method] = operationOf(resource, operation);
  }
  return paths;
}

function operationOf(resource: ServedResource, operation: Operation): OperationV2 {
  const { group, version, kind } = resource;
  const name = operation.list ? `${schemaName(resource)}List` : schemaName(resource);
  return {
    operationId: `${operation.action}:${operation.path}`,
    parameters: operation.parameters.map((parameter) => ({
      in: "query",
      name: parameter,
      type: QUERY_PARAMETERS[parameter]?.type ?? "string",
    })),
    responses: { 200: { description: "OK", schema: ref(name) } },
    "x-kubernetes-action": operation.action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}

const KEPT = ["description", "type", "format", "required", "enum"];

/** What version 2 can say of a schema. */
function simplified(schema: JsonSchema): JsonSchema {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return { description: schema.description, type: "string", format: "int-or-string" };
  }
  const kept = Object.entries(schema).filter(
    ([word]) => KEPT.includes(word) || word.startsWith("x-kubernetes-"),
  );
  const result: Record<string, unknown> = Object.fromEntries(kept);
  delete result["x-kubernetes-validations"];
  if (schema.nullable === true) delete result.type;
  const { properties, items, additionalProperties } = schema;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (properties !== undefined && !open) {
    const members = Object.entries(properties as Record<string, JsonSchema>);
    result.properties = Object.fromEntries(members.map(([name, member]) => [name, simplified(member)]));
  }
  if (items !== undefined) result.items = simplified(items as JsonSchema);
  if (typeof additionalProperties === "object" && additionalProperties !== null) {
    result.additionalProperties = simplified(additionalProperties as JsonSchema);
  }
  return result;
}
