/**
 * `node test/contract/answers/import.ts RECORDING` makes the files `*.jsonl` here from a recording of a real
 * kube-apiserver: without its sentences, since our own words are ours, and a file for each kind of scenario.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutSentences } from "./compare.ts";
import { abridge, type Scenario, type Step } from "./scenario.ts";

/** File → how the names of its scenarios begin. What begins otherwise is an error. */
const FILES: Readonly<Record<string, RegExp>> = {
  metadata: /^create: (name|label|annotation|finalizers|ownerReferences|generateName|no name)/,
  creates: /^create: /,
  bodies: /^(body|accept): |^forms$|^40\ds$/,
  "core-kinds": /^(Secret|ConfigMap|Lease|Namespace): |^ServiceAccount$/,
  services: /^Service: /,
  events: /^(Event|events.k8s.io): /,
  lists: /^list: /,
  patches: /^(json |merge-|strategic-|json-)?patch|^strategic-|^strategic: /,
  applies: /^apply: /,
  deletes: /^delete: /,
  definitions: /^CRD: /,
  "custom-resources": /^CR: /,
  access: /^RBAC: |^access |^no credentials$/,
  webhooks: /^webhook configuration: /,
};

const [recording] = process.argv.slice(2);
if (recording === undefined) throw new Error("Name the file of the recording");
const files = new Map<string, string[]>();
for (const line of readFileSync(recording, "utf8").trimEnd().split("\n")) {
  const scenario = JSON.parse(line) as Scenario;
  const [file] = Object.entries(FILES).find(([, names]) => names.test(scenario.name)) ?? [];
  if (file === undefined) throw new Error(`No file takes the scenario ${JSON.stringify(scenario.name)}`);
  const { name, steps } = scenario;
  const lines = files.get(file) ?? [];
  lines.push(JSON.stringify(abridge({ name, steps: steps.map(importStep) })));
  files.set(file, lines);
}
for (const [file, lines] of files) {
  writeFileSync(join(import.meta.dirname, `${file}.jsonl`), `${lines.join("\n")}\n`);
}

function importStep({ answer, ...step }: Step): Step {
  const { status, type, body } = answer;
  return { ...step, answer: { status, type, body: withoutSentences(body) } };
}
