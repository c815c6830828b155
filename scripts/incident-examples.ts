/**
 * `node scripts/incident-examples.ts [--ledger URL] [--only NAME] [--print]`: plays incidents and writes
 * their analyses to `docs/examples/`. Without `--ledger` each has an SQLite database of its own; the database
 * that is named must be empty.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { documentOf, toHtml, toMarkdown } from "../src/balancers/incidents/index.ts";
import { parseConnectionString } from "../src/balancers/ledger/index.ts";
import { SCENARIOS, type Scenario } from "./incident-examples/scenarios.ts";
import { Stage } from "./incident-examples/stage.ts";

const FOLDER = join(import.meta.dirname, "../docs/examples");

const { values } = parseArgs({
  options: {
    ledger: { type: "string" },
    only: { type: "string" },
    print: { type: "boolean", default: false },
  },
});

/** File → content. */
async function documentsOf({ name, play }: Scenario, seed: number): Promise<ReadonlyMap<string, string>> {
  const target = parseConnectionString(values.ledger ?? "sqlite::memory:");
  if (!target.ok) throw new Error(target.error);
  const stage = await Stage.open(seed, target.value);
  try {
    await play(stage);
    const incidents = await stage.incidents();
    const files = new Map<string, string>();
    for (const [at, incident] of incidents.entries()) {
      const base = incidents.length === 1 ? name : `${name}-${at + 1}`;
      const document = documentOf(incident);
      files.set(`${base}.md`, toMarkdown(document));
      files.set(`${base}.customer.md`, toMarkdown(document, "customer"));
      if (seed === 1) files.set(`${base}.html`, toHtml(document));
    }
    return files;
  } finally {
    await stage.close();
  }
}

const all = new Map<string, ReadonlyMap<string, string>>();
for (const [at, scenario] of SCENARIOS.entries()) {
  if (values.only !== undefined && !scenario.name.startsWith(values.only)) continue;
  const files = await documentsOf(scenario, at + 1);
  all.set(scenario.title, files);
  if (values.print) for (const text of files.values()) console.log(text);
}
if (!values.print) {
  mkdirSync(FOLDER, { recursive: true });
  if (values.only === undefined) for (const file of readdirSync(FOLDER)) rmSync(join(FOLDER, file));
  for (const files of all.values()) for (const [file, text] of files) writeFileSync(join(FOLDER, file), text);
  if (values.only === undefined) writeFileSync(join(FOLDER, "README.md"), readme());
}

function readme(): string {
  const lines = [...all].map(([title, files]) => {
    const links = [...files.keys()].map((file) => `[${file}](${file})`);
    return `- ${title}: ${links.join(", ")}`;
  });
  return `# Examples of analyses

Written by \`node scripts/incident-examples.ts\`, which plays each incident: objects through the embedded API server,
comparisons, repairs, a ledger in SQLite, and a clock that the script advances. The names are made up, the sentences
are not: they are what \`plexaubnet rca show\` prints, and with \`--edition customer\`.

${lines.join("\n")}
`;
}
