/**
 * Field selectors: `metadata.name=x,spec.poolRef!=y`. Source: `apimachinery/pkg/fields/selector.go`.
 */
import { defined } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { badRequest } from "../status-error.ts";

export interface FieldSelector {
  matches(object: AnyObject): boolean;
  /** The one name that can match, if the selector contains it: a look-up instead of a scan. */
  readonly name?: string;
  readonly namespace?: string;
}

interface Term {
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

/** Commas, equals signs and backslashes in values are escaped by a backslash. */
function splitTerms(text: string): string[] {
  return text.match(/(?:\\.|[^,\\])+/g) ?? [];
}

function parseTerm(text: string): Term {
  const parts = /^((?:\\.|[^=!\\])+)(!=|==|=)([\s\S]*)$/.exec(text);
  if (parts === null) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  const [, path = "", operator, value = ""] = parts;
  return { path: path.trim(), equal: operator !== "!=", value: value.replaceAll(/\\(.)/g, "$1") };
}

/** The value of a field as selectors compare it: a string, empty when it is not there. */
export function fieldValue(object: AnyObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return "";
    value = (value as Record<string, unknown>)[part];
  }
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}

/** Each object of a list is asked each of them. */
const MAX_TERMS = 100;

/** Undefined: everything matches. @throws StatusError 400 */
export function parseFieldSelector(resource: ServedResource, text: string | null): FieldSelector | undefined {
  if (text === null || text.trim() === "") return undefined;
  const supported = new Set(["metadata.name", "metadata.namespace", ...resource.selectableFields]);
  const texts = splitTerms(text);
  if (texts.length > MAX_TERMS) throw badRequest(`a field selector has at most ${MAX_TERMS} terms`);
  const terms = texts.map(parseTerm);
  for (const term of terms) {
    if (!supported.has(term.path)) throw badRequest(`field label not supported: ${term.path}`);
  }
  const only = (path: string) =>
    terms.find((term) => term.equal && term.path === path && term.value !== "")?.value;
  const name = only("metadata.name");
  const namespace = only("metadata.namespace");
  return {
    matches: (object) => terms.every((term) => (fieldValue(object, term.path) === term.value) === term.equal),
    ...defined({ name, namespace }),
  };
}
