/**
 * The rules that hold for `metadata` of every kind (`apimachinery/pkg/api/validation/objectmeta.go`): one list of
 * faults for what a client may write, one for what an update may change.
 */
import type { AnyObject, ObjectMeta } from "../../api/object.ts";
import type { Cause, ServedResource } from "../resource.ts";
import { boundedList, boundedText, isFull } from "../schema/index.ts";
import { labelValueFaults, nameFaults, qualifiedNameFaults } from "./object-name.ts";

const LONGEST_ANNOTATIONS_BYTES = 256 * 1024;

/** `GoString` of a value, as validation messages quote it. */
export function quoted(value: unknown): string {
  return value === undefined ? '""' : boundedText(value, 1024);
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
    const list = metadata[field];
    if (list !== undefined && list !== null && !Array.isArray(list)) {
      return `json: cannot unmarshal ${jsonType(list)} into Go struct field ObjectMeta.metadata.${field} of type array`;
    }
  }
  return undefined;
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
    const masked = prefix.length > 1 ? prefix.replace(/-$/, "a") : prefix;
    for (const why of nameFaults(masked, resource.nameRule))
      faults.push(invalidValue("metadata.generateName", prefix, why));
  }
  if (name === "") {
    faults.push(requiredValue("metadata.name", "name or generateName is required"));
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
  for (const [i, owner] of (metadata.ownerReferences ?? []).entries()) {
    if (isFull(faults)) break;
    const at = (field: string) => `metadata.ownerReferences[${i}].${field}`;
    if (!owner.apiVersion) faults.push(invalidValue(at("apiVersion"), "", "version must not be empty"));
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
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${controllers.slice(0, 10).join(" and ")}`;
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

/** What an update may not do to `metadata`. */
export function metadataUpdateFaults(next: AnyObject, old: AnyObject): Cause[] {
  const faults: Cause[] = [];
  if (old.metadata.deletionTimestamp !== undefined) {
    const known = new Set(old.metadata.finalizers ?? []);
    const added = (next.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
    if (added.length > 0) {
      const list = boundedList(added, 1024);
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
      faults.push(forbiddenField("metadata.finalizers", why));
    }
  }
  return faults;
}
