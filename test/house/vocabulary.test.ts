/**
 * The words of the Kubernetes documentation: the style table of CONTRIBUTING.md lists what is not written,
 * and this test looks for it in pages, in string literals, and in comments. Of tests and benchmarks the
 * titles and comments are read: their other literals are input, and hold what users write.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Node, nodes, ROOT, type SourceFile, sourceFiles } from "./sources.ts";

/** Generated from sources that are read here, or by programs. */
const GENERATED = new Set(
  ["api", "cli", "embedded-api", "metrics", "rbac", "requirements"].map(
    (page) => `docs/reference/${page}.md`,
  ),
);
/** Pages that are not rewritten yet. */
const PAGES_NOT_YET: readonly string[] = [];
/** Folders and files of `src/` and `scripts/` whose string literals are not rewritten yet. */
const LITERALS_NOT_YET: readonly string[] = [];
/** The same for comments. */
const COMMENTS_NOT_YET: readonly string[] = [];

const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
const TABLE = /\| write \| do not write \|\n\|---\|---\|\n((?:\|.*\n?)+)/;
const rows = (TABLE.exec(contributing)?.[1] ?? "").trim().split("\n");
const words = rows.flatMap((row) =>
  [...(row.split("|")[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word),
);

/** "There is no pool" and "is no longer" are English; "is no port" is not. */
const ALLOWED_BEFORE = "(?<!\\b(?:there|here|which|that) )";
const ALLOWED_AFTER = "(?! (?:longer|more|less|later|other|one|such|need|room|way|reason|use)\\b)";

function patternOf(word: string): string {
  const text = word.replaceAll(" ", "\\s+");
  return /^(is|are) no$/.test(word) ? `${ALLOWED_BEFORE}\\b${text}\\b${ALLOWED_AFTER}` : `\\b${text}\\b`;
}

const UNWANTED = new RegExp(words.map(patternOf).join("|"), "gi");

/** The target of a link is a name, not prose. */
function foundIn(text: string): string[] {
  return [...text.replaceAll(/\]\([^)]*\)/g, "]").matchAll(UNWANTED)].map(([word]) =>
    word.replaceAll(/\s+/g, " "),
  );
}

/** Without commands and their output, and the table itself. */
function proseOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8")
    .replace(TABLE, "")
    .replaceAll(/```.*?```/gs, "");
}

function pages(): string[] {
  const folders = ["docs", "docs/guide", "docs/design", "docs/reference"].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
  );
  return ["README.md", "CONTRIBUTING.md", ...folders].filter(
    (page) => page.endsWith(".md") && !GENERATED.has(page) && !PAGES_NOT_YET.includes(page),
  );
}

function commentsOf({ text }: SourceFile): string {
  const comments = text.matchAll(/^[ \t]*\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm);
  return [...comments].map(([comment]) => comment.replaceAll(/^\s*(\/\/|\*|\/\*\*?)/gm, " ")).join("\n");
}

function literalsOf(file: SourceFile): string {
  const found: string[] = [];
  for (const node of nodes(file.program)) {
    const isText = node.type === "Literal" || node.type === "JSXText";
    if (isText && typeof node.value === "string") found.push(node.value);
    if (node.type === "TemplateElement") found.push((node.value as { cooked?: string }).cooked ?? "");
  }
  return found.join("\n·\n");
}

/** The first arguments of `test(…)`, `test.each(…)(…)`, `describe.skipIf(…)(…)` and the like. */
function titlesOf(file: SourceFile): string {
  const found: string[] = [];
  for (const node of nodes(file.program)) {
    if (node.type !== "CallExpression" || !/^(?:test|describe|it)/.test(nameOfCalled(node))) continue;
    const [title] = node.arguments as readonly Node[];
    if (title?.type === "Literal" && typeof title.value === "string") found.push(title.value);
    if (title?.type === "TemplateLiteral")
      for (const { value } of title.quasis as readonly { readonly value: { readonly cooked?: string } }[])
        found.push(value.cooked ?? "");
  }
  return found.join("\n·\n");
}

/** `test` of `test.skipIf(isSlow).each(rows)`. */
function nameOfCalled(node: Node): string {
  const inner = (node.callee ?? node.object ?? node.tag) as Node | undefined;
  return inner === undefined ? String(node.name ?? "") : nameOfCalled(inner);
}

const isOfTests = ({ path }: SourceFile) =>
  !/^(?:src|scripts|console\/src)\//.test(path) || /\.test\.tsx?$|\/testing\//.test(path);
const all = ["src", "scripts", "console/src", "test", "bench", "examples"].flatMap(sourceFiles);
const sources = all.filter((file) => !isOfTests(file));
/** Without this file, which has such words as examples. */
const tests = all.filter((file) => isOfTests(file) && !file.path.endsWith("house/vocabulary.test.ts"));

function within(path: string, rooms: readonly string[]): boolean {
  return rooms.some((room) => path === room || path.startsWith(`${room}/`));
}

/** `path: word, word` for each source outside of `rooms` that has unwanted words. */
function findingsIn(
  rooms: readonly string[],
  textOf: (file: SourceFile) => string,
  files: readonly SourceFile[] = sources,
): string[] {
  return files
    .filter(({ path }) => !within(path, rooms))
    .map((file) => ({ path: file.path, found: foundIn(textOf(file)) }))
    .filter(({ found }) => found.length > 0)
    .map(({ path, found }) => `${path}: ${found.join(", ")}`);
}

/** A room that has become clean, or is gone. */
function finishedRooms(rooms: readonly string[], textOf: (file: SourceFile) => string): string[] {
  return rooms.filter((room) =>
    sources.filter(({ path }) => within(path, [room])).every((file) => foundIn(textOf(file)).length === 0),
  );
}

test("the table is read, and what it lists is found", () => {
  expect(words.length).toBeGreaterThan(40);
  for (const word of words) expect(foundIn(`the claim ${word} nothing`), word).toEqual([word]);
  expect(foundIn("there is no pool, and it is no longer a wishbone")).toEqual([]);
});

test.each(pages())("%s uses the words of the Kubernetes documentation", (page) => {
  expect(foundIn(proseOf(page))).toEqual([]);
});

test("messages use the words of the Kubernetes documentation", () => {
  expect(findingsIn(LITERALS_NOT_YET, literalsOf)).toEqual([]);
  expect(finishedRooms(LITERALS_NOT_YET, literalsOf), "take them off LITERALS_NOT_YET").toEqual([]);
});

test("comments use the words of the Kubernetes documentation", () => {
  expect(findingsIn(COMMENTS_NOT_YET, commentsOf)).toEqual([]);
  expect(finishedRooms(COMMENTS_NOT_YET, commentsOf), "take them off COMMENTS_NOT_YET").toEqual([]);
});

test("titles and comments of tests and benchmarks use the words of the Kubernetes documentation", () => {
  expect(tests.length).toBeGreaterThan(400);
  expect(tests.map(titlesOf).filter((titles) => titles !== "").length).toBeGreaterThan(300);
  expect(findingsIn([], titlesOf, tests)).toEqual([]);
  expect(findingsIn([], commentsOf, tests)).toEqual([]);
});
