/**
 * What clients learn about the kinds that are served: group by group as Kubernetes always had it, and all at once
 * (`apidiscovery.k8s.io/v2`, KEP-3352).
 */
import { defined } from "../../../kernel/index.ts";
import { apiVersionOf } from "../../kinds/registry.ts";
import type { ServedResource } from "../../kinds/resource.ts";

/** An endpoint below an object that is not of the object's own kind. */
export interface SubresourceEndpoint {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
}

export function subresourcesOf(resource: ServedResource): readonly SubresourceEndpoint[] {
  const { group, version, kind, subresources } = resource;
  const own = { group, version, kind };
  const endpoints: SubresourceEndpoint[] = [];
  if (subresources.status) endpoints.push({ name: "status", verbs: ["get", "patch", "update"], kind: own });
  if (subresources.scale !== undefined) {
    const scale = { group: "autoscaling", version: "v1", kind: "Scale" };
    endpoints.push({ name: "scale", verbs: ["get", "patch", "update"], kind: scale });
  }
  if (group === "" && resource.plural === "namespaces") {
    endpoints.push({ name: "finalize", verbs: ["update"], kind: own });
  }
  if (group === "" && resource.plural === "serviceaccounts") {
    const token = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
    endpoints.push({ name: "token", verbs: ["create"], kind: token });
  }
  return endpoints;
}

/** `/api/v1`, `/apis/GROUP/VERSION`. */
export function resourceList(resources: readonly ServedResource[], groupVersion: string): object {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: resources.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: resource.verbs,
        ...defined({
          shortNames: resource.shortNames.length === 0 ? undefined : resource.shortNames,
          categories: resource.categories.length === 0 ? undefined : resource.categories,
        }),
        storageVersionHash: "",
      },
      ...subresourcesOf(resource).map(({ name, verbs, kind }) => ({
        name: `${resource.plural}/${name}`,
        singularName: "",
        namespaced: resource.namespaced,
        ...(kind.group === resource.group ? {} : { group: kind.group, version: kind.version }),
        kind: kind.kind,
        verbs,
      })),
    ]),
  };
}

/** `/api`. */
export function coreVersions(serverAddress: string): object {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

/** `/apis`. */
export function groupList(resources: readonly ServedResource[]): object {
  const names = groupNames(resources).filter((name) => name !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: names.map((name) => groupOf(resources, name)) };
}

/** `/apis/GROUP`. */
export function apiGroup(resources: readonly ServedResource[], name: string): object {
  return { kind: "APIGroup", apiVersion: "v1", ...groupOf(resources, name) };
}

function groupNames(resources: readonly ServedResource[]): string[] {
  return [...new Set(resources.map((resource) => resource.group))];
}

function groupOf(resources: readonly ServedResource[], name: string) {
  const versions = versionsOf(resources, name).map((version) => ({
    groupVersion: apiVersionOf({ group: name, version }),
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

/** The preferred version first: stable before beta before alpha, newer before older. */
export function versionsOf(resources: readonly ServedResource[], group: string): readonly string[] {
  const versions = resources
    .filter((resource) => resource.group === group)
    .map((resource) => resource.version);
  return [...new Set(versions)].sort(compareVersions);
}

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

function compareVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  for (const [i, value] of left.entries()) {
    const difference = (right[i] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}

function rankOf(version: string): readonly number[] {
  const parts = VERSION.exec(version);
  if (parts === null) return [-1, 0, 0];
  const stability = parts[2] === undefined ? 2 : parts[2] === "beta" ? 1 : 0;
  return [stability, Number(parts[1]), Number(parts[3] ?? 0)];
}

/** All of `/api` or of `/apis` in one document. `apiVersion`: `apidiscovery.k8s.io/v2` or `…/v2beta1`. */
export function aggregated(
  resources: readonly ServedResource[],
  apiVersion: string,
  root: "api" | "apis",
): object {
  const names = groupNames(resources).filter((name) => (name === "") === (root === "api"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion,
    metadata: {},
    items: names.map((name) => ({
      metadata: { name, creationTimestamp: null },
      versions: versionsOf(resources, name).map((version) => ({
        version,
        freshness: "Current",
        resources: resources
          .filter((resource) => resource.group === name && resource.version === version)
          .map(aggregatedResource),
      })),
    })),
  };
}

function aggregatedResource(resource: ServedResource): object {
  const { group, version, kind } = resource;
  const subresources = subresourcesOf(resource).map((endpoint) => ({
    subresource: endpoint.name,
    responseKind: endpoint.kind,
    verbs: endpoint.verbs,
  }));
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...defined({
      shortNames: resource.shortNames.length === 0 ? undefined : resource.shortNames,
      categories: resource.categories.length === 0 ? undefined : resource.categories,
      subresources: subresources.length === 0 ? undefined : subresources,
    }),
  };
}
