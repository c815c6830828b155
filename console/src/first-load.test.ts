/** What a browser reads before it shows something: the page is built in memory for it. */
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";

/** Of compressed script. */
const MOST_BYTES = 250_000;

const root = `${import.meta.dirname}/..`;

async function builtFiles(): Promise<Rolldown.RolldownOutput["output"]> {
  const result = await build({
    root,
    configFile: `${root}/vite.config.ts`,
    logLevel: "silent",
    build: { write: false },
  });
  const [output] = [result].flat();
  if (output === undefined || !("output" in output)) throw new Error("Vite watches, and builds nothing");
  return output.output;
}

/** The script of the page, that of the map, and all that they import. */
function firstLoad(files: Rolldown.RolldownOutput["output"]): ReadonlySet<Rolldown.OutputChunk> {
  const chunks = files.filter((file) => file.type === "chunk");
  const found = new Set<Rolldown.OutputChunk>();
  const add = (chunk: Rolldown.OutputChunk | undefined) => {
    if (chunk === undefined || found.has(chunk)) return;
    found.add(chunk);
    for (const name of chunk.imports) add(chunks.find(({ fileName }) => fileName === name));
  };
  for (const chunk of chunks) if (chunk.isEntry || /map-page/.test(chunk.fileName)) add(chunk);
  return found;
}

test("CN-01 the page and the map are at most 250 kB of compressed script", async () => {
  const chunks = [...firstLoad(await builtFiles())];
  const bytes = chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
  expect(chunks.some(({ isEntry }) => isEntry)).toBe(true);
  expect(chunks.length).toBeGreaterThan(1);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

test("CN-08 nothing of the page needs an inline script, an inline style, or another origin", async () => {
  const files = await builtFiles();
  const page = files.find(({ fileName }) => fileName === "index.html");
  const html = page?.type === "asset" ? String(page.source) : "";
  expect(html).toContain('<div id="root">');
  expect(html.match(/<script(?![^>]*\bsrc="\/)[^>]*>/g)).toBeNull();
  expect(html.match(/<style|\sstyle=|\son[a-z]+=|https?:\/\//gi)).toBeNull();
  const styles = files.filter(({ fileName }) => fileName.endsWith(".css"));
  expect(styles.length).toBeGreaterThan(0);
  for (const style of styles) {
    expect(style.type === "asset" && String(style.source)).not.toMatch(/url\(\s*["']?(https?:|\/\/|data:)/);
  }
});
