/** The controller runtime: its client, its queue, and the whole line from the socket to the reconciler. */
import type { BenchReport } from "./report.ts";
import { measureClient } from "./runtime/client.ts";
import { measureHalfOpen } from "./runtime/half-open.ts";
import { measureLine } from "./runtime/line.ts";
import { measureQueue } from "./runtime/queue.ts";

export async function run(): Promise<BenchReport> {
  const parts = [await measureClient(), await measureQueue(), await measureLine(), await measureHalfOpen()];
  return {
    suite: "runtime",
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    targets: parts.flatMap(({ targets }) => targets),
  };
}
