/** The queue alone: what one key costs on its way through, and whether that grows with the number of keys. */
import { systemClock } from "../../src/kernel/index.ts";
import { type Request, request } from "../../src/runtime/index.ts";
import { WorkQueue } from "../../src/runtime/queue/index.ts";
import { type BenchReport, median, ratioTarget } from "../report.ts";

const ROUNDS = 9;

export async function measureQueue(): Promise<Pick<BenchReport, "figures" | "targets">> {
  const thousand = makeRequests(1_000);
  const hundredThousand = makeRequests(100_000);
  const cycles: number[] = [];
  const collapses: number[] = [];
  const growth: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const short = await cycle(thousand, 100);
    const long = await cycle(hundredThousand, 1);
    cycles.push(short);
    growth.push(long / short);
    collapses.push(collapse(thousand));
  }
  const growthFactor = median(growth);
  return {
    figures: {
      "queue.cycle": { value: median(cycles) * 1000, unit: "µs an add, get and done of 1,000 keys" },
      "queue.collapse": { value: median(collapses), unit: "ms for 100,000 adds of 1,000 keys" },
    },
    targets: [ratioTarget("queue: cost a key, 100,000 keys over 1,000", growthFactor, "<=", 4)],
  };
}

function makeRequests(count: number): Request[] {
  return Array.from({ length: count }, (_, n) => request("demo", `pool-${n}`) as Request);
}

/** Adds all, takes all, ends all, `times` over. Milliseconds a key. */
async function cycle(requests: readonly Request[], times: number): Promise<number> {
  const queue = new WorkQueue({ clock: systemClock });
  const startedMs = systemClock.monotonicMs();
  for (let time = 0; time < times; time++) {
    for (const found of requests) queue.add(found);
    for (let left = requests.length; left > 0; left--) {
      const found = await queue.get();
      if (found !== undefined) queue.done(found);
    }
  }
  return (systemClock.monotonicMs() - startedMs) / (requests.length * times);
}

/** Milliseconds for a hundred adds of each key. */
function collapse(requests: readonly Request[]): number {
  const queue = new WorkQueue({ clock: systemClock });
  const startedMs = systemClock.monotonicMs();
  for (let time = 0; time < 100; time++) for (const found of requests) queue.add(found);
  const tookMs = systemClock.monotonicMs() - startedMs;
  if (queue.length !== requests.length) throw new Error(`${queue.length} keys in the queue`);
  return tookMs;
}
