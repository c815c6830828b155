/**
 * `metadata.managedFields`: who owns which fields.
 */
import type { AnyObject } from "../../../kube/object.ts";
import { isJsonObject } from "../../kinds/schema/json-value.ts";
import { type FieldsV1, isEmpty, isFieldsV1, NO_FIELDS, union } from "./fields-v1.ts";

export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** RFC 3339, of the last change to this entry. */
  readonly time?: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: FieldsV1;
  readonly subresource?: string;
}

/** Who makes a change. */
export interface Writer {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string | undefined;
}

/** What a write changes is looked up with each owner. An object has a few; more than this is not to be understood. */
const MAX_ENTRIES = 200;

/** Lists that were checked before. Only immutable ones: those of stored objects. */
const wellFormed = new WeakSet<object>();

/** The entries of an object; undefined when it has none or what it has is not to be understood. */
export function readManagedFields(object: AnyObject | undefined): readonly ManagedFieldsEntry[] | undefined {
  const entries = object?.metadata.managedFields;
  if (!Array.isArray(entries) || entries.length === 0) return undefined;
  if (wellFormed.has(entries)) return entries;
  if (entries.length > MAX_ENTRIES || !entries.every(isEntry)) return undefined;
  if (Object.isFrozen(entries)) wellFormed.add(entries);
  return entries;
}

function isEntry(entry: unknown): entry is ManagedFieldsEntry {
  return (
    isJsonObject(entry) &&
    typeof entry.manager === "string" &&
    (entry.operation === "Apply" || entry.operation === "Update") &&
    typeof entry.apiVersion === "string" &&
    entry.fieldsType === "FieldsV1" &&
    isFieldsV1(entry.fieldsV1)
  );
}

/** Whether a client asks to forget all owners: `managedFields: [{}]`, as the documentation has it. */
export function isReset(object: AnyObject): boolean {
  const entries = object.metadata.managedFields;
  return (
    Array.isArray(entries) &&
    entries.length === 1 &&
    isJsonObject(entries[0]) &&
    Object.keys(entries[0]).length === 0
  );
}

/** Whether `entry` is the one that `writer` writes to. One who applies has one entry for all versions of a kind. */
export function isOf(entry: ManagedFieldsEntry, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    (entry.subresource ?? "") === (writer.subresource ?? "") &&
    (writer.operation === "Apply" || entry.apiVersion === writer.apiVersion)
  );
}

export function newEntry(writer: Writer, fields: FieldsV1, nowText: string): ManagedFieldsEntry {
  return {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: writer.apiVersion,
    time: nowText,
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...(writer.subresource === undefined || writer.subresource === ""
      ? {}
      : { subresource: writer.subresource }),
  };
}

/** Maximum number of updating managers of an object; fields of the earliest beyond that go to {@link ANCIENT}. */
const MAX_UPDATERS = 10;
const ANCIENT = "ancient-changes";

/** Keeps the entries from growing without bound, as Kubernetes does: the longest-unchanged updaters become one. */
function capUpdaters(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  const updaters = entries.filter((entry) => entry.operation === "Update" && entry.manager !== ANCIENT);
  if (updaters.length <= MAX_UPDATERS) return entries;
  const old = new Set(
    updaters.sort((a, b) => compareText(a.time ?? "", b.time ?? "")).slice(0, updaters.length - MAX_UPDATERS),
  );
  const merged = new Map<string, ManagedFieldsEntry>();
  for (const entry of entries) {
    if (!old.has(entry) && entry.manager !== ANCIENT) continue;
    const known = merged.get(entry.apiVersion);
    const { subresource: _, ...plain } = { ...entry, manager: ANCIENT };
    const time = [known?.time ?? "", entry.time ?? ""].sort().at(-1);
    const fieldsV1 = union(known?.fieldsV1 ?? NO_FIELDS, entry.fieldsV1);
    merged.set(entry.apiVersion, {
      ...plain,
      fieldsV1,
      ...(time === "" || time === undefined ? {} : { time }),
    });
  }
  const kept = entries.filter((entry) => !old.has(entry) && entry.manager !== ANCIENT);
  return [...kept, ...merged.values()];
}

/** Entries that own something, in the order in which Kubernetes lists them. */
export function settle(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  const owners = capUpdaters(entries.filter((entry) => !isEmpty(entry.fieldsV1)));
  if (owners.length < 2) return owners;
  return [...owners].sort(
    (a, b) =>
      compareText(a.operation, b.operation) ||
      compareText(a.time ?? "", b.time ?? "") ||
      compareText(a.manager, b.manager) ||
      compareText(a.subresource ?? "", b.subresource ?? ""),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
