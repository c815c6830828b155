/**
 * Loops with two variables, for the index and the item of a list or the key and the value of a map: `all`, `exists`,
 * `existsOne`, `transformList`, `transformMap` and `transformMapEntry` ("CEL two-variable comprehensions" in the
 * Kubernetes documentation). The CEL library at hand has those with one only.
 */
import type { Environment } from "@marcbachmann/cel-js";
import { isExhausted, spend } from "../../../work-budget.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";

/** The parts of the library's parser, checker and evaluator that a macro is handed. */
interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
}
interface Type {
  readonly kind: string;
  readonly name: string;
  readonly keyType: Type;
  readonly valueType: Type;
  isDynOrBool(): boolean;
}
interface Context {
  forkWithVariable(name: string, type: Type): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
interface Checker {
  check(node: SyntaxNode, context: Context): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: SyntaxNode): Error;
  readonly registry: { getListType(item: Type): Type; getMapType(key: Type, value: Type): Type };
}
interface Evaluator {
  run(node: SyntaxNode, context: Context): unknown;
}
interface Call {
  readonly args: readonly SyntaxNode[];
  readonly receiver: SyntaxNode;
}

interface Macro {
  readonly receiver: SyntaxNode;
  readonly names: readonly [string, string];
  /** Those of the condition and of what is made of each item, where there are such. */
  readonly parts: readonly SyntaxNode[];
  /** A list or a map comes out. */
  readonly collects: boolean;
  readonly async: false;
  key?: Context;
  both?: Context;
  typeCheck(checker: Checker, macro: Macro, context: Context): Type;
  evaluate(evaluator: Evaluator, macro: Macro, context: Context): unknown;
}

interface Loop {
  readonly collects: boolean;
  readonly typeOf: (checker: Checker, key: Type, parts: readonly Type[]) => Type;
  /** `run` evaluates one of the parts for one entry. */
  readonly run: (
    entries: Iterable<Entry>,
    parts: number,
    run: (part: number, entry: Entry) => unknown,
  ) => unknown;
}
type Entry = readonly [key: unknown, value: unknown];

function macroOf(loop: Loop, { args, receiver }: Call): Macro {
  const [first, second, ...parts] = args as readonly [SyntaxNode, SyntaxNode, ...SyntaxNode[]];
  return {
    receiver,
    names: [nameOf(first), nameOf(second)],
    parts,
    collects: loop.collects,
    async: false,
    typeCheck(checker, macro, context) {
      const range = checker.check(receiver, context);
      if (!["list", "map", "dyn"].includes(range.kind))
        throw checker.createError("invalid_comprehension_range", "must be a list or a map", receiver);
      const dyn = checker.getType("dyn");
      const key = range.kind === "list" ? checker.getType("int") : range.kind === "map" ? range.keyType : dyn;
      macro.key = context.forkWithVariable(macro.names[0], key);
      const both = macro.key.forkWithVariable(macro.names[1], range.kind === "dyn" ? dyn : range.valueType);
      macro.both = both;
      const types = parts.map((part) => checker.check(part, both));
      // All but what is made of an item are conditions.
      const conditions = loop.collects ? types.slice(0, -1) : types;
      conditions.forEach((type, i) => {
        if (type.isDynOrBool()) return;
        throw checker.createError(
          "invalid_condition_type",
          "the condition must be a bool",
          parts[i] ?? receiver,
        );
      });
      return loop.typeOf(checker, key, types);
    },
    evaluate(evaluator, macro, context) {
      const { key, both } = macro;
      if (key === undefined || both === undefined) throw new Error("the loop was not checked");
      const entries = entriesOf(evaluator.run(receiver, context));
      return loop.run(entries, parts.length, (part, [name, value]) => {
        spend(1);
        const outer = key.reuse(context).setIterValue(name, evaluator);
        return evaluator.run(parts[part] as SyntaxNode, both.reuse(outer).setIterValue(value, evaluator));
      });
    },
  };
}

function nameOf({ op, args }: SyntaxNode): string {
  if (op !== "id" || typeof args !== "string") throw new Error("a variable of a loop must be a plain name");
  return args;
}

function entriesOf(range: unknown): readonly Entry[] {
  if (Array.isArray(range)) return range.map((item, i) => [BigInt(i), item] as const);
  if (range instanceof Map) return [...range];
  // As the library makes a map that a rule writes.
  if (isPlain(range)) return Object.entries(range);
  throw new Error("a loop must be over a list or a map");
}

function isPlain(value: unknown): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Ends at the first that is `ending`. A fault counts only when no other item decides. */
function quantifier(ending: boolean): Loop {
  return {
    collects: false,
    typeOf: (checker) => checker.getType("bool"),
    run: (entries, _parts, run) => {
      let fault: unknown;
      for (const entry of entries) {
        try {
          if (run(0, entry) === ending) return ending;
        } catch (cause) {
          if (isExhausted()) throw cause;
          fault ??= cause;
        }
      }
      if (fault !== undefined) throw fault;
      return !ending;
    },
  };
}

const existsOne: Loop = {
  collects: false,
  typeOf: (checker) => checker.getType("bool"),
  run: (entries, _parts, run) => {
    let count = 0;
    for (const entry of entries) if (run(0, entry) === true) count++;
    return count === 1;
  },
};

function collector(
  typeOf: (checker: Checker, key: Type, made: Type) => Type,
  collect: (made: readonly Entry[]) => unknown,
): Loop {
  return {
    collects: true,
    typeOf: (checker, key, types) => typeOf(checker, key, types.at(-1) as Type),
    run: (entries, parts, run) => {
      const made: Entry[] = [];
      for (const entry of entries) {
        if (parts > 1 && run(0, entry) !== true) continue;
        made.push([entry[0], run(parts - 1, entry)]);
      }
      return collect(made);
    },
  };
}

const transformList = collector(
  (checker, _key, made) => checker.registry.getListType(made),
  (made) => made.map(([, value]) => value),
);
const transformMap = collector(
  (checker, key, made) => checker.registry.getMapType(key, made),
  (made) => new Map(made),
);
const transformMapEntry = collector(
  (_checker, _key, made) => made,
  (made) => {
    const merged = new Map<unknown, unknown>();
    for (const [, entries] of made) {
      for (const [name, value] of entriesOf(entries)) {
        if (merged.has(name)) throw new Error(`insert failed: key ${String(name)} already exists`);
        merged.set(name, value);
      }
    }
    return merged;
  },
);

/** With the parts that each may have besides the two variables. */
const LOOPS: readonly (readonly [name: string, parts: readonly number[], returns: string, loop: Loop])[] = [
  ["all", [1], "bool", quantifier(false)],
  ["exists", [1], "bool", quantifier(true)],
  ["exists_one", [1], "bool", existsOne],
  ["transformList", [1, 2], "list<dyn>", transformList],
  ["transformMap", [1, 2], "map<dyn, dyn>", transformMap],
  ["transformMapEntry", [1, 2], "map<dyn, dyn>", transformMapEntry],
];

export function registerTwoVariables(environment: Environment): void {
  for (const [name, counts, returns, loop] of LOOPS) {
    for (const parts of counts) {
      const parameters = Array.from({ length: 2 + parts }, () => "ast").join(", ");
      environment.registerFunction(
        `list.${name}(${parameters}): ${returns}`,
        ((call: Call) => macroOf(loop, call)) as never,
        { async: false } as never,
      );
    }
  }
}
