import type { KubeObject, Resource } from "../../kube/index.ts";

/** Equal for two descriptions of one kind, even if they are different objects. */
export function resourceKey(resource: Pick<Resource, "group" | "version" | "plural">): string {
  return `${resource.plural}.${resource.version}.${resource.group}`;
}

/** `namespace/name`; `/name` for a cluster-scoped object. The value under which {@link NAME_INDEX} finds it. */
export function objectKey(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}
