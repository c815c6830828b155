/** What a request asks to be allowed, as kube-apiserver's RequestInfo reads it from path and query. */

import type { User } from "../../context.ts";
import { forbidden } from "../../status-error.ts";
import type { AccessAttributes, Authorizer, ResourceAccess } from "./authorization.ts";
import { refusalText } from "./refusal.ts";

export interface RequestedResource {
  readonly group: string;
  readonly plural: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Throws unless the user may do it. @throws StatusError 403 */
export function authorizeResource(
  authorizer: Authorizer,
  user: User,
  verb: string,
  path: RequestedResource,
  query: URLSearchParams,
): void {
  const access = accessOf(verb, path, query);
  if (authorizer.allows(user, access satisfies AccessAttributes)) return;
  const { group, plural } = path;
  throw forbidden({ group, plural, kind: "" }, access.name, refusalText(user, access));
}

function accessOf(verb: string, path: RequestedResource, query: URLSearchParams): ResourceAccess {
  const { group, plural, subresource, namespace } = path;
  const name = path.name === "" && SELECTING.has(verb) ? selectedName(query) : path.name;
  // A namespace lies in itself, so that a role bound in it can grant it.
  const isNamespace = group === "" && plural === "namespaces";
  return { verb, group, resource: plural, subresource, namespace: isNamespace ? path.name : namespace, name };
}

const SELECTING = new Set(["list", "watch", "deletecollection"]);

/** Longer ones cannot match a valid name. */
const LONGEST_SELECTOR = 1_024;

/** The one name that `fieldSelector` leaves, so that rights to a name cover a list or watch of it. */
function selectedName(query: URLSearchParams): string {
  const selectors = query.getAll("fieldSelector");
  const [selector = ""] = selectors;
  if (selectors.length > 1 || selector.length > LONGEST_SELECTOR) return "";
  // An escaped comma would make two terms of what is one.
  if (selector.includes("\\")) return "";
  for (const term of selector.split(",")) {
    const found = /^metadata\.name==?([A-Za-z0-9.:_-]+)$/.exec(term);
    if (found !== null) return found[1] ?? "";
  }
  return "";
}
