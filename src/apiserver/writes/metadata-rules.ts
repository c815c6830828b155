/**
 * The rules that hold for `metadata` of every kind (`apimachinery/pkg/api/validation/objectmeta.go`): one list of
 * faults for what a client may write, one for what an update may change.
 */
import type { AnyObject, ObjectMeta, OwnerReference } from "../../kube/object.ts";
import { labelValueFaults, nameFaults, qualifiedNameFaults } from "../kinds/object-name.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { forbidden, invalid, quoteValue, required } from "../kinds/schema/causes.ts";
import { boundedList, isFull } from "../kinds/schema/index.ts";
import { isJsonObject } from "../kinds/schema/json-value.ts";
import type { Cause } from "../status-error.ts";

const LONGEST_ANNOTATIONS_BYTES = 256 * 1024;

/** Where Kubernetes quotes an absent text as an empty one. */
export function invalidValue(field: string, value: unknown, why: string): Cause {
  return invalid(field, value === undefined ? "" : value, why);
}

const TEXTS = [
  "name",
  "generateName",
  "namespace",
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "deletionTimestamp",
];
const WHOLE_NUMBERS = ["generation", "deletionGracePeriodSeconds"];

/** The types of the fields of metadata. Checked first, since everything else relies on them. */
export function metadataTypeFault(metadata: unknown): string | undefined {
  if (metadata === undefined) return undefined;
  if (!isJsonObject(metadata)) return "metadata must be an object";
  for (const field of TEXTS) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== "string")
      return typeFaultAt(field, value, "string");
  }
  for (const field of WHOLE_NUMBERS) {
    const value = metadata[field];
    if (value !== undefined && value !== null && !Number.isInteger(value))
      return typeFaultAt(field, value, "int64");
  }
  for (const field of ["labels", "annotations"]) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    const offender = isJsonObject(map) ? Object.values(map).find((value) => typeof value !== "string") : map;
    if (offender !== undefined) return typeFaultAt(field, offender, "string");
  }
  return listTypeFault(metadata) ?? ownerTypeFault(metadata.ownerReferences);
}

/** What the members of a list in metadata must be. Go takes null for an empty one. */
const MEMBERS: Readonly<Record<string, "string" | "object">> = {
  finalizers: "string",
  ownerReferences: "object",
  managedFields: "object",
};

function listTypeFault(metadata: Readonly<Record<string, unknown>>): string | undefined {
  for (const [field, type] of Object.entries(MEMBERS)) {
    const list = metadata[field];
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) return typeFaultAt(field, list, "array");
    const isWrong = (each: unknown) =>
      each !== null && (type === "string" ? typeof each !== type : !isJsonObject(each));
    const at = list.findIndex(isWrong);
    if (at >= 0) return typeFaultAt(field, list[at], type);
  }
  return undefined;
}

const OWNER_FIELDS: Readonly<Record<string, "string" | "boolean">> = {
  apiVersion: "string",
  kind: "string",
  name: "string",
  uid: "string",
  controller: "boolean",
  blockOwnerDeletion: "boolean",
};

function ownerTypeFault(owners: unknown): string | undefined {
  for (const owner of Array.isArray(owners) ? owners : []) {
    for (const [field, type] of Object.entries(OWNER_FIELDS)) {
      const value: unknown = (owner as Record<string, unknown> | null)?.[field];
      if (value === undefined || value === null || typeof value === type) continue;
      return typeFaultAt(`ownerReferences.${field}`, value, type);
    }
  }
  return undefined;
}

function typeFaultAt(field: string, value: unknown, type: string): string {
  return `json: cannot unmarshal ${jsonType(value)} into Go struct field ObjectMeta.metadata.${field} of type ${type === "boolean" ? "bool" : type}`;
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return value === null ? "null" : typeof value;
}

