/** Keeps all field indexes in one file, and their names out of all others. */
import { expect, test } from "vitest";
import { operatorIndexes } from "../../src/operator/model/indexes.ts";
import { type Node, nodes, type SourceFile, sourceFiles } from "./sources.ts";

const HOME = "src/operator/model/indexes.ts";

/** What reads an index; its name is the first argument. */
const READERS = new Set(["byIndex", "countByIndex"]);

/** Where controllers are. */
const controllerFiles = ["src/operator", "src/balancers", "src/cli"]
  .flatMap(sourceFiles)
  .filter(({ path }) => !path.endsWith(".test.ts"));

interface Call {
  readonly name: unknown;
  readonly first: Node | undefined;
}

function callsIn({ program }: SourceFile): Call[] {
  const found: Call[] = [];
  for (const node of nodes(program)) {
    if (node.type !== "CallExpression") continue;
    const callee = node.callee as Node;
    const { name } = callee.type === "MemberExpression" ? (callee.property as Node) : callee;
    found.push({ name, first: (node.arguments as readonly Node[])[0] });
  }
  return found;
}

/** `index: …` in an object: the key that a decision waits on. */
function waitKeysIn({ program }: SourceFile): Node[] {
  return [...nodes(program)]
    .filter(({ type, key }) => type === "Property" && (key as Node).name === "index")
    .map(({ value }) => value as Node);
}

function isConstant(node: Node | undefined): boolean {
  return node?.type === "Identifier" && /^[A-Z_]+_INDEX$/.test(node.name as string);
}

test("PS-09 all field indexes are declared in one file", () => {
  const declaring = controllerFiles.filter((file) => callsIn(file).some(({ name }) => name === "index"));
  expect(declaring.map(({ path }) => path)).toEqual([HOME]);
});

test("PS-09 controllers name an index by its constant", () => {
  const uses = controllerFiles.flatMap((file) => {
    const reads = callsIn(file).filter(({ name }) => READERS.has(name as string));
    const named = [...reads.map(({ first }) => first), ...waitKeysIn(file)];
    return named.map((node) => ({ path: file.path, isConstant: isConstant(node) }));
  });
  expect(uses.length).toBeGreaterThan(0);
  expect(uses.filter((use) => !use.isConstant)).toEqual([]);
});

test("PS-09 no other file spells the name of an index out", () => {
  const names = new Set(operatorIndexes.map(({ name }) => name));
  // A field as well, which messages may name.
  names.delete("spec.poolRef");
  const spelling = controllerFiles.filter(
    ({ path, program }) =>
      path !== HOME &&
      [...nodes(program)].some(({ type, value }) => type === "Literal" && names.has(value as string)),
  );
  expect(spelling.map(({ path }) => path)).toEqual([]);
});
