/**
 * The part of a CRD that names things: group, scope, names, versions. Checked as kube-apiserver does, with its words.
 */
import type { AnyObject } from "../../api/object.ts";
import type { Cause } from "../resource.ts";
import { duplicate, invalid, isFull, notSupported, required } from "./causes.ts";
import { isJsonObject, type JsonObject, memberOf } from "./json-value.ts";

export interface CrdNames {
  readonly group: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
}

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_LABEL_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Names with the defaults Kubernetes gives them. */
export function crdNames(crd: AnyObject): CrdNames {
  const spec = crd.spec;
  const names = memberOf(spec, "names");
  const kind = text(memberOf(names, "kind"));
  const list = (value: unknown) => (Array.isArray(value) ? value.map(text) : []);
  return {
    group: text(memberOf(spec, "group")),
    kind,
    listKind: text(memberOf(names, "listKind")) || `${kind}List`,
    plural: text(memberOf(names, "plural")),
    singular: text(memberOf(names, "singular")) || kind.toLowerCase(),
    shortNames: list(memberOf(names, "shortNames")),
    categories: list(memberOf(names, "categories")),
    namespaced: memberOf(spec, "scope") !== "Cluster",
  };
}

export function nameFaults(crd: AnyObject): readonly Cause[] {
  const names = crdNames(crd);
  const faults: Cause[] = [];
  const expected = `${names.plural}.${names.group}`;
  if (crd.metadata.name !== expected) {
    faults.push(invalid("metadata.name", crd.metadata.name, `must be spec.names.plural+"."+spec.group`));
  }
  groupFaults(names.group, faults);
  const scope = memberOf(crd.spec, "scope");
  if (scope === undefined || scope === "") faults.push(required("spec.scope"));
  else if (scope !== "Cluster" && scope !== "Namespaced") {
    faults.push(notSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
  }
  labelFault("spec.names.plural", names.plural, names.plural, faults);
  if (names.singular !== "") labelFault("spec.names.singular", names.singular, names.singular, faults);
  labelFault("spec.names.kind", names.kind, names.kind.toLowerCase(), faults);
  if (names.kind !== "") {
    labelFault("spec.names.listKind", names.listKind, names.listKind.toLowerCase(), faults);
    if (names.kind === names.listKind) {
      faults.push(invalid("spec.names.listKind", names.listKind, "kind and listKind may not be the same"));
    }
  }
  names.shortNames.forEach((name, i) => {
    labelFault(`spec.names.shortNames[${i}]`, name, name, faults);
  });
  names.categories.forEach((name, i) => {
    labelFault(`spec.names.categories[${i}]`, name, name, faults);
  });
  return faults;
}

function groupFaults(group: string, faults: Cause[]): void {
  if (group === "") faults.push(required("spec.group"));
  else if (!SUBDOMAIN.test(group) || group.length > 253) {
    faults.push(invalid("spec.group", group, SUBDOMAIN_RULE));
  } else if (!group.includes(".")) {
    faults.push(invalid("spec.group", group, "should be a domain with at least one dot"));
  }
}

function labelFault(field: string, shown: string, checked: string, faults: Cause[]): void {
  if (isFull(faults)) return;
  if (shown === "") faults.push(required(field));
  else if (!DNS_LABEL.test(checked) || checked.length > 63)
    faults.push(invalid(field, shown, DNS_LABEL_RULE));
}

/** Faults of the list of versions as such, and of what applies to all of them. */
export function versionFaults(crd: AnyObject): readonly Cause[] {
  const faults: Cause[] = [];
  const versions = versionsOf(crd);
  if (versions.length === 0) faults.push(required("spec.versions", "must have at least one version"));
  const seen = new Set<string>();
  versions.forEach((version, i) => {
    const name = text(version.name);
    labelFault(`spec.versions[${i}].name`, name, name, faults);
    if (seen.has(name)) faults.push(duplicate(`spec.versions[${i}].name`, name));
    seen.add(name);
    for (const flag of ["served", "storage"]) {
      if (typeof version[flag] !== "boolean") faults.push(required(`spec.versions[${i}].${flag}`));
    }
  });
  if (versions.length > 0 && versions.filter((each) => each.storage === true).length !== 1) {
    const shown = versions.map((each) => text(each.name));
    faults.push(invalid("spec.versions", shown, "must have exactly one version marked as storage version"));
  }
  if (memberOf(crd.spec, "preserveUnknownFields") === true) {
    const detail = "must be false; set x-kubernetes-preserve-unknown-fields: true in the schema instead";
    faults.push(invalid("spec.preserveUnknownFields", true, detail));
  }
  const strategy = memberOf(memberOf(crd.spec, "conversion"), "strategy");
  if (strategy !== undefined && strategy !== "None") {
    // Kubernetes knows Webhook too. Refused rather than served unconverted.
    faults.push(notSupported("spec.conversion.strategy", strategy, ["None"]));
  }
  return faults;
}

export function versionsOf(crd: AnyObject): readonly JsonObject[] {
  const versions = memberOf(crd.spec, "versions");
  return Array.isArray(versions) ? versions.map((each) => (isJsonObject(each) ? each : {})) : [];
}
