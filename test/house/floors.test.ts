/** Keeps the table `docs/architecture.md#the-floors-of-the-operator`. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { importsOf, parsed, ROOT, type SourceFile, sourceFiles } from "./sources.ts";

const HOME = "src/operator/";

interface Floor {
  readonly floors: readonly string[];
  /** Folder below `src/` → the names that may be imported from it; undefined: all. The map undefined: any folder. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string> | undefined> | undefined;
}

/** A floor that is not in the table may import nothing. */
const NOWHERE: Floor = { floors: [], folders: new Map() };

const FLOORS = readTable();

function readTable(): ReadonlyMap<string, Floor> {
  const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  const [, after = ""] = page.split("## The floors of the operator");
  const [section = ""] = after.split("\n## ");
  const rows = [...section.matchAll(/^\| ([a-z]+) \|[^|]*\| ?([^|]*?) ?\| ?([^|]*?) ?\|$/gm)];
  return new Map(
    rows
      .filter(([, name]) => name !== "floor")
      .map(([, name = "", floors = "", folders = ""]) => [
        name,
        {
          floors: floors.split(", ").filter((floor) => floor !== ""),
          folders: folders === "*" ? undefined : readFolders(folders),
        },
      ]),
  );
}

function readFolders(text: string): Map<string, ReadonlySet<string> | undefined> {
  const entries = [...text.matchAll(/([a-z]+)(?: \(([^)]*)\))?/g)];
  return new Map(
    entries.map(([, folder = "", names]) => [
      folder,
      names === undefined ? undefined : new Set(names.split(", ")),
    ]),
  );
}

/** The folder, or the file at the root, that a file of the operator stands on. */
function floorOf(path: string): string | undefined {
  return path.startsWith(HOME) ? /^([a-z-]+)/.exec(path.slice(HOME.length))?.[1] : undefined;
}

/** What the file imports that the table does not allow it. */
function offencesOf(file: SourceFile): string[] {
  const own = floorOf(file.path) ?? "";
  const { floors, folders } = FLOORS.get(own) ?? NOWHERE;
  return importsOf(file).flatMap(({ specifier, names }) => {
    if (!specifier.startsWith(".")) return folders === undefined || isPure(specifier) ? [] : [specifier];
    const target = join(dirname(file.path), specifier);
    const floor = floorOf(target);
    if (floor !== undefined) return floor === own || floors.includes(floor) ? [] : [target];
    if (folders === undefined) return [];
    const folder = /^src\/([^/]+)\//.exec(target)?.[1] ?? "";
    const allowed = folders.get(folder);
    if (folders.has(folder) && allowed === undefined) return [];
    const offending = names?.filter((name) => allowed?.has(name) !== true) ?? ["*"];
    return offending.map((name) => `${name} of ${target}`);
  });
}

/** Digests depend on nothing but what is put in. */
function isPure(specifier: string): boolean {
  return specifier === "node:crypto";
}

const files = sourceFiles("src/operator").filter(
  ({ path }) => !path.endsWith(".test.ts") && !path.includes("/testing/"),
);

test("each floor of the operator stands in the table, below all that it may import", () => {
  expect(new Set(files.map(({ path }) => floorOf(path)))).toEqual(new Set(FLOORS.keys()));
  const above: string[] = [];
  for (const [name, { floors }] of FLOORS) {
    expect(above, name).toEqual(expect.arrayContaining([...floors]));
    above.push(name);
  }
});

test("no floor of the operator imports what the table does not allow it", () => {
  const offences = files.flatMap((file) => offencesOf(file).map((what) => `${file.path} imports ${what}`));
  expect(offences).toEqual([]);
});

test("the table allows no floor that is not used", () => {
  const used = new Map([...FLOORS.keys()].map((name) => [name, new Set<string>()]));
  for (const file of files)
    for (const { specifier } of importsOf(file)) {
      const floor = specifier.startsWith(".") ? floorOf(join(dirname(file.path), specifier)) : undefined;
      if (floor !== undefined) used.get(floorOf(file.path) ?? "")?.add(floor);
    }
  for (const [name, { floors }] of FLOORS)
    expect([...(used.get(name) ?? [])], name).toEqual(expect.arrayContaining([...floors]));
});

test.each([
  ["a client", `import type { KubeClient } from "../../client/index.ts";`],
  ["a cache", `import type { CacheReader } from "../../runtime/index.ts";`],
  ["the manager", `export { createManager } from "../../runtime/index.ts";`],
  ["all of the runtime", `import * as runtime from "../../runtime/index.ts";`],
  ["a type of a module", `export type Seen = import("../../runtime/index.ts").Manager;`],
  ["a clock", `import { systemClock } from "../../kernel/index.ts";`],
  ["the world", `import type { OperatorWorld } from "../view/world.ts";`],
  ["a controller", `import { claimReconciler } from "../controllers/claim.ts";`],
  ["a file", `import { readFileSync } from "node:fs";`],
])("a decision that imports %s is found", (_, text) => {
  expect(offencesOf(parsed("src/operator/decide/claim.ts", text))).toHaveLength(1);
});
