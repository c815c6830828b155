/** Kinds for the attacks: CustomResourceDefinitions, and above all one whose objects may hold anything. */
import type { Attacker, Sent } from "./attacker.ts";

export const ANYS = "/apis/atk.io/v1/namespaces/default/anys";
export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

const POLL_MS = 25;
const SERVED_LIMIT_MS = 15_000;

export interface Definition {
  readonly spec: { readonly names: { readonly plural: string }; readonly versions: readonly object[] };
  readonly [field: string]: unknown;
}

/** A kind by its plural, as `anys`, of the group atk.io, with this schema of `spec`. */
export function definition(plural: string, spec: object, more: object = {}): Definition {
  const singular = plural.replace(/s$/, "");
  const kind = `${singular[0]?.toUpperCase()}${singular.slice(1)}`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.atk.io` },
    spec: {
      ...{ group: "atk.io", scope: "Namespaced" },
      names: { ...{ kind, singular }, plural },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
          ...more,
        },
      ],
    },
  };
}

/** An object of the kind that {@link definition} defines. */
export function objectOf(plural: string, name: string, spec: unknown, metadata: object = {}): object {
  const kind = `${plural[0]?.toUpperCase()}${plural.slice(1, -1)}`;
  return { apiVersion: "atk.io/v1", kind, metadata: { name, ...metadata }, spec };
}

export const anyObject = (name: string, spec: unknown, metadata?: object) =>
  objectOf("anys", name, spec, metadata);

export function pathOf(plural: string): string {
  return `/apis/atk.io/v1/namespaces/default/${plural}`;
}

/** Makes the kind, and waits until it is served. */
export async function defineKind(attacker: Attacker, crd: Definition): Promise<void> {
  await attacker.prepare({ method: "POST", path: CRDS, body: crd });
  const { names } = crd.spec;
  const end = performance.now() + SERVED_LIMIT_MS;
  for (;;) {
    const { code } = await attacker.send({ path: `${pathOf(names.plural)}?limit=1` });
    if (code === 200) return;
    if (performance.now() > end) throw new Error(`${names.plural} is not served: ${code}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What stands on every ground. */
export async function layPlain(attacker: Attacker): Promise<void> {
  await defineKind(attacker, definition("anys", ANYTHING));
}

export const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

export function post(path: string, body: Sent["body"], more: Partial<Sent> = {}): Sent {
  return { method: "POST", path, body, ...more };
}

export function patch(path: string, body: Sent["body"], as: "json" | "merge" | "strategic" | "apply"): Sent {
  const type = {
    json: "application/json-patch+json",
    merge: "application/merge-patch+json",
    strategic: "application/strategic-merge-patch+json",
    apply: "application/apply-patch+yaml",
  }[as];
  const query = as === "apply" ? "?fieldManager=attacker&force=true" : "";
  return { method: "PATCH", path: `${path}${query}`, body, type };
}

export function configMap(name: string, data: unknown, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}
