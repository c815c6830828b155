/**
 * The rules that hold for `metadata` of every kind (`apimachinery/pkg/api/validation/objectmeta.go`): one list of
 * faults for what a client may write, one for what an update may change.
 */
import { isDeepStrictEqual } from "node:util";
import type { AnyObject, ObjectMeta, OwnerReference } from "../../api/object.ts";
import type { Cause, ServedResource } from "../resource.ts";
import { labelValueFaults, nameFaults, qualifiedNameFaults } from "./object-name.ts";

const LONGEST_ANNOTATIONS_BYTES = 256 * 1024;

/** `GoString` of a value, as validation messages quote it. */
export function quoted(value: unknown): string {
  return value === undefined ? '""' : JSON.stringify(value);
}

export function invalidValue(field: string, value: unknown, why: string): Cause {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${quoted(value)}: ${why}` };
}

export function requiredValue(field: string, why = ""): Cause {
  return {
    reason: "FieldValueRequired",
    field,
    message: why === "" ? "Required value" : `Required value: ${why}`,
  };
}

export function forbiddenField(field: string, why: string): Cause {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${why}` };
}

/** The types of the fields of metadata. Checked first, since everything else relies on them. */
export function metadataTypeFault(metadata: unknown): string | undefined {
  if (metadata === undefined) return undefined;
  if (!isRecord(metadata)) return "metadata must be an object";
  for (const field of ["name", "generateName", "namespace", "uid", "resourceVersion"]) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== "string") {
      return `json: cannot unmarshal ${jsonType(value)} into Go struct field ObjectMeta.metadata.${field} of type string`;
    }
  }
  for (const field of ["labels", "annotations"]) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    const offender = isRecord(map) ? Object.values(map).find((value) => typeof value !== "string") : map;
    if (offender !== undefined) {
      return `json: cannot unmarshal ${jsonType(offender)} into Go struct field ObjectMeta.metadata.${field} of type string`;
    }
  }
  for (const field of ["finalizers", "ownerReferences", "managedFields"]) {
    const list = metadata[field] ?? [];
    const offender = Array.isArray(list) ? list.find((item) => !isItemOf(field, item)) : list;
    if (!Array.isArray(list) || offender !== undefined) {
      return `json: cannot unmarshal ${jsonType(offender)} into Go struct field ObjectMeta.metadata.${field}`;
    }
  }
  return undefined;
}

/** A null counts as an empty one. */
function isItemOf(field: string, item: unknown): boolean {
  if (item === null) return true;
  return field === "finalizers" ? typeof item === "string" : isRecord(item);
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return value === null ? "null" : typeof value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
    faults.push(requiredValue("metadata.name", "name or generateName is required"));
  } else {
    for (const why of nameFaults(name, resource.nameRule))
      faults.push(invalidValue("metadata.name", name, why));
  }
  faults.push(...labelFaults(metadata.labels ?? {}, "metadata.labels"));
  faults.push(...annotationFaults(metadata.annotations ?? {}));
  faults.push(...ownerReferenceFaults(metadata));
  const finalizers = metadata.finalizers ?? [];
  for (const finalizer of finalizers) faults.push(...finalizerFaults(finalizer));
  if (resource.builtin && !TAKES_ANY_FINALIZER.has(resource.group)) {
    faults.push(...finalizers.flatMap(unqualifiedFaults));
  }
  if (PROPAGATION.every((each) => metadata.finalizers?.includes(each))) {
    const why = `finalizer ${PROPAGATION.join(" and ")} cannot be both set`;
    faults.push(invalidValue("metadata.finalizers", metadata.finalizers, why));
  }
  return faults;
}

/** Of labels, and of selectors that are made of labels. */
export function labelFaults(labels: Readonly<Record<string, string>>, field: string): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameFaults(key).map((why) => invalidValue(field, key, why)),
    ...labelValueFaults(value).map((why) => invalidValue(field, value, why)),
  ]);
}

const PROPAGATION = ["orphan", "foregroundDeletion"];

