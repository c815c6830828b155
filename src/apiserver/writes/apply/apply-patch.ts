/**
 * Server-side apply (KEP-555): a client applies the fields that it manages, and owns them. A field that it applied the last time
 * and no longer applies is removed, unless another manager owns it too. A field that another manager owns with another value is a
 * conflict, unless the client forces it.
 */

import { err, ok, type Result } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import { parseShallow } from "../../json-scan.ts";
import type { JsonSchema } from "../../kinds/resource.ts";
import { isJsonObject } from "../../kinds/schema/json-value.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { allSteps, type Steps } from "../../steps.ts";
import { allFields, appliedFields, compareFields, NO_CHANGES, withoutUnowned } from "./compare-fields.ts";
import {
  difference,
  equalFields,
  type FieldsV1,
  intersection,
  isEmpty,
  NO_FIELDS,
  pathsOf,
  union,
} from "./fields-v1.ts";
import {
  isOf,
  type ManagedFieldsEntry,
  newEntry,
  readManagedFields,
  settle,
  type Writer,
} from "./managed-fields.ts";
import { mergeApplied, removeFields } from "./merge-applied.ts";
import { ownershipSchema } from "./track-update.ts";

export interface ApplyInput {
  readonly schema: JsonSchema;
  /** Undefined: the object is created. */
  readonly live: AnyObject | undefined;
  /** What the client applies: apiVersion, kind, metadata.name and the applied fields. Without managedFields. */
  readonly config: AnyObject;
  readonly manager: string;
  readonly force: boolean;
  readonly subresource?: string | undefined;
  /** With a status sub-resource the main endpoint takes no status. */
  readonly hasStatus: boolean;
  /** RFC 3339. */
  readonly nowText: string;
}

export interface Applied {
  /** Still to be defaulted and validated. Its `metadata.managedFields` are those below. */
  readonly object: AnyObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
  /** Neither the object nor who owns what is different from before. */
  readonly unchanged: boolean;
}

/** A field that another manager owns. */
export interface ApplyConflict {
  /** `.spec.replicas` */
  readonly field: string;
  /** `conflict with "kubectl-edit" using v1` */
  readonly message: string;
  readonly owner: ManagedFieldsEntry;
}

/** Owns the fields from before owners were recorded. */
const BEFORE_FIRST_APPLY = "before-first-apply";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export function applyPatch(input: ApplyInput): Result<Applied, readonly ApplyConflict[]> {
  return allSteps(applySteps(input));
}

/** {@link applyPatch}, step by step: each reads all fields of the object once or twice. */
export function* applySteps(input: ApplyInput): Steps<Result<Applied, readonly ApplyConflict[]>> {
  const { live, nowText } = input;
  const schema = ownershipSchema(input.schema);
  const config = ownPart(input);
  const writer: Writer = {
    manager: input.manager,
    operation: "Apply",
    apiVersion: config.apiVersion,
    subresource: input.subresource,
  };
  const before = readManagedFields(live) ?? (yield* entriesBefore(live, schema, config, nowText));
  yield;
  const previous = before.find((entry) => isOf(entry, writer));
  const others = before.filter((entry) => entry !== previous);
  const fields = withoutUnowned(yield* appliedFields(config, schema));
  yield;
  const object = yield* appliedObject(withoutManagedFields(live), config, schema, {
    previous,
    others,
    fields,
  });
  // An object that is created has no other manager yet.
  const compared =
    live === undefined ? NO_CHANGES : yield* compareFields(withoutManagedFields(live), object, schema);
  yield;
  const changed = withoutUnowned(compared.changed);
  const removed = withoutUnowned(compared.removed);
  const conflicts = input.force
    ? []
    : yield* conflictsOf(others, changed, yield* allowedConflicts(input, schema));
  if (conflicts.length > 0) return err(conflicts);
  const taken = union(changed, removed);
  const kept: ManagedFieldsEntry[] = [];
  for (const entry of others) {
    yield;
    const left = difference(entry.fieldsV1, taken);
    kept.push(left === entry.fieldsV1 ? entry : { ...entry, fieldsV1: left });
  }
  yield;
  const same =
    previous !== undefined &&
    equalFields(previous.fieldsV1, fields) &&
    previous.apiVersion === writer.apiVersion;
  const managedFields = settle([
    ...kept,
    same && isEmpty(taken) ? previous : newEntry(writer, fields, nowText),
  ]);
  const unchanged = live !== undefined && same && isEmpty(changed) && isEmpty(removed);
  return ok({
    object: { ...object, metadata: { ...object.metadata, managedFields } },
    managedFields,
    unchanged,
  });
}

interface Owned {
  readonly previous: ManagedFieldsEntry | undefined;
  readonly others: readonly ManagedFieldsEntry[];
  /** What is applied now. */
  readonly fields: FieldsV1;
}

