/**
 * Nobody grants what they do not have: roles and bindings are refused when they hold more than their author may do,
 * unless the author may `escalate` that role, or `bind` it
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping).
 */
import type { AnyObject } from "../../api/object.ts";
import { forbidden } from "../status-error.ts";
import type { AdmissionAttributes } from "../verbs/index.ts";
import { type Authorizer, grants, type PolicyRule, RBAC_GROUP } from "./authorization.ts";

/** The rules of the role that a binding names. */
export type RoleLookup = (binding: AnyObject) => readonly PolicyRule[];

/** @throws StatusError 403 */
export function checkEscalation(
  authorizer: Authorizer,
  rolesOf: RoleLookup,
  attributes: AdmissionAttributes,
): void {
  const { object, request } = attributes;
  const { resource, user, namespace } = request;
  if (resource.group !== RBAC_GROUP || object === undefined) return;
  const binds = resource.plural.endsWith("bindings");
  const allowed = binds
    ? mayBind(authorizer, attributes, object)
    : may(authorizer, attributes, "escalate", object);
  if (allowed) return;
  const wanted = binds ? rolesOf(object) : ((object.rules ?? []) as readonly PolicyRule[]);
  const held = authorizer.rulesFor(user, namespace);
  const missing = wanted.filter((rule) => !isCovered(rule, held));
  if (missing.length === 0) return;
  const why = `user "${user.username}" is attempting to grant RBAC permissions not currently held: ${JSON.stringify(missing)}`;
  throw forbidden(resource, object.metadata.name, why);
}

function mayBind(authorizer: Authorizer, attributes: AdmissionAttributes, binding: AnyObject): boolean {
  const { kind = "", name = "" } = (binding.roleRef ?? {}) as { kind?: string; name?: string };
  const { user, namespace } = attributes.request;
  const resource = `${kind.toLowerCase()}s`;
  return authorizer.allows(user, {
    verb: "bind",
    group: RBAC_GROUP,
    resource,
    subresource: "",
    namespace,
    name,
  });
}

function may(
  authorizer: Authorizer,
  { request }: AdmissionAttributes,
  verb: string,
  role: AnyObject,
): boolean {
  const { resource, user, namespace } = request;
  const access = { group: RBAC_GROUP, resource: resource.plural, subresource: "", namespace };
  return authorizer.allows(user, { ...access, verb, name: role.metadata.name });
}

/** Whether each single permission of a rule is granted by one of `held`. A `*` is covered by a `*` only. */
function isCovered(rule: PolicyRule, held: readonly PolicyRule[]): boolean {
  const names =
    rule.resourceNames === undefined || rule.resourceNames.length === 0 ? [""] : rule.resourceNames;
  const paths = (rule.verbs ?? []).flatMap((verb) =>
    (rule.nonResourceURLs ?? []).map((path) => ({ verb, path })),
  );
  const accesses = (rule.verbs ?? []).flatMap((verb) =>
    (rule.apiGroups ?? []).flatMap((group) =>
      (rule.resources ?? []).flatMap((target) =>
        names.map((name) => {
          const [resource = "", subresource = ""] = target.split("/");
          return { verb, group, resource, subresource, namespace: "", name };
        }),
      ),
    ),
  );
  return [...paths, ...accesses].every((access) => held.some((own) => grants(own, access)));
}
