/**
 * Nothing is created where it would have to go at once: in a namespace that does not exist or is on its way out
 * (`k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle`), or of a custom kind whose definition is being deleted
 * (`k8s.io/apiextensions-apiserver/pkg/apiserver`).
 */

import type { ResourceRequest, ServerContext } from "../context.ts";
import { creationNotAllowed, forbidden, notFound, StatusError } from "../status-error.ts";

const NAMESPACES = { group: "", plural: "namespaces", kind: "Namespace" };
const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions";

/** @throws StatusError 404 without the namespace, 403 while it is going, 405 while the definition is going */
export function checkSurroundings(context: ServerContext, request: ResourceRequest, name: string): void {
  checkNamespace(context, request, name);
  const { group, plural, builtin } = request.resource;
  if (builtin === true) return;
  const definition = context.store.get({ kind: DEFINITIONS, namespace: "", name: `${plural}.${group}` });
  if (definition?.object.metadata.deletionTimestamp !== undefined) throw creationNotAllowed(request.resource);
}

function checkNamespace(context: ServerContext, request: ResourceRequest, name: string): void {
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
