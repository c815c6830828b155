/** The names and schemas of kinds in OpenAPI documents. */
import { apiVersionOf } from "../../kinds/registry.ts";
import type { JsonSchema, ServedResource } from "../../kinds/resource.ts";

export const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
export const LIST_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
export const PATCH = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
const OWNER_REFERENCE = "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference";
const MANAGED_FIELDS = "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry";

/** `io.plexaubnet.v1alpha1.SubnetPool`, as kube-apiserver names the schemas of custom kinds. */
export function schemaName({ group, version, kind }: ServedResource): string {
  if (group === "") return `io.k8s.api.core.${version}.${kind}`;
  if (!group.includes(".")) return `io.k8s.api.${group}.${version}.${kind}`;
  return `${group.split(".").reverse().join(".")}.${version}.${kind}`;
}

export type Reference = (name: string) => JsonSchema;

const string = (description: string, more: JsonSchema = {}): JsonSchema => ({
  type: "string",
  description,
  ...more,
});
const strings = (description: string): JsonSchema => ({
  type: "object",
  description,
  additionalProperties: { type: "string" },
});

/** Schemas that all kinds share. `$ref` differs between OpenAPI v2 and v3. */
export function sharedSchemas(reference: Reference): Record<string, JsonSchema> {
  return {
    [OBJECT_META]: objectMeta(reference),
    [OWNER_REFERENCE]: {
      type: "object",
      description:
        "OwnerReference names an object that owns this one, in the same namespace or cluster-scoped.",
      required: ["apiVersion", "kind", "name", "uid"],
      properties: {
        apiVersion: string("API version of the referent."),
        kind: string("Kind of the referent."),
        name: string("Name of the referent."),
        uid: string("UID of the referent."),
        controller: {
          type: "boolean",
          description: "Whether this reference points to the managing controller.",
        },
        blockOwnerDeletion: { type: "boolean", description: "Whether the owner waits for this object." },
      },
      "x-kubernetes-map-type": "atomic",
    },
    [MANAGED_FIELDS]: {
      type: "object",
      description: "ManagedFieldsEntry lists the fields that a manager owns.",
      properties: {
        manager: string("Who."),
        operation: string("Apply or Update."),
        apiVersion: string("The version that the fields are of."),
        time: string("When the fields were last changed.", { format: "date-time" }),
        fieldsType: string("FieldsV1."),
        fieldsV1: { type: "object", description: "The fields." },
        subresource: string("The sub-resource through which they were written."),
      },
    },
    [LIST_META]: {
      type: "object",
      description: "ListMeta describes a list.",
      properties: {
        resourceVersion: string("The revision of which the list is the truth."),
        continue: string("Set when there is more: pass it to get the next page."),
        remainingItemCount: { type: "integer", format: "int64", description: "How many objects are left." },
        selfLink: string("Deprecated: no longer filled in."),
      },
    },
    [PATCH]: { type: "object", description: "Patch is provided to give a concrete name to the patch body." },
  };
}

function objectMeta(reference: Reference): JsonSchema {
  const integer = (description: string): JsonSchema => ({ type: "integer", format: "int64", description });
  return {
    type: "object",
    description: "ObjectMeta is metadata that all persisted resources must have.",
    properties: {
      name: string("Name must be unique within a namespace. Cannot be updated."),
      generateName: string("A prefix from which the server makes a unique name, when no name is given."),
      namespace: string("The space within which each name must be unique. Cannot be updated."),
      labels: strings("Keys and values by which objects are selected."),
      annotations: strings("Keys and values that tools keep with an object."),
      uid: string("Unique in time and space. Set by the server."),
      resourceVersion: string("The internal version of this object. Set by the server."),
      generation: integer("A number that grows with each change of the desired state. Set by the server."),
      creationTimestamp: string("When the object was created. Set by the server.", { format: "date-time" }),
      deletionTimestamp: string("When the object will be deleted. Set by the server.", {
        format: "date-time",
      }),
      deletionGracePeriodSeconds: integer(
        "Seconds that the object has to end gracefully. Set by the server.",
      ),
      finalizers: {
        type: "array",
        description: "Must be empty before the object is deleted from the registry.",
        items: { type: "string" },
        "x-kubernetes-list-type": "set",
        "x-kubernetes-patch-strategy": "merge",
      },
      ownerReferences: {
        type: "array",
        description: "Objects that this one depends on.",
        items: reference(OWNER_REFERENCE),
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["uid"],
        "x-kubernetes-patch-merge-key": "uid",
        "x-kubernetes-patch-strategy": "merge",
      },
      managedFields: {
        type: "array",
        description: "Which manager owns which fields. Set by the server.",
        items: reference(MANAGED_FIELDS),
        "x-kubernetes-list-type": "atomic",
      },
      selfLink: string("Deprecated: no longer filled in."),
    },
  };
}

/** The schema of a kind and that of its list. */
export function kindSchemas(
  resource: ServedResource,
  reference: Reference,
  shape: (schema: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  const { group, version, kind, listKind, schema } = resource;
  const apiVersion = string("The versioned schema of this representation of an object.");
  const kindText = string("The kind of object that this represents.");
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const shaped = shape({ ...schema, properties: { ...properties, metadata: { type: "object" } } });
  const name = schemaName(resource);
  return {
    [name]: {
      ...shaped,
      properties: {
        ...(shaped.properties as object),
        apiVersion,
        kind: kindText,
        metadata: reference(OBJECT_META),
      },
      "x-kubernetes-group-version-kind": [{ group, version, kind }],
    },
    [`${name}List`]: {
      type: "object",
      description: `${listKind} is a list of ${kind}.`,
      required: ["items"],
      properties: {
        apiVersion,
        kind: kindText,
        metadata: reference(LIST_META),
        items: { type: "array", description: `List of ${resource.plural}.`, items: reference(name) },
      },
      "x-kubernetes-group-version-kind": [{ group, version, kind: listKind }],
    },
  };
}

export function groupVersionPath(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === "" ? `api/${resource.version}` : `apis/${apiVersionOf(resource)}`;
}
