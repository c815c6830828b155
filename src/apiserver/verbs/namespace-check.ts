/**
 * Nothing is created in a namespace that does not exist, or that is on its way out
 * (`k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle`).
 */
import { forbidden, notFound, StatusError } from "../status-error.ts";
import type { ResourceRequest, ServerContext } from "./context.ts";

const NAMESPACES = { group: "", plural: "namespaces", kind: "Namespace" };

export function checkNamespace(context: ServerContext, request: ResourceRequest, name: string): void {
  if (!request.resource.namespaced) return;
  const namespace = context.store.get({ kind: "namespaces", namespace: "", name: request.namespace });
  if (namespace === undefined) throw notFound(NAMESPACES, request.namespace);
  if (namespace.object.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${request.namespace} because it is being terminated`;
  const refusal = forbidden(request.resource, name, why);
  throw new StatusError(403, "Forbidden", refusal.message, {
    ...refusal.body.details,
    causes: [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${request.namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  });
}
