/**
 * The command as one bundle, for the tests that start it by the hundred: a process that loads some
 * two thousand files spends most of its short life at that. `bin/plexaubnet.js` is what is started, as it is,
 * and `redirect.js` gives it the bundle in the place of `src/cli/main.ts`. `.ci/run` starts it without.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { LONG } from "../budget.ts";

const ROOT = join(import.meta.dirname, "../..");
const COMMAND = join(ROOT, "src/cli/main.ts");

export async function setup(): Promise<(() => void) | undefined> {
  if (LONG) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-command-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const bundle = await rolldown({
    input: { main: COMMAND },
    platform: "node",
    // What is native, or starts threads of its own, is found beside the sources.
    external: [/^better-sqlite3/, /^mysql2/, /^pg$/, /^pino/],
    treeshake: false,
    logLevel: "silent",
    plugins: [
      {
        name: "files-where-they-are",
        // What lies beside a source is looked for there: workers, examples, the pages of the console.
        transform: (code, id) =>
          code.includes("import.meta")
            ? code
                .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
                .replaceAll("import.meta.dirname", JSON.stringify(join(id, "..")))
            : null,
      },
    ],
  });
  await bundle.write({ dir: folder, format: "esm" });
  await bundle.close();
  const redirect = pathToFileURL(join(import.meta.dirname, "redirect.js"));
  redirect.searchParams.set("from", pathToFileURL(COMMAND).href);
  redirect.searchParams.set("to", pathToFileURL(join(folder, "main.js")).href);
  process.env.PLEXAUBNET_TEST_REDIRECT = redirect.href;
  return () => rmSync(folder, { recursive: true, force: true });
}
