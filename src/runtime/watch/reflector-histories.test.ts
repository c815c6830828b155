/**
 * Random histories against an API that breaks all the time: whatever happens, the sink sees each change once and in
 * order between two lists, never goes back, and in the end holds what there is.
 */
import { expect, test } from "vitest";
import { drainMicrotasks, randomBelow, seededRandom } from "../../kernel/index.ts";
import { FaultyApi } from "./testing/faulty-api.ts";
import { ReflectorFixture } from "./testing/reflector-fixture.ts";

const HISTORIES = 150;
const STEPS = 60;

/** The revision of a recorded line: `= 5 a,b` → 5, `+ a@6` → 6, `. 9` → 9. */
function revisionOf(line: string): number {
  return Number(
    /^= (\d+)|^\. (\d+)|@(\d+)$/
      .exec(line)
      ?.slice(1)
      .find((each) => each !== undefined),
  );
}

/** Throws unless the lines are what one may see of this history. */
function checkLines(lines: readonly string[], api: FaultyApi): void {
  let last = 0;
  for (const line of lines) {
    const revision = revisionOf(line);
    if (!line.startsWith("=") && !line.startsWith(".")) {
      const missed = api.history.filter((change) => change.revision > last && change.revision < revision);
      expect(missed, `missed before ${line}`).toEqual([]);
      expect(revision, `repeated: ${line}`).toBeGreaterThan(last);
    }
    expect(revision, `went back: ${line}`).toBeGreaterThanOrEqual(last);
    last = revision;
  }
}

async function runHistory(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const api = new FaultyApi(random);
  const fixture = new ReflectorFixture(api.client, { pageSize: 2, idleTimeoutMs: 30_000 });
  const { sink, clock } = fixture;
  for (let step = 0; step < STEPS; step++) {
    if (random.next() < 0.7) api.change();
    if (random.next() < 0.05) api.compact();
    await clock.advanceAsync(randomBelow(random, 4_000));
  }
  api.faulty = false;
  for (let i = 0; i < 10; i++) await clock.advanceAsync(30_000);
  api.change();
  await drainMicrotasks();
  const held = [...sink.objects].map(([name, object]) => [name, object.metadata.resourceVersion]).sort();
  await fixture.stop();
  checkLines(sink.lines, api);
  expect(Object.fromEntries(held)).toEqual(api.state());
}

test(`PX-09 ${HISTORIES} random histories lose nothing, repeat nothing and end in the truth`, async () => {
  for (let seed = 1; seed <= HISTORIES; seed++) {
    await runHistory(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    });
  }
});
