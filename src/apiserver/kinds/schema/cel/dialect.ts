/**
 * Where the CEL library at hand and CEL in Kubernetes differ, and a rule must not notice.
 *
 * - `has()` there takes chains of names only; here any operand: `has(self.list[0].field)`.
 * - `exists_one()` there has one name only; here it may be written `existsOne()`.
 * - `matches()` there takes JavaScript's regular expressions; here those of RE2.
 *
 * The library lets no function be replaced, so these two go by other names within it, and {@link toLibraryNames} puts
 * them into the text of a rule.
 */
import { type Environment, Optional } from "@marcbachmann/cel-js";
import { matches } from "./metering.ts";

const STRINGS = /r?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/g;

/** A rule as the library is to read it. Strings in it stay as they are. */
export function toLibraryNames(text: string): string {
  let rewritten = "";
  let end = 0;
  for (const found of text.matchAll(STRINGS)) {
    rewritten += renamed(text.slice(end, found.index)) + found[0];
    end = found.index + found[0].length;
  }
  return rewritten + renamed(text.slice(end));
}

function renamed(code: string): string {
  return code
    .replace(/(?<![.\w])has(?=\s*\()/g, "kubernetes_has")
    .replace(/\.(\s*)matches(?=\s*\()/g, ".$1kubernetes_matches")
    .replace(/\.(\s*)existsOne(?=\s*\()/g, ".$1exists_one");
}

/** A rule without what stands in its strings. */
export function withoutStrings(text: string): string {
  return text.replace(STRINGS, '""');
}

/** The parts of the library's parser and evaluator that a macro is handed. */
interface SyntaxNode {
  readonly op: string;
  readonly args: readonly [SyntaxNode, string];
}
interface Checker {
  check(node: SyntaxNode, context: unknown): unknown;
  checkAccessOnType(node: SyntaxNode, context: unknown, type: unknown): unknown;
  getType(name: string): unknown;
  createError(code: string, message: string, node: SyntaxNode): Error;
}
interface Evaluator {
  run(node: SyntaxNode, context: unknown): unknown;
  debugType(value: unknown): {
    fieldLazy(value: unknown, field: string, node: SyntaxNode, ev: Evaluator): unknown;
  };
}
interface HasMacro {
  readonly selection: SyntaxNode;
}

const has = ({ args: [selection] }: { args: readonly [SyntaxNode] }) => ({
  selection,
  typeCheck(checker: Checker, macro: HasMacro, context: unknown): unknown {
    const node = macro.selection;
    if (node.op !== ".")
      throw checker.createError("invalid_macro_argument", "invalid argument to has() macro", node);
    checker.checkAccessOnType(node, context, checker.check(node.args[0], context));
    return checker.getType("bool");
  },
  evaluate(evaluator: Evaluator, macro: HasMacro, context: unknown): boolean {
    const [operand, field] = macro.selection.args;
    const value = evaluator.run(operand, context);
    const member = evaluator.debugType(value).fieldLazy(value, field, macro.selection, evaluator);
    return member instanceof Optional ? member.hasValue() : member !== undefined;
  },
  async: false,
});

export function registerDialect(environment: Environment): void {
  const options = { async: false } as never;
  environment.registerFunction("kubernetes_has(ast): bool", has as never, options);
  environment.registerFunction("string.kubernetes_matches(string): bool", matches as never, options);
}
