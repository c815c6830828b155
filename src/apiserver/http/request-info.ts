/**
 * What a request is about, from its method and path alone (`k8s.io/apiserver/pkg/endpoints/request.RequestInfo`).
 */
import { badRequest, methodNotAllowed } from "../status-error.ts";

export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  /** Empty: all namespaces, or a cluster-scoped kind. */
  readonly namespace: string;
  readonly plural: string;
  /** Empty: the collection. */
  readonly name: string;
  /** Empty: the object itself. */
  readonly subresource: string;
}

export type RequestVerb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection";

/** The parts of a path below a group and version; undefined: the path is none of that form. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = decodeParts(path);
  const core = parts[0] === "api";
  if (!core && parts[0] !== "apis") return undefined;
  const [group, version] = core ? ["", parts[1]] : [parts[1], parts[2]];
  let rest = parts.slice(core ? 2 : 3);
  if (group === undefined || version === undefined || rest.length === 0 || rest.includes(""))
    return undefined;
  let namespace = "";
  if (rest[0] === "namespaces" && rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? "")) {
    namespace = rest[1] ?? "";
    rest = rest.slice(2);
  }
  const [plural = "", name = "", ...more] = rest;
  if (more.length > 1) return undefined;
  return { group, version, namespace, plural, name, subresource: more[0] ?? "" };
}

const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

function decodeParts(path: string): string[] {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    throw badRequest("the path is not valid URL encoding");
  }
}

/** @throws StatusError 405 */
export function verbOf(method: string, path: ResourcePath, query: URLSearchParams): RequestVerb {
  const one = path.name !== "";
  switch (method) {
    case "GET":
    case "HEAD":
      if (isTrue(query.get("watch"))) return "watch";
      return one ? "get" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return one ? "delete" : "deletecollection";
    default:
      throw methodNotAllowed();
  }
}

export function isTrue(text: string | null): boolean {
  return (
    text === "true" || text === "1" || text === "True" || text === "TRUE" || text === "t" || text === "T"
  );
}
