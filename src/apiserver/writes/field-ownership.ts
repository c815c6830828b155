/** Who owns which fields after a write that is not an apply (an apply has settled that itself). */

import { formatTime } from "../../kernel/index.ts";
import type { AnyObject, ObjectMeta } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import type { Steps } from "../steps.ts";
import { type ManagedFieldsEntry, trackSteps } from "./apply/index.ts";
import type { WriteOptions } from "./write-options.ts";

export function* withOwners(
  context: ServerContext,
  request: ResourceRequest,
  next: AnyObject,
  old: AnyObject | undefined,
  options: WriteOptions,
): Steps<AnyObject> {
  if (options.operation === "Apply") return next;
  const managedFields = yield* trackSteps({
    schema: request.resource.schema,
    live: old,
    empty: request.resource.empty,
    next,
    manager: options.manager,
    subresource: request.subresource === "" ? undefined : request.subresource,
    nowText: formatTime(context.kernel.clock.now()),
  });
  const shown = request.subresource === "scale" ? managedFields.map(withoutTimeOfScale) : managedFields;
  const { managedFields: _, ...rest } = next.metadata;
  const metadata: ObjectMeta = shown.length === 0 ? rest : { ...rest, managedFields: shown };
  return { ...next, metadata };
}

/** As kube-apiserver does: what was written as a Scale was written at no time. */
function withoutTimeOfScale(entry: ManagedFieldsEntry): ManagedFieldsEntry {
  if (entry.subresource !== "scale") return entry;
  const { time: _, ...timeless } = entry;
  return timeless;
}
