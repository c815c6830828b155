/** Breadth-first search over all states that a model can reach. */

/** What may happen next, and what the world is like after it. */
export interface Step<State> {
  readonly what: string;
  readonly to: State;
}

export interface Model<State> {
  readonly starts: readonly State[];
  readonly steps: (state: State) => Iterable<Step<State>>;
  /** Equal for states that nothing can distinguish. */
  readonly keyOf: (state: State) => string;
  /** What is wrong with a state; undefined: nothing. */
  readonly faultOf: (state: State) => string | undefined;
}

export interface Violation<State> {
  readonly state: State;
  readonly fault: string;
  /** The shortest way there, step by step. */
  readonly trace: readonly string[];
}

export interface Exploration<State> {
  readonly states: number;
  /** The nearest one, or undefined: there is none. */
  readonly violation: Violation<State> | undefined;
}

export interface Limits<State> {
  /** How many steps from a start. Default: as many as there are. */
  readonly mostSteps?: number;
  readonly visit?: (state: State) => void;
}

/** A state that was found, and how. Kept only as long as something is to be found from there. */
interface Found<State> {
  readonly state: State;
  readonly what: string;
  readonly from: Found<State> | undefined;
}

export function explore<State>(
  { starts, steps, keyOf, faultOf }: Model<State>,
  { mostSteps = Number.POSITIVE_INFINITY, visit }: Limits<State> = {},
): Exploration<State> {
  const seen = new Set<string>();
  let frontier: Found<State>[] = [];
  for (const state of starts) {
    const known = seen.size;
    if (seen.add(keyOf(state)).size === known) continue;
    frontier.push({ state, what: "start", from: undefined });
  }
  for (let depth = 0; frontier.length > 0 && depth <= mostSteps; depth++) {
    const next: Found<State>[] = [];
    for (const from of frontier) {
      visit?.(from.state);
      if (depth === mostSteps) continue;
      for (const { what, to } of steps(from.state)) {
        const known = seen.size;
        if (seen.add(keyOf(to)).size === known) continue;
        const found = { state: to, what, from };
        const fault = faultOf(to);
        if (fault !== undefined)
          return { states: seen.size, violation: { state: to, fault, trace: traceOf(found) } };
        next.push(found);
      }
    }
    frontier = next;
  }
  return { states: seen.size, violation: undefined };
}

function traceOf<State>(last: Found<State>): string[] {
  const trace: string[] = [];
  for (let found: Found<State> | undefined = last; found !== undefined; found = found.from)
    trace.unshift(found.what);
  return trace;
}
