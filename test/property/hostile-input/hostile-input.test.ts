/**
 * Fuzzing of everything that reads what a client sends. Whatever comes in: it is read or refused, never
 * anything else; what comes of it can be written as JSON; and both the answer and the work are bounded by
 * what came in.
 *
 * `PLEXAUBNET_FUZZ=20000` tries so many inputs for each target; `PLEXAUBNET_TEST_SEED` is the first seed. A
 * failure names the seed that makes it again: `PLEXAUBNET_TEST_SEED=7 PLEXAUBNET_FUZZ=1`.
 */
import { expect, test } from "vitest";
import { StatusError } from "../../../src/apiserver/status-error.ts";
import { StoreFailedError } from "../../../src/apiserver/store/index.ts";
import { budgetLeft, withinBudget } from "../../../src/apiserver/work-budget.ts";
import { budget } from "../../budget.ts";
import { Draw } from "../draw.ts";
import type { Target } from "./read.ts";
import { targets } from "./targets.ts";

const COUNT = budget("PLEXAUBNET_FUZZ", 250, 2_000);
const FIRST_SEED = Number(process.env.PLEXAUBNET_TEST_SEED ?? 1);

/** Characters of an answer for each that came in, and beside them. */
const ANSWER_FACTOR = 40;
const ANSWER_LEAST = 400_000;
/**
 * Units of work for each character, and beside them: what an object or an expression may cost at the most.
 */
const WORK_FACTOR = 2_000;
const WORK_LEAST = 8_000_000;

/** What is wrong with how the target took the input of a seed. */
async function wrongWith(target: Target, seed: number): Promise<string | undefined> {
  const most = Number.MAX_SAFE_INTEGER;
  let spent = 0;
  let read: ReturnType<Target> | undefined;
  let thrown: unknown;
  withinBudget(most, () => {
    try {
      read = target(new Draw(seed));
    } catch (error) {
      thrown = error;
    }
    spent = most - budgetLeft();
  });
  try {
    if (thrown !== undefined) throw thrown;
    const { size, value } = await (read as ReturnType<Target>);
    if (spent > WORK_FACTOR * size + WORK_LEAST) return `${spent} units of work for ${size} characters`;
    const text = JSON.stringify(value) ?? "";
    return text.length > ANSWER_FACTOR * size + ANSWER_LEAST
      ? `${text.length} characters out of ${size}`
      : undefined;
  } catch (error) {
    if (error instanceof StoreFailedError) return String(error);
    if (!(error instanceof StatusError))
      return `threw ${error instanceof Error ? error.stack : String(error)}`;
    if (error.code < 400 || error.code > 499)
      return `refused with ${error.code}: ${error.message.slice(0, 300)}`;
    return JSON.stringify(error.body).length > ANSWER_LEAST ? "a refusal that is too long" : undefined;
  }
}

for (const [name, target] of Object.entries(await targets())) {
  test(`${name} is read or refused, and takes no more than its size allows`, {
    timeout: 3_600_000,
  }, async () => {
    const failures: string[] = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT && failures.length < 3; seed++) {
      const wrong = await wrongWith(target, seed);
      if (wrong !== undefined) failures.push(`PLEXAUBNET_TEST_SEED=${seed} PLEXAUBNET_FUZZ=1: ${wrong}`);
    }
    expect(failures).toEqual([]);
  });
}
