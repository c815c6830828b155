/** Who owns which fields after a write that is not an apply (an apply has settled that itself). */
import type { AnyObject, ObjectMeta } from "../../api/object.ts";
import { formatTime } from "../../kernel/index.ts";
import { trackUpdate } from "../apply/index.ts";
import type { ResourceRequest, ServerContext } from "./context.ts";
import type { WriteOptions } from "./write-options.ts";

export function withOwners(
  context: ServerContext,
  request: ResourceRequest,
  next: AnyObject,
  old: AnyObject | undefined,
  options: WriteOptions,
): AnyObject {
  if (options.operation === "Apply") return next;
  const managedFields = trackUpdate({
    schema: request.resource.schema,
    live: old,
    empty: request.resource.empty,
    next,
    manager: options.manager,
    subresource: request.subresource === "" ? undefined : request.subresource,
    nowText: formatTime(context.kernel.clock.now()),
  });
  const { managedFields: _, ...rest } = next.metadata;
  const metadata: ObjectMeta = managedFields.length === 0 ? rest : { ...rest, managedFields };
  return { ...next, metadata };
}
