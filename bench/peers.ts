/**
 * `npm run bench -- peers`: what npm has for the same jobs, in turn in one run: packages for addresses, the
 * client of `@kubernetes/client-node` and its informer.
 */
import { measureAddresses } from "./peers/addresses.ts";
import { measureInformers } from "./peers/informers.ts";
import type { BenchReport } from "./report.ts";
import { measureClient } from "./runtime/client.ts";

export async function run(): Promise<BenchReport> {
  const parts = [measureAddresses(), await measureClient(), await measureInformers()];
  return {
    suite: "peers",
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    targets: parts.flatMap(({ targets }) => targets),
  };
}
