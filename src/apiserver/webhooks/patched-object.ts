/**
 * What a mutating webhook made of an object: still that object of that kind, and as sound as if a client had sent it.
 * A webhook that violates this is refused, whatever its failurePolicy: its response cannot be ignored, because it may
 * have meant to protect something.
 */
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest } from "../context.ts";
import { forbidden as forbiddenField } from "../kinds/schema/causes.ts";
import { isJsonObject } from "../kinds/schema/json-value.ts";
import { invalid, StatusError } from "../status-error.ts";
import { inSteps } from "../steps.ts";
import { admitBody } from "../writes/incoming.ts";

/** Which object it is. */
const IDENTITY = ["apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.uid"] as const;

const OPTIONS = { dryRun: false, manager: "", fieldValidation: "Ignore", operation: "Update" } as const;

/** @throws StatusError 422 that names the webhook and the field. */
export async function admitPatched(
  webhook: string,
  request: ResourceRequest,
  before: AnyObject,
  patched: unknown,
): Promise<AnyObject> {
  const refuse = (field: string, why: string) => {
    const text = `admission webhook ${JSON.stringify(webhook)} ${why}`;
    return invalid(request.resource, before.metadata.name ?? "", [forbiddenField(field, text)]);
  };
  if (!isJsonObject(patched) || !isJsonObject(patched.metadata)) {
    throw refuse("metadata", "removed the metadata of the object, which it cannot do without");
  }
  for (const field of IDENTITY) {
    if (valueAt(patched, field) !== valueAt(before, field)) {
      throw refuse(field, `changed ${field}, which identifies the object and cannot be changed`);
    }
  }
  try {
    return await inSteps(request, admitBody(request, patched, OPTIONS));
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw refuse("metadata", `made an object of it that cannot be stored: ${error.message}`);
  }
}

/** Empty and absent are the same. */
function valueAt(object: object, path: string): unknown {
  const [first = "", second] = path.split(".");
  const value = (object as Record<string, unknown>)[first];
  const found = second === undefined ? value : (value as Record<string, unknown>)[second];
  return found === "" || found === null ? undefined : found;
}
