/** The project's own source files, parsed: what the tests in this folder look at. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseAst } from "rolldown/parseAst";

export const ROOT = join(import.meta.dirname, "..", "..");

/** As much of an ESTree node as is needed here. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Parsed when it is asked for: most tests look at the text alone. */
  readonly program: Node;
}

function walkFiles(directory: string, found: string[] = []): string[] {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === "node_modules" || entry.name === "dist") continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) walkFiles(path, found);
    else if (entry.name.endsWith(".ts") || entry.name.endsWith(".tsx")) found.push(path);
  }
  return found;
}

const known = new Map<string, readonly SourceFile[]>();

/** Read and parsed once for all tests that share this module. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  const found =
    known.get(folder) ??
    walkFiles(join(ROOT, folder)).map((file) =>
      parsed(relative(ROOT, file).replaceAll("\\", "/"), readFileSync(file, "utf8")),
    );
  known.set(folder, found);
  return found;
}

/** A source file of this text, whether or not there is one. */
export function parsed(path: string, text: string): SourceFile {
  const lang = path.endsWith("x") ? "tsx" : "ts";
  let program: Node | undefined;
  return {
    path,
    text,
    get program() {
      program ??= parseAst(text, { lang }) as unknown as Node;
      return program;
    },
  };
}

/** Every node below `root`, itself included. */
export function* nodes(root: unknown): Generator<Node> {
  if (Array.isArray(root)) {
    for (const element of root) yield* nodes(element);
  } else if (typeof root === "object" && root !== null && "type" in root) {
    yield root as Node;
    for (const value of Object.values(root)) yield* nodes(value);
  }
}

export interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** What is imported by name. Undefined: everything. */
  readonly names: readonly string[] | undefined;
}

/** Imports, re-exports, types of modules (`import("…").T`), and dynamic imports of a literal. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const node of nodes(file.program)) {
    const source = node.source as Node | null | undefined;
    if (typeof source?.value !== "string") continue;
    const isTypeOfModule = node.type === "TSImportType";
    if (!isTypeOfModule && !/^(Import|Export)/.test(node.type)) continue;
    const typeOnly = isTypeOfModule || node.importKind === "type" || node.exportKind === "type";
    found.push({ from: file.path, specifier: source.value, typeOnly, names: namesIn(node) });
  }
  return found;
}

function namesIn({ specifiers }: Node): readonly string[] | undefined {
  if (!Array.isArray(specifiers)) return undefined;
  const names = (specifiers as readonly Node[]).map(({ imported, local }) => {
    const named = (imported ?? local) as Node | undefined;
    return typeof named?.name === "string" ? named.name : undefined;
  });
  const isWhole = (specifiers as readonly Node[]).some(({ type }) => type === "ImportNamespaceSpecifier");
  return isWhole || names.includes(undefined) ? undefined : names.filter((name) => name !== undefined);
}
