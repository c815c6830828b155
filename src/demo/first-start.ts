/**
 * Remembers, in the API itself, that the examples were applied once: a user who deletes one of them afterwards does not
 * find it there again after the next start.
 */
import { ApiError, type KubeClient } from "../client/index.ts";
import { CONFIG_MAPS, NAMESPACES } from "../kube/index.ts";
import { createMissing, type Manifest } from "./manifests.ts";

const SYSTEM_NAMESPACE = "plexaubnet-system";
const MARK = { namespace: SYSTEM_NAMESPACE, name: "examples-applied" };

export async function hadExamples(client: KubeClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(CONFIG_MAPS, MARK, { signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return false;
    throw error;
  }
}

/** Applies the examples and then records it: after a crash in between the next start completes it. */
export async function applyExamples(client: KubeClient, manifests: readonly Manifest[], signal: AbortSignal) {
  await createMissing(client, manifests, signal);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } };
  await createMissing(
    client,
    [{ object: namespace, resource: NAMESPACES, origin: "the system namespace" }],
    signal,
  );
  const data = { objects: String(manifests.length) };
  await client.create(CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: MARK, data }, { signal });
}
