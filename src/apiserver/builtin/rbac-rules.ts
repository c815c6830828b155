/** What roles and their bindings may say (`pkg/apis/rbac/validation`). */
import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../api/object.ts";
import type { Cause } from "../resource.ts";
import { invalid, notSupported, required } from "../schema/causes.ts";
import { nameFaults } from "../verbs/object-name.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";

interface Scope {
  readonly namespaced: boolean;
}

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export function roleFaults(role: AnyObject, scope: Scope): Cause[] {
  const rules = (role.rules ?? []) as readonly Rule[];
  const faults = rules.flatMap((rule, i) => ruleFaults(rule, `rules[${i}]`, scope));
  const aggregation = role.aggregationRule as { clusterRoleSelectors?: readonly unknown[] } | undefined;
  if (aggregation === undefined || aggregation.clusterRoleSelectors?.length) return faults;
  const why = "at least one clusterRoleSelector required if aggregationRule is non-nil";
  return [...faults, required("aggregationRule.clusterRoleSelectors", why)];
}

function ruleFaults(rule: Rule, path: string, { namespaced }: Scope): Cause[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const faults: Cause[] = [];
  if (verbs.length === 0) faults.push(required(`${path}.verbs`, "verbs must contain at least one value"));
  if (nonResourceURLs.length > 0) {
    const at = `${path}.nonResourceURLs`;
    if (namespaced) {
      faults.push(invalid(at, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"));
    }
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      const why = "rules cannot apply to both regular resources and non-resource URLs";
      faults.push(invalid(at, nonResourceURLs, why));
    }
    return faults;
  }
  if (apiGroups.length === 0) {
    faults.push(required(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  }
  if (resources.length === 0) {
    faults.push(required(`${path}.resources`, "resource rules must supply at least one resource"));
  }
  return faults;
}

interface Subject {
  readonly kind?: string;
  readonly apiGroup?: string;
  readonly name?: string;
  readonly namespace?: string;
}

export function bindingFaults(binding: AnyObject, old: AnyObject | undefined, scope: Scope): Cause[] {
  const { apiGroup = "", kind = "", name = "" } = (binding.roleRef ?? {}) as Subject;
  const faults: Cause[] = [];
  if (apiGroup !== RBAC_GROUP) faults.push(notSupported("roleRef.apiGroup", apiGroup, [RBAC_GROUP]));
  const kinds = scope.namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(kind)) faults.push(notSupported("roleRef.kind", kind, kinds));
  if (name === "") faults.push(required("roleRef.name"));
  else for (const why of nameFaults(name, "path-segment")) faults.push(invalid("roleRef.name", name, why));
  const subjects = (binding.subjects ?? []) as readonly Subject[];
  faults.push(...subjects.flatMap((subject, i) => subjectFaults(subject, `subjects[${i}]`, scope)));
  if (old !== undefined && !isDeepStrictEqual(binding.roleRef, old.roleRef)) {
    faults.push(invalid("roleRef", binding.roleRef, "cannot change roleRef"));
  }
  return faults;
}

const SUBJECT_KINDS = ["Group", "ServiceAccount", "User"];

function subjectFaults(subject: Subject, path: string, { namespaced }: Scope): Cause[] {
  const { kind = "", apiGroup = "", name = "", namespace = "" } = subject;
  const faults: Cause[] = [];
  if (name === "") faults.push(required(`${path}.name`));
  if (kind === "ServiceAccount") {
    for (const why of name === "" ? [] : nameFaults(name)) faults.push(invalid(`${path}.name`, name, why));
    if (apiGroup !== "") faults.push(notSupported(`${path}.apiGroup`, apiGroup, [""]));
    if (namespace === "" && !namespaced) faults.push(required(`${path}.namespace`));
  } else if (kind === "User" || kind === "Group") {
    if (apiGroup !== RBAC_GROUP) faults.push(notSupported(`${path}.apiGroup`, apiGroup, [RBAC_GROUP]));
  } else faults.push(notSupported(`${path}.kind`, kind, SUBJECT_KINDS));
  return faults;
}
