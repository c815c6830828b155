/**
 * `/openapi/v3`: an index of group versions, each with a hash in its address so that clients may keep it, and one
 * document for each group version (KEP-2896).
 */
import { createHash } from "node:crypto";
import type { ServedResource } from "../../kinds/resource.ts";
import { KindTexts, membersText, openText, textsOf } from "./kind-texts.ts";
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

/** A document, which is made while it is sent. */
export interface OpenApiDocument {
  /** In upper case. Another one whenever the document is another one. */
  readonly hash: string;
  pieces(): Iterable<string>;
}

/** The documents of what is served at one time; what kinds add to them stays over changes of others. */
export class OpenApiV3 {
  readonly #paths = new KindTexts(pathsOf);
  readonly #schemas = new KindTexts((resource) => kindSchemas(resource, ref, (schema) => schema));
  readonly #shared = openText(sharedSchemas(ref));
  readonly #head: string;
  #served = new Map<string, readonly ServedResource[]>();
  #hashes = new Map<string, string>();

  constructor(serverVersion: string) {
    this.#head = openText({ openapi: "3.0.0", info: { title: "Kubernetes", version: serverVersion } });
  }

  /** From now on these are served. */
  serve(resources: readonly ServedResource[]): void {
    const all = new Set(resources);
    this.#paths.keepOnly(all);
    this.#schemas.keepOnly(all);
    this.#served = Map.groupBy(resources, groupVersionPath);
    this.#hashes = new Map();
  }

  /** `/openapi/v3`. */
  index(): object {
    const entries = [...this.#served].map(([path, members]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#hashOf(path, members)}` },
    ]);
    return { paths: Object.fromEntries(entries) };
  }

  /** `/openapi/v3/PATH`; undefined when there is none. */
  document(path: string): OpenApiDocument | undefined {
    const members = this.#served.get(path);
    if (members === undefined) return undefined;
    return { hash: this.#hashOf(path, members), pieces: () => this.#pieces(members) };
  }

  #hashOf(path: string, members: readonly ServedResource[]): string {
    let hash = this.#hashes.get(path);
    if (hash === undefined) {
      const whole = createHash("sha512").update(this.#head).update(this.#shared);
      for (const member of members)
        whole.update(this.#paths.hashOf(member)).update(this.#schemas.hashOf(member));
      hash = whole.digest("hex").toUpperCase();
      this.#hashes.set(path, hash);
    }
    return hash;
  }

  *#pieces(members: readonly ServedResource[]): Generator<string> {
    yield `{${this.#head},"paths":{`;
    yield* membersText(textsOf(this.#paths, members));
    yield `},"components":{"schemas":{${this.#shared}`;
    for (const member of members) {
      yield ",";
      yield this.#schemas.of(member);
    }
    yield "}}}";
  }
}

function pathsOf(resource: ServedResource): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operationsOf(resource)) {
    const item = paths[operation.path] ?? pathItem(operation.path);
    paths[operation.path] = item;
    item[operation.method] = operationOf(resource, operation);
  }
  return paths;
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
