/** The guide and the reference: links lead somewhere, and every reason that a user may meet is explained. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { CLAIM_REASONS } from "../../src/api/index.ts";
import { type Node, nodes, ROOT, sourceFiles } from "./sources.ts";

const FOLDERS = ["docs", "docs/guide", "docs/reference"];
const PAGES = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);

function read(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(page: string): Set<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test.each(PAGES)("the links of %s lead somewhere", (page) => {
  // What stands in code is no link, though a pattern may look like one.
  const text = read(page).replaceAll(/`[^`\n]*`/g, "");
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, file)), `${page} links to ${target}`).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file), `${page} links to ${target}`).toContain(anchor);
  }
});

const explained = anchorsOf("docs/guide/troubleshooting.md");

test("every reason of a claim is explained", () => {
  for (const reason of CLAIM_REASONS) expect(explained).toContain(reason.toLowerCase());
});

test("every reason that the operator's code writes into a condition is explained, if it is no good news", () => {
  const good = new Set(["Ready", "Bound", "Allocated", "FreeBlocks", "Consistent", "Revived"]);
  const reasons = new Set<string>();
  for (const { path, text } of sourceFiles("src/operator")) {
    if (!/\/operator\/(decide|model)\//.test(path) || path.endsWith(".test.ts")) continue;
    for (const [, reason = ""] of text.matchAll(/reason: "([A-Z]\w+)"/g)) reasons.add(reason);
    for (const [, reason = ""] of text.matchAll(/\b(?:notReady|no)\("([A-Z]\w+)"/g)) reasons.add(reason);
    for (const [, reason = ""] of text.matchAll(/\bblock\(\s*snapshot,\s*"([A-Z]\w+)"/g)) reasons.add(reason);
  }
  expect(reasons.size).toBeGreaterThan(15);
  const missing = [...reasons].filter((reason) => !good.has(reason) && !explained.has(reason.toLowerCase()));
  expect(missing).toEqual([]);
});

/** The reasons of Events: what is emitted by name, and what a table of them says. */
function eventReasons(): ReadonlySet<string> {
  const reasons = new Set<unknown>();
  for (const { path, program } of sourceFiles("src/operator")) {
    if (path.endsWith(".test.ts")) continue;
    for (const node of nodes(program)) {
      const callee = node.callee as Node | undefined;
      if (node.type === "CallExpression" && callee?.name === "emit")
        reasons.add((node.arguments as readonly Node[])[2]?.value);
      const isTable =
        node.type === "VariableDeclarator" && (node.id as Node).name === "WARNING_EVENTS" && node.init;
      for (const { type, value } of isTable ? nodes(node.init) : [])
        if (type === "Property") reasons.add((value as Node).value);
      if (node.type === "Property" && (node.key as Node).name === "regarding")
        for (const { key, value } of fieldsBeside(program, node))
          if (key.name === "reason") reasons.add(value.value);
    }
  }
  return new Set([...reasons].filter((reason) => typeof reason === "string"));
}

function fieldsBeside(program: Node, field: Node): { readonly key: Node; readonly value: Node }[] {
  const object = [...nodes(program)].find((node) => (node.properties as Node[] | undefined)?.includes(field));
  return (object?.properties as { key: Node; value: Node }[] | undefined) ?? [];
}

test("PX-08 every Event of the operator is explained", () => {
  const told = eventReasons();
  expect(told).toContain("AccountingRepaired");
  expect(told.size).toBeGreaterThan(10);
  const table = read("docs/guide/troubleshooting.md");
  expect([...told].filter((reason) => !table.includes(`| \`${reason}\` |`))).toEqual([]);
});

test("each page of the guide that drives `plexaubnet up` is run by a test", () => {
  const folder = join(ROOT, "test/e2e");
  const tests = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  for (const page of readdirSync(join(ROOT, "docs/guide"))) {
    if (!read(join("docs/guide", page)).includes("export KUBECONFIG=$PWD/.plexaubnet/kubeconfig")) continue;
    expect(
      tests.some((text) => text.includes(page)),
      page,
    ).toBe(true);
  }
});
