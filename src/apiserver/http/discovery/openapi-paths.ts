/**
 * The operations of a kind as OpenAPI describes them. Clients look here for what a server can do: kubectl, for
 * one, sends `fieldValidation` and `dryRun` only where the PATCH operation of a kind names those parameters.
 */
import type { ServedResource } from "../../kinds/resource.ts";

export interface Operation {
  readonly path: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly action: string;
  readonly hasBody: boolean;
  readonly list: boolean;
  readonly parameters: readonly string[];
}

export const QUERY_PARAMETERS: Readonly<Record<string, { type: string; description: string }>> = {
  dryRun: { type: "string", description: "All: nothing is persisted, the answer is what would have been." },
  fieldManager: { type: "string", description: "The name of the actor that makes this change." },
  fieldValidation: { type: "string", description: "What to do with unknown fields: Ignore, Warn or Strict." },
  force: { type: "boolean", description: "Take over fields that another manager of an apply owns." },
  labelSelector: { type: "string", description: "Restricts the list by labels." },
  fieldSelector: { type: "string", description: "Restricts the list by fields." },
  limit: { type: "integer", description: "The most objects to return at once." },
  continue: { type: "string", description: "From where to go on." },
  resourceVersion: { type: "string", description: "The revision to read at." },
  resourceVersionMatch: {
    type: "string",
    description: "How resourceVersion is meant: Exact or NotOlderThan.",
  },
  watch: { type: "boolean", description: "Watch for changes instead of listing." },
  allowWatchBookmarks: { type: "boolean", description: "Whether BOOKMARK events may be sent." },
  sendInitialEvents: { type: "boolean", description: "Whether a watch begins with what exists." },
  timeoutSeconds: { type: "integer", description: "How long a list or watch may last." },
  gracePeriodSeconds: { type: "integer", description: "How long before the object is deleted." },
  propagationPolicy: { type: "string", description: "Orphan, Background or Foreground." },
};

const LIST = [
  "labelSelector",
  "fieldSelector",
  "limit",
  "continue",
  "resourceVersion",
  "resourceVersionMatch",
  "watch",
  "allowWatchBookmarks",
  "sendInitialEvents",
  "timeoutSeconds",
];
const WRITE = ["dryRun", "fieldManager", "fieldValidation"];
const DELETE = ["dryRun", "gracePeriodSeconds", "propagationPolicy"];

/** Every operation of a kind. `path` has `{namespace}` and `{name}` in it. */
export function operationsOf(resource: ServedResource): readonly Operation[] {
  const root =
    resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced ? `${root}/namespaces/{namespace}` : root;
  const collection = `${scope}/${resource.plural}`;
  const item = `${collection}/{name}`;
  const has = (verb: string) => resource.verbs.some((known) => known === verb);
  const operations: Operation[] = [];
  const add = (verb: string, operation: Operation) => {
    if (has(verb)) operations.push(operation);
  };
  const plain = { hasBody: false, list: false } as const;
  const body = { hasBody: true, list: false } as const;
  add("list", { ...plain, path: collection, method: "get", action: "list", list: true, parameters: LIST });
  add("create", { ...body, path: collection, method: "post", action: "post", parameters: WRITE });
  add("deletecollection", {
    ...plain,
    path: collection,
    method: "delete",
    action: "deletecollection",
    parameters: [...DELETE, "labelSelector", "fieldSelector"],
  });
  add("get", { ...plain, path: item, method: "get", action: "get", parameters: [] });
  add("update", { ...body, path: item, method: "put", action: "put", parameters: WRITE });
  add("patch", { ...body, path: item, method: "patch", action: "patch", parameters: [...WRITE, "force"] });
  add("delete", { ...plain, path: item, method: "delete", action: "delete", parameters: DELETE });
  if (resource.subresources.status) {
    const path = `${item}/status`;
    operations.push({ ...plain, path, method: "get", action: "get", parameters: [] });
    operations.push({ ...body, path, method: "put", action: "put", parameters: WRITE });
    operations.push({ ...body, path, method: "patch", action: "patch", parameters: [...WRITE, "force"] });
  }
  return operations;
}
