/** The guide and the reference: links lead somewhere, and every reason that a user may meet is explained. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { CLAIM_REASONS } from "../../src/api/index.ts";
import { EVENT_REASONS, GOOD_REASONS, TROUBLE_REASONS } from "../../src/operator/model/reasons.ts";
import { ROOT, sourceFiles } from "./sources.ts";

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
  // What stands in code is not a link, though a pattern may look like one.
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

test("every reason of a condition is explained, unless it is good news", () => {
  const missing = TROUBLE_REASONS.filter((reason) => !explained.has(reason.toLowerCase()));
  expect(missing).toEqual([]);
});

test("PX-08 every Event of the operator is explained", () => {
  const table = read("docs/guide/troubleshooting.md");
  expect(EVENT_REASONS.filter((reason) => !table.includes(`| \`${reason}\` |`))).toEqual([]);
});

/** A list that the compiler holds the code to may still have what is not used any more. */
test("no reason is listed that the operator's code does not have", () => {
  const home = "src/operator/model/reasons.ts";
  const texts = [...sourceFiles("src/operator"), ...sourceFiles("src/api")]
    .filter(({ path }) => path !== home && !path.endsWith(".test.ts"))
    .map(({ text }) => text)
    .join("\n");
  const reasons = new Set<string>([...GOOD_REASONS, ...TROUBLE_REASONS, ...EVENT_REASONS]);
  expect([...reasons].filter((reason) => !texts.includes(`"${reason}"`))).toEqual([]);
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
