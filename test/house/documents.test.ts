/** Documents promise commands; these tests hold them to it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./sources.ts";

/**
 * Run by CI before anything else, or by a test of their own, or not without changing the tree, which no test
 * does.
 */
const PROVEN_ELSEWHERE = new Set([
  "npm ci",
  "npm test",
  "npm start",
  "npm run test:unit",
  "npm run fix",
  "npm run check",
  "npm run generate",
]);

/** A benchmark takes minutes and shows nothing on a busy machine: only that it is there is asked. */
function isMeasured(command: string): boolean {
  return command.startsWith("npm run bench") && !command.endsWith("--list");
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The lines of all `sh` blocks. */
function commandsOf(document: string): string[] {
  return [...document.matchAll(/```sh\n(.*?)```/gs)].flatMap((block) => (block[1] ?? "").trim().split("\n"));
}

const contributing = read("CONTRIBUTING.md");
const scripts = JSON.parse(read("package.json")).scripts as Record<string, string>;

test("every npm script that a document names exists", () => {
  for (const document of ["README.md", "CONTRIBUTING.md"]) {
    for (const [, script] of read(document).matchAll(/npm run ([a-z][a-z:-]*)/g)) {
      expect(Object.keys(scripts), `${document} names npm run ${script}`).toContain(script);
    }
  }
});

test("every file that a document links to exists", () => {
  for (const document of ["README.md", "CONTRIBUTING.md"]) {
    for (const [, target = ""] of read(document).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      expect(existsSync(join(ROOT, dirname(document), target)), `${document} links to ${target}`).toBe(true);
    }
  }
});

test("every test file that CONTRIBUTING.md names exists", () => {
  for (const [, file = ""] of contributing.matchAll(/npx vitest run (\S+?)`/g)) {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
  }
});

test.each(
  commandsOf(contributing).filter((command) => !PROVEN_ELSEWHERE.has(command) && !isMeasured(command)),
)("CONTRIBUTING.md: `%s` works", (command) => {
  const [program = "", ...args] = command.split(" ");
  execFileSync(program, args, { cwd: ROOT, stdio: "pipe" });
}, 240_000);

test("what writes the generated files is what CI compares them with", () => {
  expect(scripts["check:generated"]).toBe(`${scripts.generate} --check`);
});

test("the README's two commands are the ones that CI and the end-to-end tests run", () => {
  const commands = commandsOf(read("README.md"));
  expect(commands).toContain("npm ci && npm start");
  expect(commands).toContain("npm ci && npm test");
  const ci = read(".ci/run");
  expect(ci).toContain("npm ci");
  expect(ci).toContain("npm test");
  expect(ci).toContain("npm run check");
});
