/** For names that are not in the namespace of a command: whether they are in another one, and what to type then. */
import { ApiError, type KubeClient, listAll, type Resource } from "../client/index.ts";

/**
 * `it is in namespace fleet: add -n fleet`, without a full stop; undefined when nothing of these kinds has that name, or
 * when the user may not look.
 */
export async function hintAtNamespace(
  client: KubeClient,
  resources: readonly Resource[],
  name: string,
): Promise<string | undefined> {
  const found = await Promise.all(resources.map((resource) => namespacesWith(client, resource, name)));
  const [first, ...others] = [...new Set(found.flat())].sort();
  if (first === undefined) return undefined;
  const where =
    others.length === 0 ? `namespace ${first}` : `the namespaces ${[first, ...others].join(", ")}`;
  return `it is in ${where}: add -n ${first}`;
}

async function namespacesWith(client: KubeClient, resource: Resource, name: string): Promise<string[]> {
  try {
    const { items } = await listAll(client, resource, { fieldSelector: `metadata.name=${name}` });
    return items.flatMap(({ metadata }) => metadata.namespace ?? []);
  } catch (error) {
    // 400: no name that an object could have.
    if (error instanceof ApiError && (error.code === 403 || error.code === 400)) return [];
    throw error;
  }
}
