/**
 * How many histories a test plays, and from which seed on: `PLEXAUBNET_HISTORIES` and `PLEXAUBNET_TEST_SEED`.
 * A history has a seed of its own, which is printed when it fails: `PLEXAUBNET_TEST_SEED=7
 * PLEXAUBNET_HISTORIES=1` plays it again.
 */
import { budget } from "../budget.ts";

export interface Outcome {
  /** What must not have been seen. */
  readonly broken: readonly string[];
  readonly steps: readonly string[];
}

const FIRST_SEED = Number(process.env.PLEXAUBNET_TEST_SEED ?? 1);
const MOST_FAILURES_TOLD = 3;

/** What failed, as texts. Each history is made as short as it fails. */
export async function playHistories<T extends Outcome>(
  counts: { readonly usual: number; readonly long: number },
  play: (seed: number) => Promise<T>,
  shrink: (seed: number) => Promise<Outcome>,
): Promise<{ readonly failures: readonly string[]; readonly played: readonly T[] }> {
  const count = budget("PLEXAUBNET_HISTORIES", counts.usual, counts.long);
  process.stderr.write(`${count} histories from PLEXAUBNET_TEST_SEED=${FIRST_SEED} on\n`);
  const failures: string[] = [];
  const played: T[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
    const outcome = await play(seed);
    played.push(outcome);
    if (outcome.broken.length === 0) continue;
    if (failures.length < MOST_FAILURES_TOLD) failures.push(told(seed, await shrink(seed)));
    else failures.push(`PLEXAUBNET_TEST_SEED=${seed}: ${outcome.broken[0]}`);
  }
  return { failures, played };
}

function told(seed: number, { broken, steps }: Outcome): string {
  return `PLEXAUBNET_TEST_SEED=${seed}: ${broken.join("\n  ")}\n  after:\n    ${steps.join("\n    ")}`;
}
