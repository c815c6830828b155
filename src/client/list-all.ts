import { drainMicrotasks } from "../kernel/index.ts";
import type { KubeList, KubeObject, Resource } from "../kube/object.ts";
import type { KubeClient, ListOptions } from "./client.ts";
import { ApiError } from "./errors.ts";

const DEFAULT_PAGE_SIZE = 500;
/** Times that a paged list starts over because its snapshot expired on the way. */
const MAX_RESTARTS = 1;

/** Takes the objects of a page, and returns those that stand in the list. */
type Taking<T> = (page: readonly T[]) => readonly T[];

/**
 * Lists everything, page by page. The answer is the truth at one revision: when the server forgets the revision
 * half-way (410), the list starts over, and at last is asked for in one piece, which cannot expire.
 *
 * @param take called with each page as it arrives, while the server makes the next one: what it drops is never held
 * twice. When the list starts over, pages come again.
 */
export async function listAll<T extends KubeObject>(
  client: Pick<KubeClient, "list">,
  resource: Resource<T>,
  options: Omit<ListOptions, "continue"> = {},
  take: Taking<T> = (page) => page,
): Promise<KubeList<T>> {
  const limit = options.limit ?? DEFAULT_PAGE_SIZE;
  for (let restarts = 0; ; restarts++) {
    try {
      if (restarts > MAX_RESTARTS) {
        const { limit: _, ...whole } = options;
        const list = await client.list(resource, whole);
        return { ...list, items: take(list.items) };
      }
      return await listPages(client, resource, { ...options, limit }, take);
    } catch (error) {
      const expired = error instanceof ApiError && error.code === 410;
      if (!expired || restarts > MAX_RESTARTS) throw error;
    }
  }
}

async function listPages<T extends KubeObject>(
  client: Pick<KubeClient, "list">,
  resource: Resource<T>,
  options: ListOptions,
  take: Taking<T>,
): Promise<KubeList<T>> {
  const first = await client.list(resource, options);
  const { resourceVersion } = first.metadata;
  // The token contains the revision to continue at; a revision in addition is an error.
  const { resourceVersion: _, resourceVersionMatch: __, ...rest } = options;
  const items: T[] = [];
  for (let page: KubeList<T> = first; ; ) {
    const token = page.metadata.continue;
    const following = isEmpty(token)
      ? undefined
      : client.list(resource, { ...rest, continue: token as string });
    // It fails when it is waited for, which `take` may prevent.
    following?.catch(() => {});
    // A connection is used again one turn after its last response.
    if (following !== undefined) await drainMicrotasks();
    for (const item of take(page.items)) items.push(item);
    if (following === undefined) return { ...first, metadata: { resourceVersion }, items };
    page = await following;
  }
}

function isEmpty(token: string | undefined): boolean {
  return token === undefined || token === "";
}
