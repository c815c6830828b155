/**
 * What `npm run test:contract -- --answers` runs:
 *
 *   --differences print each step that is answered otherwise, unless that is intended --only TEXT only the
 *   scenarios with this in their name --update write known-differences.txt again (embedded server only)
 *
 * With a context (CONTRACT_CONTEXT, see `../run.ts`) the scenarios are played against that cluster, as the
 * user that the context names: that has to be a member of system:masters. Fails when the answers differ from
 * what is known, or, on a cluster of one's own, at all.
 */
import { parseArgs } from "node:util";
import { clusterConfigFor, loadKubeconfig } from "../../../src/client/index.ts";
import { createWire } from "../wire.ts";
import { startEmbedded } from "./embedded.ts";
import { knownLines, linesOf, scoreOf, withoutMeant, writeKnownLines } from "./known.ts";
import { replay } from "./replay.ts";
import { recordedScenarios } from "./scenario.ts";
import { show } from "./show.ts";

const { values } = parseArgs({
  options: {
    differences: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    update: { type: "boolean", default: false },
  },
});
const context = process.env.CONTRACT_CONTEXT;
const embedded = context === undefined ? await startEmbedded() : undefined;
const config = embedded?.config ?? clusterConfigFor(loadKubeconfig(), context);
const wire = createWire(config);
const scenarios = recordedScenarios(values.only);
const played = await replay(scenarios, { wire, hurried: embedded !== undefined });
await wire.close();
await embedded?.stop();

const unmeant = embedded === undefined ? played : withoutMeant(played);
if (values.differences) {
  for (const each of unmeant) if (each.difference !== undefined) console.log(`${show(each)}\n`);
}
console.log(scoreOf(played));
if (embedded !== undefined) console.log(`Without what is meant, ${scoreOf(unmeant)}`);
const lines = linesOf(unmeant);
if (values.update) {
  if (embedded === undefined || values.only !== "")
    throw new Error("--update takes the embedded server and all scenarios");
  writeKnownLines(lines);
} else {
  const names = new Set(scenarios.map(({ name }) => name));
  const known = embedded === undefined ? [] : knownLines().filter((line) => names.has(scenarioOf(line)));
  for (const line of lines) if (!known.includes(line)) console.log(`new:    ${line}`);
  for (const line of known) if (!lines.includes(line)) console.log(`mended: ${line}`);
  process.exitCode = lines.join() === known.join() ? 0 : 1;
}

function scenarioOf(line: string): string {
  return line.slice(0, line.lastIndexOf(": "));
}
