/** A statement of a document, and its evidence. */
import { numberOf } from "./words.ts";

/** Seen as such, or concluded from what was seen. */
export type Basis = "observed" | "inferred";

export interface Statement {
  readonly text: string;
  readonly basis: Basis;
  /** IDs of evidence; never empty. */
  readonly evidence: readonly string[];
}

/** All that these cite, once, in the order of collection. */
export function citing(statements: readonly Pick<Statement, "evidence">[]): readonly string[] {
  return inOrder(statements.flatMap(({ evidence }) => evidence));
}

export function inOrder(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort((a, b) => numberOf(a) - numberOf(b));
}

export function idsOf(evidence: readonly { readonly id: string }[]): readonly string[] {
  return inOrder(evidence.map(({ id }) => id));
}

export function observed(text: string, evidence: readonly { readonly id: string }[]): Statement {
  return { text, basis: "observed", evidence: idsOf(evidence) };
}

export function inferred(text: string, evidence: readonly { readonly id: string }[]): Statement {
  return { text, basis: "inferred", evidence: idsOf(evidence) };
}
