/**
 * Keeps the tables `docs/architecture.md#the-floors-of-the-operator` and
 * `docs/apiserver-lifecycle.md#the-folders`: a floor is a folder, or a file beside the folders.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { describe, expect, test } from "vitest";
import { importsOf, parsed, ROOT, type SourceFile, sourceFiles } from "./sources.ts";

interface Floor {
  readonly floors: readonly string[];
  /**
   * Folder below `src/` → the names that may be imported from it; undefined: all. The map undefined: any
   * folder.
   */
  readonly folders: ReadonlyMap<string, ReadonlySet<string> | undefined> | undefined;
}

/** A floor that is not in the table may import nothing. */
const NOWHERE: Floor = { floors: [], folders: new Map() };

interface House {
  readonly home: string;
  readonly floors: ReadonlyMap<string, Floor>;
  readonly files: readonly SourceFile[];
}

function readHouse(folder: string, page: string, heading: string): House {
  const files = sourceFiles(folder).filter(
    ({ path }) => !path.endsWith(".test.ts") && !path.includes("/testing/"),
  );
  return { home: `${folder}/`, floors: readTable(page, heading), files };
}

const OPERATOR = readHouse("src/operator", "docs/architecture.md", "The floors of the operator");
const API_SERVER = readHouse("src/apiserver", "docs/apiserver-lifecycle.md", "The folders");

function readTable(page: string, heading: string): ReadonlyMap<string, Floor> {
  const text = readFileSync(join(ROOT, page), "utf8");
  const [, after = ""] = text.split(`## ${heading}\n`);
  const [section = ""] = after.split("\n## ");
  const rows = [...section.matchAll(/^\| ([a-z-]+) \|[^|]*\| ?([^|]*?) ?\| ?([^|]*?) ?\|$/gm)];
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

/** The folder, or the file at the root, that a file of the house stands on. */
function floorOf({ home }: House, path: string): string | undefined {
  return path.startsWith(home) ? /^([a-z-]+)/.exec(path.slice(home.length))?.[1] : undefined;
}

/** What the file imports that the table does not allow it. */
function offencesOf(house: House, file: SourceFile): string[] {
  const own = floorOf(house, file.path) ?? "";
  const { floors, folders } = house.floors.get(own) ?? NOWHERE;
  return importsOf(file).flatMap(({ specifier, names }) => {
    if (!specifier.startsWith(".")) return folders === undefined || isPure(specifier) ? [] : [specifier];
    const target = join(dirname(file.path), specifier);
    const floor = floorOf(house, target);
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

describe.each([
  ["the operator", OPERATOR],
  ["the API server", API_SERVER],
])("the floors of %s", (_, house) => {
  const { files, floors: table } = house;

  test("each stands in the table, below all that it may import", () => {
    expect(new Set(files.map(({ path }) => floorOf(house, path)))).toEqual(new Set(table.keys()));
    const above: string[] = [];
    for (const [name, { floors }] of table) {
      expect(above, name).toEqual(expect.arrayContaining([...floors]));
      above.push(name);
    }
  });

  test("none imports what the table does not allow it", () => {
    const offences = files.flatMap((file) =>
      offencesOf(house, file).map((what) => `${file.path} imports ${what}`),
    );
    expect(offences).toEqual([]);
  });

  test("the table allows none that is not used", () => {
    const used = new Map([...table.keys()].map((name) => [name, new Set<string>()]));
    for (const file of files)
      for (const { specifier } of importsOf(file)) {
        const target = specifier.startsWith(".") ? join(dirname(file.path), specifier) : "";
        const floor = floorOf(house, target);
        if (floor !== undefined) used.get(floorOf(house, file.path) ?? "")?.add(floor);
      }
    for (const [name, { floors }] of table)
      expect([...(used.get(name) ?? [])], name).toEqual(expect.arrayContaining([...floors]));
  });
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
  expect(offencesOf(OPERATOR, parsed("src/operator/decide/claim.ts", text))).toHaveLength(1);
});
