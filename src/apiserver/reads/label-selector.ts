/**
 * Label selectors: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, `a>1`, `a<1`, joined by commas.
 * Source: `apimachinery/pkg/labels/selector.go`.
 */

import { labelValueFaults, qualifiedNameFaults } from "../kinds/object-name.ts";
import { badRequest } from "../status-error.ts";

type Labels = Readonly<Record<string, string>>;
export type LabelSelector = (labels: Labels | undefined) => boolean;

interface Requirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent" | "greater" | "less";
  readonly values: readonly string[];
  /** The same, to look up: each object of a list is asked. */
  readonly known: ReadonlySet<string>;
}

/** Each object of a list is asked each of them. */
const MAX_REQUIREMENTS = 100;

const TERM =
  /^\s*(?:(?<not>!)\s*(?<absent>[^\s,=!<>()]+)|(?<key>[^\s,=!<>()]+)\s*(?:(?<set>\bin\b|\bnotin\b)\s*\((?<list>[^()]*)\)|(?<compare>==|=|!=|>|<)\s*(?<value>[^\s,=!<>()]*))?)\s*(?:,|$)/;

function parseTerm(groups: Readonly<Record<string, string | undefined>>): Omit<Requirement, "known"> {
  const { absent, key = "", set, list = "", compare, value = "" } = groups;
  if (absent !== undefined) return { key: absent, operator: "absent", values: [] };
  if (set !== undefined) {
    return { key, operator: set === "in" ? "in" : "notin", values: list.split(",").map((v) => v.trim()) };
  }
  switch (compare) {
    case undefined:
      return { key, operator: "exists", values: [] };
    case ">":
      return { key, operator: "greater", values: [value] };
    case "<":
      return { key, operator: "less", values: [value] };
    case "!=":
      return { key, operator: "notin", values: [value] };
    default:
      return { key, operator: "in", values: [value] };
  }
}

function matches(requirement: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "in":
      return value !== undefined && requirement.known.has(value);
    case "notin":
      return value === undefined || !requirement.known.has(value);
    case "greater":
      return (
        value !== undefined && /^-?\d+$/.test(value) && BigInt(value) > BigInt(requirement.values[0] ?? 0)
      );
    case "less":
      return (
        value !== undefined && /^-?\d+$/.test(value) && BigInt(value) < BigInt(requirement.values[0] ?? 0)
      );
  }
}

function check(requirement: Requirement, text: string): void {
  const refuse = (why: string) => badRequest(`unable to parse requirement: ${why}`);
  const fault = qualifiedNameFaults(requirement.key)[0];
  if (fault !== undefined) throw refuse(`key: Invalid value: ${JSON.stringify(requirement.key)}: ${fault}`);
  for (const value of requirement.values) {
    const valueFault = labelValueFaults(value)[0];
    if (valueFault !== undefined)
      throw refuse(`values[0][${requirement.key}]: Invalid value: "${value}": ${valueFault}`);
    const ordered = requirement.operator === "greater" || requirement.operator === "less";
    if (ordered && !/^-?\d+$/.test(value)) {
      throw refuse(
        `values[0]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer (in ${text})`,
      );
    }
  }
}

/** Undefined: everything matches. @throws StatusError 400 when `text` is not a selector. */
export function parseLabelSelector(text: string | null): LabelSelector | undefined {
  if (text === null || text.trim() === "") return undefined;
  const requirements: Requirement[] = [];
  // Of two spaces and more only one is needed, and a pattern that matches any number of them is quadratic.
  let rest = text.replaceAll(/\s+/g, " ");
  while (rest !== "") {
    const term = TERM.exec(rest);
    if (term?.groups === undefined) {
      throw badRequest(`unable to parse requirement: found '${rest.trim()}', expected: identifier`);
    }
    const parsed = parseTerm(term.groups);
    const requirement = { ...parsed, known: new Set(parsed.values) };
    if (requirements.length === MAX_REQUIREMENTS) {
      throw badRequest(`a label selector has at most ${MAX_REQUIREMENTS} requirements`);
    }
    check(requirement, text);
    requirements.push(requirement);
    const next = rest.slice(term[0].length);
    if (next === "" && term[0].trimEnd().endsWith(",")) {
      throw badRequest("unable to parse requirement: found '', expected: identifier after ','");
    }
    rest = next;
  }
  return (labels) => requirements.every((requirement) => matches(requirement, labels ?? {}));
}
