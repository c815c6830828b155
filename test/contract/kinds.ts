/** Kinds that a file defines for itself, in its own group, and takes away afterwards. */
import { afterAll } from "vitest";
import { type AnyObject, ApiError, type Resource } from "../../src/client/index.ts";
import { type Cluster, until } from "./cluster.ts";
import { crds } from "./resources.ts";

export interface VersionOptions {
  readonly name?: string;
  readonly storage?: boolean;
  readonly served?: boolean;
  readonly [field: string]: unknown;
}

export interface KindOptions {
  /** CamelCase; the plural follows from it. */
  readonly kind: string;
  /** Of `spec`, as properties; or `schema` whole. */
  readonly spec?: object;
  readonly schema?: object;
  /** Besides name and schema. Default: v1 alone. */
  readonly versions?: readonly VersionOptions[];
  readonly names?: object;
  readonly scope?: "Cluster" | "Namespaced";
  /** Into the spec of the CRD. */
  readonly more?: object;
}

export interface Kinds {
  /** The CRD, not sent yet. */
  crd(options: KindOptions): AnyObject;
  /** Sends it, and waits until the kind is served. */
  define(options: KindOptions): Promise<Resource<AnyObject>>;
  /** Sends a CRD that need not be accepted. */
  send(crd: AnyObject): Promise<AnyObject>;
}

export function useKinds(api: Cluster): Kinds {
  const sent = new Set<string>();
  afterAll(async () => {
    for (const name of sent) {
      await api.client.delete(crds, { name }).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.code === 404)) throw error;
      });
    }
  });
  const crd = (options: KindOptions) => crdOf(api.group, options);
  const send = async (object: AnyObject) => {
    sent.add(object.metadata.name);
    return api.client.create(crds, object);
  };
  return {
    crd,
    send,
    define: async (options) => {
      const { metadata } = await send(crd(options));
      await established(api, metadata.name);
      const { kind, scope = "Namespaced", versions = [{}] } = options;
      const plural = `${kind.toLowerCase()}s`;
      const version = versions[0]?.name ?? "v1";
      return { group: api.group, version, kind, plural, namespaced: scope === "Namespaced" };
    },
  };
}

export function established(api: Cluster, name: string): Promise<AnyObject> {
  return until(api.client, crds, { name }, (object) => conditionOf(object, "Established") === "True");
}

export function conditionOf(object: AnyObject, type: string): string | undefined {
  const { conditions } = (object.status ?? {}) as { conditions?: { type: string; status: string }[] | null };
  return conditions?.find((condition) => condition.type === type)?.status;
}

function crdOf(group: string, options: KindOptions): AnyObject {
  const { kind, spec = {}, names = {}, scope = "Namespaced", versions = [{}], more = {} } = options;
  const plural = `${kind.toLowerCase()}s`;
  const schema = options.schema ?? {
    type: "object",
    properties: { spec: { type: "object", properties: spec } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, kind, ...names },
      versions: versions.map((version, i) => ({
        name: "v1",
        served: true,
        storage: i === 0,
        schema: { openAPIV3Schema: schema },
        ...version,
      })),
      ...more,
    },
  };
}
