/**
 * Patterns as CRDs and CEL write them: RE2, the syntax of Go's `regexp`, by an engine that never backtracks. What RE2
 * refuses (look-around, back references) is refused here too, so that a CRD which works here works on a cluster.
 *
 * JavaScript's own engine takes time that is exponential in the text for patterns such as `^(a+)+$`. This one takes at
 * most the length of the text times the size of the pattern, and that is bounded as well.
 */
import { RE2JS } from "re2js";
import { err, ok, type Result } from "../../../kernel/index.ts";
import { isExhausted, spend } from "../../work-budget.ts";
import { leastSize } from "./pattern-size.ts";

export interface Pattern {
  /** Whether the text is short enough for this pattern. Ask first. */
  isFeasible(text: string): boolean;
  /** Unanchored, as in JSON schema. */
  test(text: string): boolean;
  /** The first match. */
  find(text: string): string | undefined;
  /** At most `limit` matches that do not overlap. */
  findAll(text: string, limit: number): readonly string[];
}

/** Longer patterns are refused. */
export const MAX_PATTERN_CHARACTERS = 10_000;
/** Instructions that a pattern may compile to. `[a-z]{1,1000}` has 2,003. */
const MAX_INSTRUCTIONS = 10_000;
/** Characters of a text times instructions of a pattern: about a tenth of a second at the worst. */
const MAX_STEPS = 2_000_000;

/** What it takes to compile one. */
const UNITS_PER_INSTRUCTION = 100;

const compiled = new Map<string, Result<Pattern, string>>();
const CACHE_LIMIT = 1024;

/** The pattern, or what is wrong with it. Those that were used last are kept. */
export function compilePattern(pattern: string): Result<Pattern, string> {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (compiled.size >= CACHE_LIMIT) compiled.delete(compiled.keys().next().value as string);
  const result = compile(pattern);
  compiled.set(pattern, result);
  return result;
}

function compile(pattern: string): Result<Pattern, string> {
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    return err(`the pattern has ${pattern.length} characters, more than ${MAX_PATTERN_CHARACTERS}`);
  }
  spend(1_000 + pattern.length * 20);
  const least = leastSize(pattern);
  if (least > MAX_INSTRUCTIONS) {
    return err(
      `error parsing regexp: expression too large: it compiles to more than ${MAX_INSTRUCTIONS} instructions`,
    );
  }
  try {
    const engine = RE2JS.compile(pattern);
    const size = engine.programSize();
    // Paid once for each pattern; counts in braces are not to be seen in its length.
    spend(size * UNITS_PER_INSTRUCTION);
    if (size > MAX_INSTRUCTIONS) {
      return err(`error parsing regexp: expression too large: it compiles to ${size} instructions`);
    }
    return ok(patternOf(engine, size));
  } catch (cause) {
    if (isExhausted()) throw cause;
    return err(cause instanceof Error ? cause.message : String(cause));
  }
}

/** The part of the engine's internal state that shows the work of a match. Absent in versions without it. */
interface Automaton {
  readonly stateCount?: number;
  readonly memBudget?: number;
}

function patternOf(engine: RE2JS, size: number): Pattern {
  const automaton = () => (engine.re2() as unknown as { lazyDFA?: Automaton | null }).lazyDFA ?? undefined;
  const isFeasible = (text: string) => text.length * size <= MAX_STEPS;
  const mustBeFeasible = (text: string) => {
    if (!isFeasible(text)) {
      throw new Error(
        `a text of ${text.length} characters is too long for a pattern of ${size} instructions`,
      );
    }
  };
  return {
    isFeasible,
    test: (text) => {
      mustBeFeasible(text);
      const before = automaton()?.stateCount ?? 0;
      const found = engine.test(text);
      const after = automaton()?.stateCount ?? 0;
      // Known states are stepped through in no time; each new one is made from all instructions.
      const made = after >= before ? after - before : text.length;
      spend(10 + text.length / 4 + Math.min(made, text.length) * size);
      return found;
    },
    find: (text) => {
      mustBeFeasible(text);
      spend(10 + (text.length * size) / 2);
      const matcher = engine.matcher(text);
      return matcher.find() ? (matcher.group() ?? undefined) : undefined;
    },
    findAll: (text, limit) => {
      mustBeFeasible(text);
      const matcher = engine.matcher(text);
      const found: string[] = [];
      while (found.length < limit && matcher.find()) {
        spend(10 + (text.length * size) / 2);
        found.push(matcher.group() ?? "");
      }
      return found;
    },
  };
}
