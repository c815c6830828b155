/**
 * The part of a CRD that names things: group, scope, names, versions. Checked as kube-apiserver does, with its words.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { invalid, isFull, notSupported, required } from "./causes.ts";
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
    listKind: text(memberOf(names, "listKind")) || (kind === "" ? "" : `${kind}List`),
    plural: text(memberOf(names, "plural")),
    singular: text(memberOf(names, "singular")) || kind.toLowerCase(),
    shortNames: list(memberOf(names, "shortNames")),
    categories: list(memberOf(names, "categories")),
    namespaced: memberOf(spec, "scope") !== "Cluster",
  };
}

/** Faults of its name, its group and its scope. */
export function groupAndScopeFaults(crd: AnyObject): readonly Cause[] {
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
  return faults;
}

/** Faults of the names that the kind goes by. */
export function nameFaults(crd: AnyObject): readonly Cause[] {
  const names = crdNames(crd);
  const faults: Cause[] = [];
  for (const field of ["plural", "singular", "kind", "listKind"] as const)
    if (names[field] === "") faults.push(required(`spec.names.${field}`));
  labelFault("spec.names.plural", names.plural, names.plural, faults);
  labelFault("spec.names.singular", names.singular, names.singular, faults);
  labelFault("spec.names.kind", names.kind, names.kind.toLowerCase(), faults);
  labelFault("spec.names.listKind", names.listKind, names.listKind.toLowerCase(), faults);
  names.shortNames.forEach((name, i) => {
    if (name === "") faults.push(invalid(`spec.names.shortNames[${i}]`, name, DNS_LABEL_RULE));
    labelFault(`spec.names.shortNames[${i}]`, name, name, faults);
  });
  if (names.kind !== "" && names.kind === names.listKind) {
    faults.push(invalid("spec.names.listKind", names.listKind, "kind and listKind may not be the same"));
  }
  names.categories.forEach((name, i) => {
    if (name === "") faults.push(invalid(`spec.names.categories[${i}]`, name, DNS_LABEL_RULE));
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
  if (shown !== "" && !isFull(faults) && !isLabel(checked))
    faults.push(invalid(field, shown, DNS_LABEL_RULE));
}

/** Faults of the list of versions as such, and of what applies to all of them. */
export function versionFaults(crd: AnyObject): readonly Cause[] {
  const faults: Cause[] = [];
  const versions = versionsOf(crd);
  const shown = versions.map((each) => text(each.name));
  versions.forEach((version, i) => {
    const path = `spec.versions[${i}]`;
    if (!isFull(faults) && !isLabel(text(version.name)))
      faults.push(invalid(`${path}.name`, text(version.name), DNS_LABEL_RULE));
    deprecationFaults(version, `${path}.deprecationWarning`, faults);
  });
  if (new Set(shown).size !== shown.length)
    faults.push(invalid("spec.versions", shown, "must contain unique version names"));
  if (versions.filter((each) => each.storage === true).length !== 1)
    faults.push(invalid("spec.versions", shown, "must have exactly one version marked as storage version"));
  // The first version under its name in Go.
  const [first = ""] = shown;
  if (first !== "" && !isLabel(first)) faults.push(invalid("spec.version", first, DNS_LABEL_RULE));
  return faults;
}

function isLabel(name: string): boolean {
  return name.length <= 63 && DNS_LABEL.test(name);
}

function deprecationFaults(version: JsonObject, path: string, faults: Cause[]): void {
  const warning = version.deprecationWarning;
  if (typeof warning !== "string") return;
  const fault = (detail: string) => faults.push(invalid(path, warning, detail));
  if (version.deprecated !== true) {
    fault("can only be set for deprecated versions");
    return;
  }
  if (Buffer.byteLength(warning) > 256) fault("must be <= 256 characters long");
  if (warning === "") fault("must not be an empty string");
  if (UNPRINTABLE.test(warning)) fault("must only contain printable UTF-8 characters");
}

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/**
 * Faults of the versions in which objects may be stored: those that were, and the one that is marked now. The first
 * that is marked counts; another is missing among them.
 */
export function storedVersionFaults(crd: AnyObject, stored: readonly string[]): readonly Cause[] {
  const versions = versionsOf(crd);
  const path = "status.storedVersions";
  const storage = versions.filter((each) => each.storage === true).map((each) => text(each.name));
  const all = [...new Set([...stored, ...storage.slice(0, 1)])];
  if (all.length === 0) return [invalid(path, null, "must have at least one stored version")];
  const missing = storage.filter((name) => !all.includes(name));
  const known = new Set(versions.map((each) => text(each.name)));
  return [
    ...missing.map((name) => invalid(path, all, `must have the storage version ${name}`)),
    ...all.flatMap((name, i) => {
      if (known.has(name)) return [];
      const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
      return [invalid(`${path}[${i}]`, name, detail)];
    }),
  ];
}

/** An old keyword that may not be set any more. */
export function preserveFaults(crd: AnyObject): readonly Cause[] {
  if (memberOf(crd.spec, "preserveUnknownFields") !== true) return [];
  const detail =
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
  return [invalid("spec.preserveUnknownFields", true, detail)];
}

export function versionsOf(crd: AnyObject): readonly JsonObject[] {
  const versions = memberOf(crd.spec, "versions");
  return Array.isArray(versions) ? versions.map((each) => (isJsonObject(each) ? each : {})) : [];
}
