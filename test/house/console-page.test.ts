/** The page of the console runs in a browser: it takes types from the server, and nothing that runs. */
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { importsOf, nodes, sourceFiles } from "./sources.ts";

const files = sourceFiles("console/src");
const running = files.filter(({ path }) => !path.includes(".test."));
const imports = running.flatMap(importsOf);

test("CN-08 the page imports nothing of the server but the types of its answers", () => {
  const outside = imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map((found) => ({ ...found, target: join(dirname(found.from), found.specifier) }))
    .filter(({ target }) => !target.startsWith("console/src/"));
  expect(outside.length).toBeGreaterThan(0);
  for (const { from, target, typeOnly } of outside) {
    expect([from, target, typeOnly]).toEqual(["console/src/api/answers.ts", "src/console/answers.ts", true]);
  }
  expect(imports.filter(({ specifier }) => specifier.startsWith("node:"))).toEqual([]);
});

test("CN-10 the page shows text as text: no markup is made of it", () => {
  const names = running.flatMap((file) =>
    [...nodes(file.program)]
      .map((node) => (node.type === "JSXIdentifier" || node.type === "Identifier" ? node.name : undefined))
      .filter(
        (name) => typeof name === "string" && /^(dangerouslySetInnerHTML|innerHTML|outerHTML)$/.test(name),
      )
      .map((name) => `${file.path}: ${name}`),
  );
  expect(running.length).toBeGreaterThan(50);
  expect(names).toEqual([]);
});
