/** The forbidden action, as described in every refusal. */
import type { User } from "../../context.ts";
import type { ResourceAccess } from "./authorization.ts";

/** `User "jane" cannot list resource "pods" in API group "" in the namespace "default"`. */
export function refusalText(
  user: User,
  { verb, group, resource, subresource, namespace }: ResourceAccess,
): string {
  const target = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return `User "${user.username}" cannot ${verb} resource "${target}" in API group "${group}" ${where}`;
}
