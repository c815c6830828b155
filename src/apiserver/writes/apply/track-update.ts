/**
 * Ownership of fields under everything that is not server-side apply: the client that changes a field owns it from then on,
 * and no other manager does.
 *
 * This runs on every write, so it looks only at what changed.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { JsonSchema } from "../../kinds/resource.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { allSteps, type Steps } from "../../steps.ts";
import { allFields, compareFields, type FieldChanges, withoutUnowned } from "./compare-fields.ts";
import { withMetadata } from "./field-elements.ts";
import { difference, isEmpty, NO_FIELDS, union } from "./fields-v1.ts";
import {
  isOf,
  isReset,
  type ManagedFieldsEntry,
  newEntry,
  readManagedFields,
  settle,
  type Writer,
} from "./managed-fields.ts";

export interface TrackUpdateInput {
  readonly schema: JsonSchema;
  /** The state that is replaced; undefined on create. */
  readonly live: AnyObject | undefined;
  /** Fields of a new object that no client set. Default: none. */
  readonly empty?: Readonly<Record<string, unknown>> | undefined;
  /** The new state, ready to be stored. Its own `managedFields`, when it has any, replace those of `live`. */
  readonly next: AnyObject;
  /** `fieldManager` of the request, or what {@link defaultManager} makes of its user agent. */
  readonly manager: string;
  /** `status`, `scale`; undefined for the object itself. */
  readonly subresource?: string | undefined;
  /** RFC 3339. */
  readonly nowText: string;
}

const schemas = new WeakMap<JsonSchema, StructuralSchema>();

/** The schema by which fields are owned. Cached, since this is asked on every write. */
export function ownershipSchema(schema: JsonSchema): StructuralSchema {
  let known = schemas.get(schema);
  if (known === undefined) {
    known = withMetadata(schema as StructuralSchema);
    schemas.set(schema, known);
  }
  return known;
}

/** The `managedFields` of `next` once it is written. Returns those of before when no owned field changed. */
export function trackUpdate(input: TrackUpdateInput): readonly ManagedFieldsEntry[] {
  return allSteps(trackSteps(input));
}

/** {@link trackUpdate}, step by step. */
export function* trackSteps(input: TrackUpdateInput): Steps<readonly ManagedFieldsEntry[]> {
  const { live, next } = input;
  const entries = isReset(next) ? [] : (readManagedFields(next) ?? readManagedFields(live) ?? []);
  yield;
  const changes = yield* changesOf(live, next, ownershipSchema(input.schema), input.empty);
  if (isEmpty(changes.changed) && isEmpty(changes.removed)) return entries;
  yield;
  const writer: Writer = {
    manager: input.manager,
    operation: "Update",
    apiVersion: next.apiVersion,
    subresource: input.subresource,
  };
  return settle(yield* transfer(entries, changes, writer, input.nowText));
}

function* changesOf(
  live: AnyObject | undefined,
  next: AnyObject,
  schema: StructuralSchema,
  empty: TrackUpdateInput["empty"],
): Steps<FieldChanges> {
  if (live === undefined) {
    const added =
      empty === undefined
        ? yield* allFields(next, schema)
        : (yield* compareFields(empty, next, schema)).changed;
    return { changed: withoutUnowned(added), removed: NO_FIELDS };
  }
  const { changed, removed } = yield* compareFields(live, next, schema);
  return { changed: withoutUnowned(changed), removed: withoutUnowned(removed) };
}

/** Removes changed and removed fields from all managers, and adds the changed ones to the writer. */
function* transfer(
  entries: readonly ManagedFieldsEntry[],
  { changed, removed }: FieldChanges,
  writer: Writer,
  nowText: string,
): Steps<ManagedFieldsEntry[]> {
  let found = false;
  const moved: ManagedFieldsEntry[] = [];
  for (const entry of entries) {
    const rest = difference(entry.fieldsV1, removed);
    yield;
    if (isOf(entry, writer)) {
      found = true;
      const isSame = isEmpty(changed) && rest === entry.fieldsV1;
      if (isEmpty(changed)) moved.push(isSame ? entry : { ...entry, fieldsV1: rest });
      else moved.push(newEntry(writer, union(rest, changed), nowText));
    } else {
      const left = difference(rest, changed);
      moved.push(left === entry.fieldsV1 ? entry : { ...entry, fieldsV1: left });
    }
    yield;
  }
  if (!found && !isEmpty(changed)) moved.push(newEntry(writer, changed, nowText));
  return moved;
}

/** The manager of a request that names none: the first part of its user agent, as kube-apiserver does. */
export function defaultManager(userAgent: string | undefined): string {
  const name = (userAgent ?? "").split("/", 1)[0]?.trim() ?? "";
  return name === "" ? "unknown" : name.slice(0, 128);
}
