/**
 * `/openapi/v3`: an index of group versions, each with a hash in its address so that clients may keep it, and one
 * document for each group version (KEP-2896).
 */
import { createHash } from "node:crypto";
import type { JsonSchema, ServedResource } from "../../kinds/resource.ts";
import { type Operation, operationsOf, QUERY_PARAMETERS } from "./openapi-paths.ts";
import {
  groupVersionPath,
  kindSchemas,
  PATCH,
  type Reference,
  schemaName,
  sharedSchemas,
} from "./openapi-schemas.ts";

const ref: Reference = (name) => ({ allOf: [{ $ref: `#/components/schemas/${name}` }], default: {} });
const bare = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export class OpenApiV3 {
  readonly #documents = new Map<string, { readonly text: string; readonly hash: string }>();

  constructor(resources: readonly ServedResource[], serverVersion: string) {
    const byPath = Map.groupBy(resources, groupVersionPath);
    for (const [path, members] of byPath) {
      const text = JSON.stringify(documentOf(members, serverVersion));
      const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
      this.#documents.set(path, { text, hash });
    }
  }

  /** `/openapi/v3`. */
  index(): object {
    const entries = [...this.#documents].map(([path, { hash }]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
    ]);
    return { paths: Object.fromEntries(entries) };
  }

  /** `/openapi/v3/PATH`; undefined when there is none. */
  document(path: string): { readonly text: string; readonly hash: string } | undefined {
    return this.#documents.get(path);
  }
}

function documentOf(resources: readonly ServedResource[], version: string): object {
  const schemas: Record<string, JsonSchema> = { ...sharedSchemas(ref) };
  const paths: Record<string, Record<string, object>> = {};
  for (const resource of resources) {
    Object.assign(
      schemas,
      kindSchemas(resource, ref, (schema) => schema),
    );
    for (const operation of operationsOf(resource)) {
      paths[operation.path] ??= pathItem(operation.path);
      (paths[operation.path] as Record<string, object>)[operation.method] = operationOf(resource, operation);
    }
  }
  return { openapi: "3.0.0", info: { title: "Kubernetes", version }, paths, components: { schemas } };
}

function pathItem(path: string): Record<string, object> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  if (names.length === 0) return {};
  const parameters = names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  return { parameters: parameters as unknown as object };
}

function operationOf(resource: ServedResource, operation: Operation): object {
  const { group, version, kind } = resource;
  const name = operation.list ? `${schemaName(resource)}List` : schemaName(resource);
  const content = { "application/json": { schema: bare(name) } };
  const patchTypes = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    ...(resource.strategicMerge === undefined ? [] : ["application/strategic-merge-patch+json"]),
  ];
  const body =
    operation.method === "patch"
      ? Object.fromEntries(patchTypes.map((type) => [type, { schema: bare(PATCH) }]))
      : { "*/*": { schema: bare(schemaName(resource)) } };
  return {
    operationId: `${operation.action}:${operation.path}`,
    tags: [group === "" ? `core_${version}` : `${group}_${version}`],
    parameters: operation.parameters.map((parameter) => {
      const { type, description } = QUERY_PARAMETERS[parameter] ?? { type: "string", description: "" };
      return { name: parameter, in: "query", description, schema: { type, uniqueItems: true } };
    }),
    ...(operation.hasBody ? { requestBody: { required: true, content: body } } : {}),
    responses: { 200: { description: "OK", content } },
    "x-kubernetes-action": operation.action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}
