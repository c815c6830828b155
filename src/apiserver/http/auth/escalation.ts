/**
 * Users cannot grant permissions that they do not have: roles and bindings are refused when they hold more than their author may do,
 * unless the author may `escalate` that role, or `bind` it
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
 */
import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../kube/object.ts";
import type { AdmissionAttributes } from "../../context.ts";
import { forbidden, notFound } from "../../status-error.ts";
import { type Authorizer, type PolicyRule, RBAC_GROUP, type RoleRef } from "./authorization.ts";
import { uncovered } from "./rule-coverage.ts";

/** The role that a binding names. Undefined: there is none. */
export type RoleLookup = (binding: AnyObject) => AnyObject | undefined;

/** What an aggregationRule may gather: anything. */
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

/** @throws StatusError 403, or 404 when a binding names a role that does not exist and its author may not `bind` it. */
export function checkEscalation(
  authorizer: Authorizer,
  roleOf: RoleLookup,
  attributes: AdmissionAttributes,
): void {
  const { object, oldObject, request } = attributes;
  const { resource } = request;
  if (resource.group !== RBAC_GROUP || object === undefined) return;
  if (oldObject !== undefined && onlyLetsGo(object, oldObject)) return;
  if (resource.plural.endsWith("bindings")) checkBinding(authorizer, roleOf, attributes, object);
  else checkRole(authorizer, attributes, object);
}

function checkBinding(
  authorizer: Authorizer,
  roleOf: RoleLookup,
  attributes: AdmissionAttributes,
  binding: AnyObject,
): void {
  const { apiGroup = RBAC_GROUP, kind = "", name = "" } = (binding.roleRef ?? {}) as RoleRef;
  const { user, namespace } = attributes.request;
  const plural = kind === "ClusterRole" ? "clusterroles" : "roles";
  const access = { verb: "bind", group: apiGroup, resource: plural, subresource: "", namespace, name };
  if (authorizer.allows(user, access)) return;
  // A binding to a role that does not exist yet would grant whatever the role becomes.
  const role = roleOf(binding);
  if (role === undefined) throw notFound({ group: RBAC_GROUP, plural, kind }, name);
  checkHeld(authorizer, attributes, rulesOf(role));
}

function checkRole(authorizer: Authorizer, attributes: AdmissionAttributes, role: AnyObject): void {
  const { resource, user, namespace, name } = attributes.request;
  const access = { group: RBAC_GROUP, resource: resource.plural, subresource: "", namespace, name };
  if (authorizer.allows(user, { ...access, verb: "escalate" })) return;
  const aggregates = [role, attributes.oldObject].some(
    (each) => each?.aggregationRule !== undefined && each.aggregationRule !== null,
  );
  checkHeld(authorizer, attributes, aggregates ? [...rulesOf(role), ...EVERYTHING] : rulesOf(role));
}

function rulesOf(role: AnyObject): readonly PolicyRule[] {
  return (role.rules ?? []) as readonly PolicyRule[];
}

/** So much of what is missing is named. */
const MOST_NAMED = 5;
const LONGEST_LIST = 1_000;

function checkHeld(
  authorizer: Authorizer,
  attributes: AdmissionAttributes,
  wanted: readonly PolicyRule[],
): void {
  const { resource, user, namespace } = attributes.request;
  const missing = uncovered(wanted, authorizer.rulesFor(user, namespace), MOST_NAMED);
  if (missing.length === 0) return;
  const named = JSON.stringify(missing).slice(0, LONGEST_LIST);
  const why = `user ${JSON.stringify(user.username)} is attempting to grant RBAC permissions not currently held: ${named}`;
  throw forbidden(resource, attributes.object?.metadata.name ?? "", why);
}

/** Only owners and finalizers differ: what the end of an object takes, which grants nothing. */
function onlyLetsGo(next: AnyObject, old: AnyObject): boolean {
  return isDeepStrictEqual(withoutHolders(next), withoutHolders(old));
}

function withoutHolders(object: AnyObject): object {
  const { ownerReferences: _, finalizers: __, managedFields: ___, ...metadata } = object.metadata;
  return { ...object, metadata };
}
