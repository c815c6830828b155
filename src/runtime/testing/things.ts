/** A kind for tests. */
import type { KubeObject, Resource } from "../../kube/index.ts";

export interface Thing extends KubeObject {
  readonly spec?: { readonly owner?: string; readonly size?: number };
  readonly status?: { readonly phase?: string; readonly size?: number };
}

export const things: Resource<Thing> = {
  group: "example.org",
  version: "v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
};
export const parts: Resource<Thing> = { ...things, kind: "Part", plural: "parts" };

export function thing(name: string, spec: Thing["spec"] = {}, namespace = "n"): Thing {
  return { apiVersion: "example.org/v1", kind: "Thing", metadata: { namespace, name }, spec };
}

export function part(name: string, spec: Thing["spec"] = {}, namespace = "n"): Thing {
  return { ...thing(name, spec, namespace), kind: "Part" };
}

/** As an API returns it. */
export function stored<T extends KubeObject>(
  object: T,
  resourceVersion: string,
  uid = object.metadata.name,
): T {
  return { ...object, metadata: { ...object.metadata, uid, resourceVersion, generation: 1 } };
}
