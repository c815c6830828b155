/**
 * JSON Merge Patch, RFC 7396. What the patch does not touch is shared with the original, not copied.
 */

import { err, ok, type Result } from "../../../kernel/index.ts";
import { changed, isJsonObject, type JsonObject, withChanges } from "../../kinds/schema/json-value.ts";
import { malformed, type PatchFault } from "./patch-fault.ts";

/** A patch of an API object must itself be an object: the object cannot be replaced by a list or a null. */
export function applyMergePatch(document: unknown, patch: unknown): Result<JsonObject, PatchFault> {
  if (!isJsonObject(patch)) return err(malformed("a merge patch must be a JSON object"));
  return ok(merge(document, patch) as JsonObject);
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const original: JsonObject = isJsonObject(target) ? target : {};
  let changes: Map<string, unknown> | undefined;
  for (const key of Object.keys(patch)) {
    const was = Object.hasOwn(original, key) ? original[key] : undefined;
    const next = patch[key] === null ? undefined : merge(was, patch[key]);
    if (next !== was) changes = changed(changes, key, next);
  }
  return withChanges(original, changes);
}
