/**
 * Faults of roles and bindings beyond what their schemas say (`pkg/apis/rbac/validation`). A rule that can never
 * grant anything, or a subject that can never match a user, is a mistake.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { invalid, notSupported, required } from "../schema/causes.ts";

const GROUP = "rbac.authorization.k8s.io";

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Subject {
  readonly kind?: string;
  readonly apiGroup?: string;
  readonly name?: string;
  readonly namespace?: string;
}

export function roleFaults(role: AnyObject): readonly Cause[] {
  return ruleFaults(role, true);
}

export function clusterRoleFaults(role: AnyObject): readonly Cause[] {
  return ruleFaults(role, false);
}

function ruleFaults(role: AnyObject, isNamespaced: boolean): readonly Cause[] {
  const faults: Cause[] = [];
  const isGiven = (list: readonly string[] | undefined) => (list ?? []).length > 0;
  ((role.rules ?? []) as readonly Rule[]).forEach(({ verbs, apiGroups, resources, nonResourceURLs }, i) => {
    const at = (field: string) => `rules[${i}].${field}`;
    if (!isGiven(verbs)) faults.push(required(at("verbs"), "verbs must contain at least one value"));
    if (isGiven(nonResourceURLs)) {
      if (isNamespaced) {
        const why = "namespaced rules cannot apply to non-resource URLs";
        faults.push(invalid(at("nonResourceURLs"), nonResourceURLs, why));
      } else if (isGiven(apiGroups) || isGiven(resources)) {
        const why = "rules cannot apply to both regular resources and non-resource URLs";
        faults.push(invalid(at("nonResourceURLs"), nonResourceURLs, why));
      }
      return;
    }
    if (!isGiven(apiGroups)) {
      faults.push(required(at("apiGroups"), "resource rules must supply at least one api group"));
    }
    if (!isGiven(resources)) {
      faults.push(required(at("resources"), "resource rules must supply at least one resource"));
    }
  });
  return faults;
}

export function bindingFaults(binding: AnyObject, old: AnyObject | undefined): readonly Cause[] {
  return [...roleRefFaults(binding, old, ["Role", "ClusterRole"]), ...subjectFaults(binding, true)];
}

export function clusterBindingFaults(binding: AnyObject, old: AnyObject | undefined): readonly Cause[] {
  return [...roleRefFaults(binding, old, ["ClusterRole"]), ...subjectFaults(binding, false)];
}

function roleRefFaults(
  binding: AnyObject,
  old: AnyObject | undefined,
  kinds: readonly string[],
): readonly Cause[] {
  const { apiGroup = "", kind = "", name = "" } = (binding.roleRef ?? {}) as Subject;
  const faults: Cause[] = [];
  if (apiGroup !== GROUP) faults.push(notSupported("roleRef.apiGroup", apiGroup, [GROUP]));
  if (!kinds.includes(kind)) faults.push(notSupported("roleRef.kind", kind, kinds));
  if (name === "") faults.push(required("roleRef.name"));
  else faults.push(...pathSegmentFaults("roleRef.name", name));
  if (old === undefined) return faults;
  const before = (old.roleRef ?? {}) as Subject;
  if (before.apiGroup === apiGroup && before.kind === kind && before.name === name) return faults;
  return [
    ...faults,
    invalid("roleRef", { APIGroup: apiGroup, Kind: kind, Name: name }, "cannot change roleRef"),
  ];
}

function pathSegmentFaults(field: string, name: string): readonly Cause[] {
  if (name === "." || name === "..") return [invalid(field, name, `may not be '${name}'`)];
  return ["/", "%"]
    .filter((part) => name.includes(part))
    .map((part) => invalid(field, name, `may not contain '${part}'`));
}

/** The kinds of subjects, and the API group of each. */
const SUBJECT_GROUPS: ReadonlyMap<string, string> = new Map([
  ["ServiceAccount", ""],
  ["User", GROUP],
  ["Group", GROUP],
]);

function subjectFaults(binding: AnyObject, isNamespaced: boolean): readonly Cause[] {
  const faults: Cause[] = [];
  ((binding.subjects ?? []) as readonly Subject[]).forEach((subject, i) => {
    const { kind = "", apiGroup = "", name = "", namespace = "" } = subject;
    const at = (field: string) => `subjects[${i}].${field}`;
    if (name === "") faults.push(required(at("name")));
    const group = SUBJECT_GROUPS.get(kind);
    if (group === undefined) {
      faults.push(notSupported(at("kind"), kind, [...SUBJECT_GROUPS.keys()]));
      return;
    }
    if (apiGroup !== group) faults.push(notSupported(at("apiGroup"), apiGroup, [group]));
    if (kind === "ServiceAccount" && !isNamespaced && namespace === "") {
      faults.push(required(at("namespace")));
    }
  });
  return faults;
}