export function metadataFaults(resource: ServedResource, metadata: ObjectMeta): Cause[] {
  const faults: Cause[] = [];
  const name = metadata.name ?? "";
  const prefix = metadata.generateName ?? "";
  if (prefix !== "") {
    // A dash at its end is followed by the rest of the name.
    const masked = prefix.length > 1 ? prefix.replace(/.-$/, "a") : prefix;
    for (const why of nameFaults(masked, resource.nameRule))
      faults.push(invalidValue("metadata.generateName", prefix, why));
  }
  if (name === "") {
    faults.push(required("metadata.name", "name or generateName is required"));
  } else {
    for (const why of nameFaults(name, resource.nameRule))
      faults.push(invalidValue("metadata.name", name, why));
  }
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (isFull(faults)) break;
    for (const why of qualifiedNameFaults(key)) faults.push(invalidValue("metadata.labels", key, why));
    for (const why of labelValueFaults(value)) faults.push(invalidValue("metadata.labels", value, why));
  }
  faults.push(...annotationFaults(metadata.annotations ?? {}));
  faults.push(...ownerReferenceFaults(metadata));
  for (const finalizer of metadata.finalizers ?? []) {
    if (isFull(faults)) break;
    faults.push(...finalizerFaults(finalizer));
  }
  if (PROPAGATION.every((each) => metadata.finalizers?.includes(each))) {
    const why = `finalizer ${PROPAGATION.join(" and ")} cannot be both set`;
    faults.push(invalidValue("metadata.finalizers", metadata.finalizers, why));
  }
  return faults;
}

const PROPAGATION = ["orphan", "foregroundDeletion"];

function annotationFaults(annotations: Readonly<Record<string, string>>): Cause[] {
  const faults: Cause[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const why of isFull(faults) ? [] : qualifiedNameFaults(key.toLowerCase())) {
      faults.push(invalidValue("metadata.annotations", key, why));
    }
    sizeBytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (sizeBytes > LONGEST_ANNOTATIONS_BYTES) {
    faults.push({
      reason: "FieldValueTooLong",
      field: "metadata.annotations",
      message: `Too long: may not be more than ${LONGEST_ANNOTATIONS_BYTES} bytes`,
    });
  }
  return faults;
}

function ownerReferenceFaults(metadata: ObjectMeta): Cause[] {
  const faults: Cause[] = [];
  const controllers: string[] = [];
  for (const given of (metadata.ownerReferences ?? []) as readonly (Partial<OwnerReference> | null)[]) {
    if (isFull(faults)) break;
    const [apiVersion, kind, name, uid] = [given?.apiVersion, given?.kind, given?.name, given?.uid].map(
      (value) => value ?? "",
    ) as [string, string, string, string];
    const at = (field: string) => `metadata.ownerReferences.${field}`;
    if (versionOf(apiVersion) === "") {
      faults.push(invalidValue(at("apiVersion"), apiVersion, "version must not be empty"));
    }
    for (const [field, value] of Object.entries({ kind, name, uid })) {
      if (value === "") faults.push(invalidValue(at(field), "", "must not be empty"));
    }
    if (apiVersion === "v1" && kind === "Event") {
      const why = "/v1, Kind=Event is disallowed from being an owner";
      faults.push(invalidValue("metadata.ownerReferences", given, why));
    }
    if (given?.controller === true) controllers.push(`${kind}/${name}`);
  }
  if (controllers.length > 1) {
    const [first, second] = controllers;
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`;
    faults.push({
      reason: "FieldValueInvalid",
      field: "metadata.ownerReferences",
      message: `Invalid value: ${quoteValue(metadata.ownerReferences)}: ${why}`,
    });
  }
  return faults;
}

/** Of `group/version`, or of `version` alone; empty for what is none of these. */
function versionOf(apiVersion: string): string {
  const parts = apiVersion.split("/");
  return parts.length > 2 ? "" : (parts.at(-1) ?? "");
}

function finalizerFaults(finalizer: string | null): Cause[] {
  const name = finalizer ?? "";
  return qualifiedNameFaults(name).map((why) => invalidValue("metadata.finalizers", name, why));
}

/** What an update may not do to `metadata`. */
export function metadataUpdateFaults(next: AnyObject, old: AnyObject): Cause[] {
  const faults: Cause[] = [];
  if (old.metadata.deletionTimestamp !== undefined) {
    const known = new Set(old.metadata.finalizers ?? []);
    const added = (next.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
    if (added.length > 0) {
      const list = boundedList(added, 1024);
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
      faults.push(forbidden("metadata.finalizers", why));
    }
  }
  return faults;
}
