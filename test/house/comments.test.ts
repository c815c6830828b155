/**
 * Keeps comments as wide as the code. `node scripts/reflow-comments.ts FOLDER…` fills again what is wider.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reflowed, WIDTH, wideComments } from "../../scripts/comment-lines.ts";
import { ROOT, sourceFiles } from "./sources.ts";

test("no comment is wider than the code may be", () => {
  const wide = ["test", "bench", "scripts"]
    .flatMap(sourceFiles)
    .flatMap(({ path, text }) => wideComments(text).map((line) => `${path}:${line}`));
  expect(wide).toEqual([]);
});

test("the width is that of the formatter", () => {
  const config = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  expect(config.formatter.lineWidth).toBe(WIDTH);
});

const long = Array(30).fill("words").join(" ");

test.each([
  ["a block of one line", `/** ${long} */\nconst a = 1;`],
  ["a block within code", `function f() {\n  /** ${long} */\n  return 1;\n}`],
  ["lines", `  // ${long}\n  // ${long}\n  f();`],
  ["an item of a list", `/**\n * Some:\n *\n * - ${long}\n * - next\n *\n * @param a ${long}\n */`],
])("%s is filled: no word is lost, and a second time nothing changes", (_, text) => {
  const words = (from: string) => from.split(/[\s/*]+/).join(" ");
  const fresh = reflowed(text);
  expect(wideComments(fresh)).toEqual([]);
  expect(words(fresh).trim()).toBe(words(text).trim());
  expect(reflowed(fresh)).toBe(fresh);
});

test("items of a list hang, paragraphs and code are apart", () => {
  const text = `/**\n * ${long}\n *\n * - ${long}\n *\n * \`\`\`\n *   as it is\n * \`\`\`\n */`;
  const lines = reflowed(text).split("\n");
  expect(lines.filter((line) => line.startsWith(" *   words"))).toHaveLength(1);
  expect(lines.filter((line) => line === " *")).toHaveLength(2);
  expect(lines).toContain(" *   as it is");
});

test("code, and what cannot be broken, stays as it is", () => {
  const url = `https://example.com/${"x".repeat(120)}`;
  for (const text of [`/** ${url} */`, `const a = "${long}"; // ${long}`, `/** short */\n// short`]) {
    expect(wideComments(text)).toEqual([]);
    expect(reflowed(text)).toBe(text);
  }
});
