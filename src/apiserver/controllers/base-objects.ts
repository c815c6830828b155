/** The initial objects, and how all objects of a kind are deleted. */
import type { AnyObject } from "../../kube/object.ts";
import type { ServerContext } from "../context.ts";
import { apiVersionOf } from "../kinds/registry.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { StatusError } from "../status-error.ts";
import { create, ownRequest, removeCollection } from "../writes/index.ts";
import { bootstrapBindings, bootstrapRoles } from "./bootstrap-roles.ts";

const namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"].map(
  (name): AnyObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
);

/** Namespaces always; roles with RBAC only. What exists already is left as it is. */
export async function createBaseObjects(context: ServerContext, withRoles: boolean): Promise<void> {
  const objects = withRoles ? [...namespaces, ...bootstrapRoles, ...bootstrapBindings] : namespaces;
  for (const object of objects) {
    const { name } = object.metadata;
    const resource = context.registry
      .all()
      .find((r) => r.kind === object.kind && apiVersionOf(r) === object.apiVersion);
    if (resource === undefined) continue;
    if (context.store.get({ kind: resource.storage, namespace: "", name }) !== undefined) continue;
    await create(context, ownRequest(resource), object).catch((error: unknown) => {
      if (!(error instanceof StatusError && error.code === 409)) throw error;
    });
  }
}

/** Deletes all objects of a kind, as a client would: the owners of finalizers have to remove them. */
export function removeAllOf(context: ServerContext): (resource: ServedResource) => Promise<void> {
  return async (resource) => {
    await removeCollection(context, ownRequest(resource), { dryRun: false });
  };
}
