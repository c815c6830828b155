/**
 * Paths and queries of the Kubernetes API: https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import type { Resource } from "../kube/object.ts";

export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const root =
    resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  if (!resource.namespaced || namespace === undefined || namespace === "")
    return `${root}/${resource.plural}`;
  return `${root}/namespaces/${segment(namespace, "namespace")}/${resource.plural}`;
}

export function objectPath(
  resource: Resource,
  namespace: string | undefined,
  name: string,
  subresource?: string,
): string {
  if (resource.namespaced && (namespace === undefined || namespace === "")) {
    throw new TypeError(`${resource.kind} "${name}" needs a namespace: ${resource.plural} are namespaced`);
  }
  const path = `${collectionPath(resource, namespace)}/${segment(name, "name")}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** `?a=1&b=2`, or nothing. Undefined and false are left out. */
export function queryString(
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  let query = "";
  for (const name in parameters) {
    const value = parameters[name];
    if (value === undefined || value === false || value === "") continue;
    query += `${query === "" ? "?" : "&"}${name}=${encodeURIComponent(value)}`;
  }
  return query;
}

/** A name that is no path segment would silently address something else. */
function segment(value: string, what: string): string {
  if (value === "" || value === "." || value === ".." || value.includes("/") || value.includes("%")) {
    throw new TypeError(`"${value}" cannot be a ${what}`);
  }
  return encodeURIComponent(value);
}
