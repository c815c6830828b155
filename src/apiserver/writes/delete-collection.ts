/** DELETE of a collection: every object that the selectors name, each as if it were deleted alone. */

import type { ResourceRequest, ServerContext } from "../context.ts";
import { type ListAnswer, list } from "../reads/list.ts";
import { StatusError } from "../status-error.ts";
import { type DeleteOptions, remove } from "./delete.ts";

const AT_ONCE = 32;

/**
 * The objects as they were before. One that is deleted meanwhile is skipped. When the client no longer waits for the
 * answer any more, what is left stays.
 */
export async function removeCollection(
  context: ServerContext,
  request: ResourceRequest,
  options: DeleteOptions,
): Promise<ListAnswer> {
  const found = await list(context, request);
  const waiting = found.items.values();
  let refused = false;
  const worker = async () => {
    for (const { object } of waiting) {
      if (refused) return;
      const { name, namespace = "" } = object.metadata;
      try {
        await request.giveWay?.();
        await remove(context, { ...request, name, namespace }, options);
      } catch (error) {
        if (error instanceof StatusError && error.code === 404) continue;
        refused = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}
