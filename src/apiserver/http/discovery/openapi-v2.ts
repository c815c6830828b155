/**
 * `/openapi/v2`, for clients that do not know version 3. It says less: what version 2 cannot express (anyOf, nullable,
 * any value at all) is left out, as kube-apiserver leaves it out.
 */
import type { JsonSchema, ServedResource } from "../../kinds/resource.ts";
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

export function openApiV2(resources: readonly ServedResource[], version: string): OpenApiV2 {
  const definitions: Record<string, JsonSchema> = { ...sharedSchemas(ref) };
  const paths: Record<string, Record<string, OperationV2>> = {};
  for (const resource of resources) {
    Object.assign(definitions, kindSchemas(resource, ref, simplified));
    for (const operation of operationsOf(resource)) {
      paths[operation.path] ??= {};
      (paths[operation.path] as Record<string, OperationV2>)[operation.method] = operationOf(
        resource,
        operation,
      );
    }
  }
  return { swagger: "2.0", info: { title: "Kubernetes", version }, paths, definitions };
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
