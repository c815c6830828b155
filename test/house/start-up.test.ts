/** What a command loads before it knows which command it is: `--version` and a usage error wait for that. */
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { type Node, type SourceFile, sourceFiles } from "./sources.ts";

/** Rooms that are small; of the others, files that import nothing. */
const LIGHT = ["src/cli/", "src/kernel/", "src/ipam/"];

const files = new Map(sourceFiles("src").map((file) => [file.path, file]));

/** The files that Node loads with this one: no types, and nothing that is imported on demand. */
function loadedBy({ path, program }: SourceFile): string[] {
  return (program.body as readonly Node[]).flatMap(({ type, source, importKind, exportKind }) => {
    const specifier = (source as Node | null | undefined)?.value;
    if (!/^(Import|ExportNamed|ExportAll)Declaration$/.test(type) || typeof specifier !== "string") return [];
    if (importKind === "type" || exportKind === "type" || !specifier.startsWith(".")) return [];
    return [join(dirname(path), specifier)];
  });
}

test("PX-20 a command loads what it does only when it is that command", () => {
  const loaded = new Set(["src/cli/main.ts"]);
  for (const path of loaded) {
    const file = files.get(path);
    expect(file, path).toBeDefined();
    for (const each of file === undefined ? [] : loadedBy(file)) loaded.add(each);
  }
  const heavy = [...loaded].filter(
    (path) =>
      !LIGHT.some((room) => path.startsWith(room)) && loadedBy(files.get(path) as SourceFile).length > 0,
  );
  expect(heavy).toEqual([]);
  expect(loaded.size).toBeGreaterThan(LIGHT.length);
});