/** Groups whose kinds are checked as custom ones are. */
const TAKES_ANY_FINALIZER = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "coordination.k8s.io",
]);

function unqualifiedFaults(finalizer: string, i: number): Cause[] {
  if (finalizer.includes("/") || finalizer === "kubernetes" || PROPAGATION.includes(finalizer)) return [];
  const why = "name is neither a standard finalizer name nor is it fully qualified";
  return [invalidValue(`metadata.finalizers[${i}]`, finalizer, why)];
}

function annotationFaults(annotations: Readonly<Record<string, string>>): Cause[] {
  const faults: Cause[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const why of qualifiedNameFaults(key.toLowerCase())) {
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
  for (const given of metadata.ownerReferences ?? []) {
    // As kube-apiserver has it: which of them is not told.
    const at = (field: string) => `metadata.ownerReferences.${field}`;
    const owner: Partial<OwnerReference> = given ?? {};
    const { apiVersion = "" } = owner;
    if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) {
      faults.push(invalidValue(at("apiVersion"), apiVersion, "version must not be empty"));
    }
    for (const field of ["kind", "name", "uid"] as const) {
      if (!owner[field]) faults.push(invalidValue(at(field), "", "must not be empty"));
    }
    if (owner.apiVersion === "v1" && owner.kind === "Event") {
      const why = "/v1, Kind=Event is disallowed from being an owner";
      faults.push(invalidValue("metadata.ownerReferences", owner, why));
    }
    if (owner.controller === true) controllers.push(`${owner.kind}/${owner.name}`);
  }
  if (controllers.length > 1) {
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${controllers.join(" and ")}`;
    faults.push({
      reason: "FieldValueInvalid",
      field: "metadata.ownerReferences",
      message: `Invalid value: ${quoted(metadata.ownerReferences)}: ${why}`,
    });
  }
  return faults;
}

function finalizerFaults(finalizer: unknown): Cause[] {
  if (typeof finalizer !== "string")
    return [invalidValue("metadata.finalizers", finalizer, "must be a string")];
  return qualifiedNameFaults(finalizer).map((why) => invalidValue("metadata.finalizers", finalizer, why));
}

/** Without references that say the same as one before them. */
export function withDistinctOwners(metadata: ObjectMeta): ObjectMeta {
  const owners = metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return metadata;
  const isFirst = (owner: OwnerReference, i: number) =>
    owners.findIndex((other) => isDeepStrictEqual(other, owner)) === i;
  return { ...metadata, ownerReferences: owners.filter(isFirst) };
}

/** System metadata that a client gives back otherwise than it got it. */
export function systemMetadataFaults(asked: ObjectMeta, old: ObjectMeta): Cause[] {
  const fields = old.deletionTimestamp === undefined ? [...FIXED, "deletionTimestamp" as const] : FIXED;
  return fields
    .filter((field) => asked[field] && asked[field] !== old[field])
    .map((field) => invalidValue(`metadata.${field}`, asked[field], "field is immutable"));
}

const FIXED = ["uid"] as const;

/** What an update may not do to `metadata`. */
export function metadataUpdateFaults(next: AnyObject, old: AnyObject): Cause[] {
  const faults: Cause[] = [];
  if (old.metadata.deletionTimestamp !== undefined) {
    const known = new Set(old.metadata.finalizers ?? []);
    const added = (next.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
    if (added.length > 0) {
      const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
      faults.push(forbiddenField("metadata.finalizers", why));
    }
  }
  return faults;
}

/**
 * The faults of the metadata of an update, each as often as kube-apiserver tells of it: it looks at the metadata of its
 * own kinds in several places.
 *
 * @param faults of the metadata as it would be.
 * @param changes that are not allowed.
 */
export function toldOnUpdate(
  resource: ServedResource,
  faults: readonly Cause[],
  changes: readonly Cause[],
): Cause[] {
  if (!resource.builtin) return [...changes, ...faults];
  const often = faults.filter(({ field }) => field === "metadata.labels" || field === "metadata.annotations");
  return [...changes, ...changes, ...often, ...often, ...often, ...faults];
}