/** The live object with the configuration in it, and without what was applied before and is not any more. */
function* appliedObject(
  live: AnyObject | undefined,
  config: AnyObject,
  schema: StructuralSchema,
  { previous, others, fields }: Owned,
): Steps<AnyObject> {
  const merged = (yield* mergeApplied(live, config, schema)) as AnyObject;
  yield;
  if (previous === undefined) return merged;
  let gone = difference(previous.fieldsV1, fields);
  for (const { fieldsV1 } of isEmpty(gone) ? [] : others) {
    yield;
    gone = difference(gone, fieldsV1);
  }
  if (isEmpty(gone)) return merged;
  let held = fields;
  for (const { fieldsV1 } of others) {
    yield;
    held = union(held, fieldsV1);
  }
  yield;
  return removeFields(merged, schema, gone, held) as AnyObject;
}

/** Set by the server alone; configurations that were read from it still have them. */
const SERVER_METADATA = [
  "managedFields",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "generation",
  "selfLink",
];

/** What of the configuration counts at this endpoint. */
function ownPart({ config, subresource, hasStatus }: ApplyInput): AnyObject {
  const metadata = { ...config.metadata };
  for (const field of SERVER_METADATA) delete (metadata as Record<string, unknown>)[field];
  const { status, ...rest }: AnyObject = { ...config, metadata };
  if (subresource === "status") {
    const { apiVersion, kind } = config;
    const { name, namespace, resourceVersion, uid } = metadata;
    const named = { name, ...definedOf({ namespace, resourceVersion, uid }) };
    return { apiVersion, kind, metadata: named, ...definedOf({ status }) };
  }
  return (hasStatus ? rest : { ...rest, ...definedOf({ status }) }) as AnyObject;
}

function definedOf(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function withoutManagedFields(object: AnyObject | undefined): AnyObject | undefined {
  if (object === undefined) return undefined;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function* entriesBefore(
  live: AnyObject | undefined,
  schema: StructuralSchema,
  config: AnyObject,
  nowText: string,
): Steps<readonly ManagedFieldsEntry[]> {
  if (live === undefined) return [];
  const fields = withoutUnowned(yield* allFields(live, schema));
  const { apiVersion } = config;
  const writer: Writer = {
    manager: BEFORE_FIRST_APPLY,
    operation: "Update",
    apiVersion,
    subresource: undefined,
  };
  return isEmpty(fields) ? [] : [newEntry(writer, fields, nowText)];
}

function* conflictsOf(
  others: readonly ManagedFieldsEntry[],
  changed: FieldsV1,
  allowed: FieldsV1,
): Steps<readonly ApplyConflict[]> {
  const conflicts: ApplyConflict[] = [];
  for (const owner of others) {
    yield;
    const shared = yield* intersection(owner.fieldsV1, changed);
    yield;
    const contested = difference(shared, allowed);
    const message = `conflict with ${describe(owner)}`;
    yield;
    const fields = pathsOf(contested);
    yield;
    for (const field of fields) conflicts.push({ field, owner, message });
  }
  return conflicts;
}

/**
 * Fields that the same client applied on its own side before (`kubectl apply` without `--server-side`) and has in its
 * annotation: taking them over is not a conflict.
 */
function* allowedConflicts({ live, manager }: ApplyInput, schema: StructuralSchema): Steps<FieldsV1> {
  const annotation = live?.metadata.annotations?.[LAST_APPLIED];
  if (manager !== "kubectl" || annotation === undefined) return NO_FIELDS;
  const applied = parseShallow(Buffer.from(annotation));
  if (!applied.ok || !isJsonObject(applied.value)) return NO_FIELDS;
  return yield* appliedFields(applied.value, schema);
}

function describe(owner: ManagedFieldsEntry): string {
  const name = JSON.stringify(owner.manager);
  const part =
    owner.subresource === undefined ? name : `${name} with subresource ${JSON.stringify(owner.subresource)}`;
  return owner.operation === "Update" ? `${part} using ${owner.apiVersion}` : part;
}

/** Maximum number of conflicts in a response; the others are counted. */
export const MAX_SHOWN_CONFLICTS = 100;

/** The message of the 409, as kubectl prints it. */
export function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  }
  const shown = conflicts.slice(0, MAX_SHOWN_CONFLICTS);
  const owners = Map.groupBy(shown, (conflict) => describe(conflict.owner));
  const lines = [...owners.keys()]
    .sort()
    .flatMap((owner) => [
      `conflicts with ${owner}:`,
      ...(owners.get(owner) ?? []).map((conflict) => `- ${conflict.field}`),
    ]);
  if (conflicts.length > shown.length) lines.push(`and ${conflicts.length - shown.length} more`);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}
