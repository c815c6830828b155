/** Mappers that most controllers want. */
import { apiVersionOf, type KubeObject, type Resource } from "../../kube/index.ts";
import { type CacheDelta, type Mapper, type Request, request, requestFor } from "../flow.ts";

/** The object itself. */
export const toSelf: Mapper<KubeObject> = (delta) => [requestFor(delta.new ?? delta.old)];

/** The controlling owner of kind `owner`, of the old and the new state, in the object's namespace. */
export function toOwner(owner: Resource): Mapper<KubeObject> {
  return (delta: CacheDelta) => [ownerRequest(delta.old, owner), ownerRequest(delta.new, owner)];
}

function ownerRequest(object: KubeObject | undefined, owner: Resource): Request | undefined {
  const found = object?.metadata.ownerReferences?.find(
    (reference) =>
      reference.controller === true &&
      reference.kind === owner.kind &&
      // Another version of the group names the same kind.
      groupOf(reference.apiVersion) === groupOf(apiVersionOf(owner)),
  );
  return request(object?.metadata.namespace, found?.name);
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
