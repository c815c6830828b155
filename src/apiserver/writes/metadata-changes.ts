/** What becomes of the metadata of a write: what it may not change, and how often its faults are reported. */
import type { ObjectMeta, OwnerReference } from "../../kube/object.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { canonicalText } from "../kinds/schema/json-value.ts";
import type { Cause } from "../status-error.ts";
import { invalidValue } from "./metadata-rules.ts";

/** Without references that say the same as one before them. */
export function withDistinctOwners<T extends Partial<ObjectMeta>>(metadata: T): T {
  const owners = metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return metadata;
  const distinct = new Map<string, OwnerReference>();
  for (const owner of owners) {
    const text = canonicalText(owner);
    if (!distinct.has(text)) distinct.set(text, owner);
  }
  return { ...metadata, ownerReferences: [...distinct.values()] };
}

/** System metadata that a client gives back otherwise than it got it. */
export function systemMetadataFaults(asked: ObjectMeta, old: ObjectMeta): Cause[] {
  // Of an object that is being deleted the time stays, whatever a client sends.
  const fields =
    old.deletionTimestamp === undefined ? (["uid", "deletionTimestamp"] as const) : (["uid"] as const);
  return fields
    .filter((field) => asked[field] && asked[field] !== old[field])
    .map((field) => invalidValue(`metadata.${field}`, asked[field], "field is immutable"));
}

/**
 * The faults of the metadata of an update, each as often as kube-apiserver reports it: it validates the metadata of its
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
