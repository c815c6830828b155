/** What is there before anybody has made anything, and how the server itself makes and removes objects. */
import type { ServedResource } from "../resource.ts";
import { StatusError } from "../status-error.ts";
import { create, ownRequest, removeCollection, type ServerContext } from "../verbs/index.ts";
import { namespaces } from "./core-kinds.ts";

const BASE_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

export async function createBaseNamespaces(context: ServerContext): Promise<void> {
  const request = ownRequest(namespaces);
  for (const name of BASE_NAMESPACES) {
    if (context.store.get({ kind: namespaces.storage, namespace: "", name }) !== undefined) continue;
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
    await create(context, request, body).catch((error: unknown) => {
      if (!(error instanceof StatusError && error.code === 409)) throw error;
    });
  }
}

/** Deletes all objects of a kind, as a client would: finalizers are waited for by whoever put them there. */
export function removeAllOf(context: ServerContext): (resource: ServedResource) => Promise<void> {
  return async (resource) => {
    await removeCollection(context, ownRequest(resource), { dryRun: false });
  };
}
