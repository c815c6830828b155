/**
 * How much one request may make the server compute. Checks, patches and CEL expressions come from every user who may write a
 * CustomResourceDefinition or an object, and what they cost together is not to be seen beforehand: they count as they go.
 *
 * One unit is about 50 ns of work: a value that is read, a node of an expression that is evaluated.
 *
 * The budget at hand is a variable of this module, because functions that a CEL expression calls are given nothing but
 * their arguments. All work that is counted is synchronous, so that no two requests can be in it at the same time.
 */
import { err, ok, type Result } from "../kernel/index.ts";

interface Budget {
  left: number;
  readonly outer: Budget | undefined;
}

let current: Budget | undefined;

/** Thrown, and caught, by this module alone. Made once: a stack trace costs more than what is being counted. */
const EXHAUSTED = new Error("the work of one request is limited");

/** Counts work. Ends the work when there is no budget left for it. Free of charge where no budget was set. */
export function spend(units: number): void {
  if (current === undefined) return;
  current.left -= units;
  if (current.left < 0) throw EXHAUSTED;
}

/** Whether the budget at hand is used up: whatever went on after that is void. */
export function isExhausted(): boolean {
  return current !== undefined && current.left < 0;
}

/** How much may still be spent. */
export function budgetLeft(): number {
  return current === undefined ? Number.POSITIVE_INFINITY : Math.max(0, current.left);
}

/** Runs `work` on a budget, which is a part of the one around it. The error reports that it was exhausted. */
export function withinBudget<T>(units: number, work: () => T): Result<T, "exhausted"> {
  const outer = current;
  const granted = outer === undefined ? units : Math.min(units, Math.max(0, outer.left));
  const budget: Budget = { left: granted, outer };
  current = budget;
  try {
    const value = work();
    return budget.left < 0 ? err("exhausted") : ok(value);
  } catch (cause) {
    if (budget.left < 0 || cause === EXHAUSTED) return err("exhausted");
    throw cause;
  } finally {
    current = outer;
    if (outer !== undefined) outer.left -= granted - Math.max(0, budget.left);
  }
}
