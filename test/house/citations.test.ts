/**
 * What a comment cites can be read: the document is there, and has the section. And every page can be
 * reached.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, sourceFiles } from "./sources.ts";

/** Not a part of an address of other documentation. */
const CITATION = /(?<![\w./])docs\/[a-z0-9-]+(?:\/[a-z0-9-]+)*(?:\.md)?(?:#[a-z0-9-]+)?/g;
/** A document of which only the number is given: `docs/design/0009`. */
const DECISION = /^docs\/design\/(\d{4})$/;

const decisions = readdirSync(join(ROOT, "docs/design"));

/** As GitHub makes them. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = [...readFileSync(join(ROOT, path), "utf8").matchAll(/^#+ (.*)$/gm)];
  return new Set(
    headings.map(([, text = ""]) =>
      text
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function faultOf(citation: string): string | undefined {
  const [path = "", anchor] = citation.split("#");
  const decision = DECISION.exec(path)?.[1];
  if (decision !== undefined)
    return decisions.some((file) => file.startsWith(decision)) ? undefined : "no such decision";
  if (!existsSync(join(ROOT, path))) return "no such document";
  return anchor === undefined || anchorsOf(path).has(anchor) ? undefined : "no such section";
}

test("what comments cite is in the repository", () => {
  const faults: string[] = [];
  let cited = 0;
  for (const file of ["src", "test", "bench", "scripts"].flatMap(sourceFiles)) {
    if (file.path.startsWith("test/house/citations")) continue;
    for (const line of file.text.split("\n")) {
      if (!/^\s*(\*|\/\*\*?|\/\/)/.test(line)) continue;
      for (const [citation] of line.matchAll(CITATION)) {
        cited++;
        const fault = faultOf(citation);
        if (fault !== undefined) faults.push(`${file.path}: ${citation}: ${fault}`);
      }
    }
  }
  expect(faults).toEqual([]);
  expect(cited).toBeGreaterThan(30);
});

test("no comment cites a document by its bare name", () => {
  const bare = /(?<![\w/.-])(allocation|architecture|api|ledger|requirements|runtime)\.md/;
  const offenders = ["src", "test", "bench", "scripts"]
    .flatMap(sourceFiles)
    .filter(({ path, text }) => !path.startsWith("test/house/citations") && bare.test(text))
    .map(({ path }) => path);
  expect(offenders).toEqual([]);
});

test("docs/README.md leads to every page", () => {
  const index = readFileSync(join(ROOT, "docs/README.md"), "utf8");
  const pages = ["guide", "reference"].flatMap((folder) =>
    readdirSync(join(ROOT, "docs", folder)).map((file) => `${folder}/${file}`),
  );
  const top = readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md") && file !== "README.md");
  for (const page of [...pages, ...top])
    expect(index, `docs/README.md does not lead to ${page}`).toContain(`(${page})`);
});
