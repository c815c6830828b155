/**
 * Faults of a definition as kube-apiserver tells of them. It checks an internal form, in which what all versions have
 * alike stands once, above them: `spec.validation` is the schema of every version.
 */
import { isDeepStrictEqual } from "node:util";
import type { Cause } from "../resource.ts";
import { forbidden, invalid } from "../schema/causes.ts";
import { nameFaults } from "../verbs/object-name.ts";

export interface CrdVersion {
  readonly name: string;
  readonly served?: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: unknown };
  readonly subresources?: unknown;
  readonly additionalPrinterColumns?: unknown;
  readonly selectableFields?: unknown;
}

/** What of a version is lifted, and where to. */
const LIFTED = [
  ["schema", "spec.validation"],
  ["subresources", "spec.subresources"],
  ["additionalPrinterColumns", "spec.additionalPrinterColumns"],
  ["selectableFields", "spec.selectableFields"],
] as const;

/** The faults that compiling a definition found, under the paths that kube-apiserver gives them. */
export function toldCrdFaults(found: readonly Cause[], versions: readonly CrdVersion[]): Cause[] {
  const same = LIFTED.filter(([field]) => {
    const [first, ...others] = versions.map((version) => version[field]);
    return first !== undefined && others.every((other) => isDeepStrictEqual(other, first));
  });
  const told = found
    .filter(isNotOfVersions)
    .map(asAllowed)
    .map((fault) => ({ ...fault, field: liftedPath(fault.field, same) }));
  return told.filter(
    (fault, i) => isToldOf(fault, told) && told.findIndex((other) => isDeepStrictEqual(other, fault)) === i,
  );
}

/** Those of the list of versions itself are told of by {@link versionFaults}. */
function isNotOfVersions({ field, reason }: Cause): boolean {
  if (reason === "FieldValueDuplicate") return !/^spec\.versions\[\d+\]\.name$/.test(field);
  return !(reason === "FieldValueRequired" && field === "spec.versions");
}

function liftedPath(field: string, same: readonly (readonly [string, string])[]): string {
  const [, below] = /^spec\.versions\[\d+\]\.(.*)$/s.exec(field) ?? [];
  if (below === undefined) return field;
  for (const [name, to] of same) {
    if (!below.startsWith(name)) continue;
    const rest = below.slice(name.length);
    if (rest !== "" && !/^[.[]/.test(rest)) continue;
    return to + (name === "additionalPrinterColumns" ? rest.replace(/\.jsonPath$/, ".JSONPath") : rest);
  }
  return field;
}

/** A list of schemas for the items has a field in Go, and is forbidden there. */
function asAllowed(fault: Cause): Cause {
  if (fault.reason !== "FieldValueTypeInvalid" || !/\.schema\..*\.items$/.test(fault.field)) return fault;
  return forbidden(fault.field, "items must be a schema object and not an array");
}

/** What follows from a fault that is told of anyhow is not told of. */
function isToldOf({ field, reason }: Cause, all: readonly Cause[]): boolean {
  const has = (other: string, why: string) => all.some((each) => each.field === other && each.reason === why);
  if (reason === "FieldValueInvalid" && /\]\.rule$/.test(field)) return !has(field, "FieldValueRequired");
  if (reason !== "FieldValueRequired" || !field.endsWith(".type")) return true;
  return !has(field.replace(/type$/, "$ref"), "FieldValueForbidden");
}

const LONGEST_WARNING = 256;

/** Of the list of versions, and of what follows from it. */
export function versionFaults(versions: readonly CrdVersion[]): Cause[] {
  const faults: Cause[] = [];
  const names = versions.map(({ name }) => name);
  if (versions.length === 0) faults.push(invalid("spec.versions", names, "must have at least one version"));
  if (new Set(names).size < names.length) {
    faults.push(invalid("spec.versions", names, "must contain unique version names"));
  }
  const [first] = versions;
  // The first version has its name twice.
  const whys = first === undefined ? [] : nameFaults(first.name, "label-1035");
  faults.push(...whys.map((why) => invalid("spec.version", first?.name, why)));
  versions.forEach(({ deprecated, deprecationWarning: warning }, i) => {
    if (warning === undefined) return;
    const refuse = (why: string) =>
      faults.push(invalid(`spec.versions[${i}].deprecationWarning`, warning, why));
    if (deprecated !== true) refuse("can only be set for deprecated versions");
    if (warning === "") refuse("must not be an empty string");
    if (warning.length > LONGEST_WARNING) refuse(`must be <= ${LONGEST_WARNING} characters long`);
  });
  return faults;
}

/** That there is one version for storing: told of twice, since the status names it. */
export function storedVersionFaults(versions: readonly CrdVersion[]): Cause[] {
  const stored = versions.filter(({ storage }) => storage).map(({ name }) => name);
  if (stored.length === 1) return [];
  const why =
    stored.length === 0 ? "must have at least one stored version" : "must have every storage version";
  return [invalid("status.storedVersions", stored.slice(0, 1), why)];
}
