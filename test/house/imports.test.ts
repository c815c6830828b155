/** Keeps the table `docs/architecture.md#who-may-import-whom`, and the absence of cycles. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { type Import, importsOf, ROOT, sourceFiles } from "./sources.ts";

const ALL = ["*"];

/** Folder below `src/` → the folders it may import. Its own is always allowed. */
const MAY_IMPORT = readTable();

function readTable(): Readonly<Record<string, readonly string[]>> {
  const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  const [, section = ""] = page.split("## Who may import whom");
  const rows = [...section.matchAll(/^\| ([a-z/]+) \| ?([^|]*?) ?\|$/gm)];
  return Object.fromEntries(
    rows
      .filter(([, folder]) => folder !== "folder")
      .map(([, folder = "", allowed = ""]) => [
        folder,
        allowed === "*" ? ALL : allowed.split(", ").filter((name) => name !== ""),
      ]),
  );
}

/** Imports of types that close a circle and are still to be undone. */
const IN_A_CIRCLE_STILL: ReadonlySet<string> = new Set([]);

/** The three of `src/balancers/` are rooms of their own. */
function roomOf(path: string): string | undefined {
  return /^src\/(balancers\/[^/]+|[^/]+)\//.exec(path)?.[1];
}

function targetOf({ from, specifier }: Import): string | undefined {
  return specifier.startsWith(".") ? join(dirname(from), specifier) : undefined;
}

const files = sourceFiles("src");

test("each folder below src/ stands in the import table", () => {
  const rooms = new Set(files.map((file) => roomOf(file.path)));
  expect(rooms.size).toBe(Object.keys(MAY_IMPORT).length);
  for (const room of rooms) expect(Object.keys(MAY_IMPORT)).toContain(room);
});

test("no folder imports what the table does not allow it", () => {
  const offences: string[] = [];
  for (const found of files.flatMap(importsOf)) {
    const target = targetOf(found);
    if (target === undefined) continue;
    const from = roomOf(found.from) ?? "";
    const to = roomOf(target);
    const allowed = MAY_IMPORT[from] ?? [];
    if (to === from || allowed === ALL) continue;
    if (to === undefined || !allowed.includes(to)) offences.push(`${found.from} imports ${target}`);
  }
  expect(offences).toEqual([]);
});

test("the table allows nothing that no file needs", () => {
  const used = new Map<string, Set<string>>();
  for (const found of files.filter(({ path }) => !path.endsWith(".test.ts")).flatMap(importsOf)) {
    const target = targetOf(found);
    const [from = "", to = ""] = [roomOf(found.from), target === undefined ? "" : roomOf(target)];
    if (target === undefined) continue;
    used.set(from, (used.get(from) ?? new Set()).add(to));
  }
  const unneeded = Object.entries(MAY_IMPORT).flatMap(([from, allowed]) =>
    allowed.filter((to) => to !== "*" && !used.get(from)?.has(to)).map((to) => `${from}: ${to}`),
  );
  expect(unneeded).toEqual([]);
});

/** Below `src/cli/`: a folder with all that is in it, or a file at its root. */
function commandRoomOf(path: string): string {
  return path.split("/")[2] ?? path;
}

test("the rooms of the commands make no circle", () => {
  const rooms = new Map<string, Set<string>>();
  for (const found of files.filter(({ path }) => path.startsWith("src/cli/")).flatMap(importsOf)) {
    const target = targetOf(found);
    if (target === undefined || !target.startsWith("src/cli/") || found.from.endsWith(".test.ts")) continue;
    const [from, to] = [commandRoomOf(found.from), commandRoomOf(target)];
    if (from !== to) rooms.set(from, (rooms.get(from) ?? new Set()).add(to));
  }
  expect(rooms.size).toBeGreaterThan(10);
  expect(circlesIn(rooms)).toEqual([]);
});

test("the operator is known to the commands and the console alone", () => {
  const offenders = files
    .flatMap(importsOf)
    .filter((found) => roomOf(targetOf(found) ?? "") === "operator")
    .map((found) => roomOf(found.from));
  expect(new Set(offenders).difference(new Set(["operator", "cli", "console"]))).toEqual(new Set());
});

test("imports make no cycle, those of types included", () => {
  const graph = new Map<string, string[]>();
  for (const file of files) {
    graph.set(
      file.path,
      importsOf(file)
        .map(targetOf)
        .filter((path) => path !== undefined)
        .filter((path) => !IN_A_CIRCLE_STILL.has(`${file.path} → ${path}`)),
    );
  }
  expect(circlesIn(graph)).toEqual([]);
});

function circlesIn(graph: ReadonlyMap<string, Iterable<string>>): readonly string[] {
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    state.set(path, "open");
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of graph.keys()) visit(path, []);
  return circles;
}

test("only the tests use the libraries that serve as oracles", () => {
  const oracles = /^(ip-address|cidr-tools|rfc6902|@kubernetes\/client-node|fast-check|vitest)(\/|$)/;
  const offences = files
    .filter((file) => !file.path.endsWith(".test.ts") && !file.path.includes("/testing/"))
    .flatMap(importsOf)
    .filter((found) => oracles.test(found.specifier))
    .map((found) => `${found.from} imports ${found.specifier}`);
  expect(offences).toEqual([]);
});
