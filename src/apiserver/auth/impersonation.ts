/** `kubectl --as`: a user who may do so acts as another one. */
import type { IncomingMessage } from "node:http";
import { badRequest, forbidden } from "../status-error.ts";
import type { User } from "../verbs/index.ts";
import type { Authorizer } from "./authorization.ts";

/** Who the request counts as. @throws StatusError 403 when the caller may not be that one. */
export function impersonated(request: IncomingMessage, caller: User, authorizer: Authorizer): User {
  const username = request.headers["impersonate-user"];
  const listed = request.headersDistinct["impersonate-group"] ?? [];
  if (username === undefined) {
    if (listed.length > 0) throw badRequest("groups were named to impersonate, but no user");
    return caller;
  }
  const name = String(username);
  check(authorizer, caller, "users", name);
  for (const group of listed) check(authorizer, caller, "groups", group);
  return { username: name, groups: [...listed, "system:authenticated"] };
}

function check(authorizer: Authorizer, caller: User, resource: "users" | "groups", name: string): void {
  const access = { verb: "impersonate", group: "", resource, subresource: "", namespace: "", name };
  if (authorizer.allows(caller, access)) return;
  const why = `User "${caller.username}" cannot impersonate resource "${resource}" in API group "" at the cluster scope`;
  throw forbidden({ group: "", plural: resource, kind: "" }, name, why);
}
