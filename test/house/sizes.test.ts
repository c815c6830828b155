/** Keeps files and functions small enough to be read in one go (`docs/architecture.md#size`). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodes, ROOT, sourceFiles } from "./sources.ts";

const MOST_FILE_LINES = 400;
const MOST_FUNCTION_LINES = 60;

test("no source file is longer than 400 lines", { timeout: 60_000 }, () => {
  const long = ["src", "test", "bench", "scripts"]
    .flatMap(sourceFiles)
    .map((file) => ({ path: file.path, lines: file.text.split("\n").length - 1 }))
    .filter((file) => file.lines > MOST_FILE_LINES);
  expect(long).toEqual([]);
});

test("no function is longer than 60 lines", { timeout: 60_000 }, () => {
  const long: string[] = [];
  for (const file of sourceFiles("src")) {
    if (file.path.endsWith(".test.ts")) continue;
    for (const node of nodes(file.program)) {
      if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) continue;
      const body = file.text.slice(node.start as number, node.end as number);
      const lines = body.split("\n").filter((line) => line.trim() !== "").length;
      if (lines > MOST_FUNCTION_LINES + 2) long.push(`${file.path}: ${lines} lines at ${body.slice(0, 60)}`);
    }
  }
  expect(long).toEqual([]);
});

test("the linter keeps the same bounds", () => {
  const config = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  const { complexity, style } = config.linter.rules;
  expect(complexity.noExcessiveLinesPerFunction.options.maxLines).toBe(MOST_FUNCTION_LINES);
  expect(style.noExcessiveLinesPerFile.options.maxLines).toBe(MOST_FILE_LINES);
});
