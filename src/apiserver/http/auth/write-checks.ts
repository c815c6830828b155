/** What is checked of a write once it is known what it would store: the path and verb alone are not sufficient. */

import type { AdmissionAttributes } from "../../context.ts";
import { forbidden } from "../../status-error.ts";
import type { Store } from "../../store/index.ts";
import { type Authorizer, roleOf } from "./authorization.ts";
import { checkEscalation } from "./escalation.ts";
import { refusalText } from "./refusal.ts";

/**
 * A user who creates by PATCH or PUT also needs `create`, and users cannot grant what they do not have.
 *
 * @throws StatusError 403, 404
 */
export function checkWrite(authorizer: Authorizer, store: Store, attributes: AdmissionAttributes): void {
  checkCreation(authorizer, attributes);
  checkEscalation(authorizer, (binding) => roleOf(store, binding), attributes);
}

/** A POST names no object in its path; whatever else creates one does. */
function checkCreation(authorizer: Authorizer, { operation, request }: AdmissionAttributes): void {
  const { resource, namespace, name, subresource, user } = request;
  if (operation !== "CREATE" || name === "") return;
  const { group, plural } = resource;
  const access = { verb: "create", group, resource: plural, subresource, namespace, name };
  if (!authorizer.allows(user, access)) throw forbidden(resource, name, refusalText(user, access));
}
