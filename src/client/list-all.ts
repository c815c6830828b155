import type { KubeList, KubeObject, Resource } from "../kube/object.ts";
import type { KubeClient, ListOptions } from "./client.ts";
import { ApiError } from "./errors.ts";

const DEFAULT_PAGE_SIZE = 500;
/** Times that a paged list starts over because its snapshot expired on the way. */
const MAX_RESTARTS = 1;

/**
 * Lists everything, page by page. The answer is the truth at one revision: when the server forgets the revision
 * half-way (410), the list starts over, and at last is asked for in one piece, which cannot expire.
 *
 * @param transform applied to each object as its page arrives, so that what it drops is never held twice.
 */
export async function listAll<T extends KubeObject>(
  client: Pick<KubeClient, "list">,
  resource: Resource<T>,
  options: Omit<ListOptions, "continue"> = {},
  transform: (object: T) => T = (object) => object,
): Promise<KubeList<T>> {
  const limit = options.limit ?? DEFAULT_PAGE_SIZE;
  for (let restarts = 0; ; restarts++) {
    try {
      if (restarts > MAX_RESTARTS) {
        const { limit: _, ...whole } = options;
        const list = await client.list(resource, whole);
        return { ...list, items: list.items.map(transform) };
      }
      return await listPages(client, resource, { ...options, limit }, transform);
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
  transform: (object: T) => T,
): Promise<KubeList<T>> {
  const first = await client.list(resource, options);
  const items: T[] = first.items.map(transform);
  // The token contains the revision to continue at; a revision in addition is an error.
  const { resourceVersion: _, resourceVersionMatch: __, ...rest } = options;
  for (let token = first.metadata.continue; !isEmpty(token); ) {
    const page: KubeList<T> = await client.list(resource, { ...rest, continue: token as string });
    for (const item of page.items) items.push(transform(item));
    token = page.metadata.continue;
  }
  const { resourceVersion } = first.metadata;
  return { ...first, metadata: { resourceVersion }, items };
}

function isEmpty(token: string | undefined): boolean {
  return token === undefined || token === "";
}
