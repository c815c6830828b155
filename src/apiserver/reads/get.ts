/** GET of one object. */

import type { ResourceRequest, ServerContext } from "../context.ts";
import { notFound } from "../status-error.ts";
import { parseRevision, reach } from "./revision.ts";
import { shownView, type View } from "./view.ts";

/** `resourceVersion`: not older than that. */
export async function get(context: ServerContext, request: ResourceRequest): Promise<View> {
  const revision = parseRevision(request.query.get("resourceVersion"));
  if (revision !== undefined) await reach(context.store, context.kernel, revision);
  const { resource, namespace, name } = request;
  const stored = context.store.get({ kind: resource.storage, namespace, name });
  if (stored === undefined) throw notFound(resource, name);
  return shownView(context, resource, stored);
}
