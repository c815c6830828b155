/**
 * YAML as clients send it, read into plain values in one pass that is linear in the text: only keys that are texts, aliases
 * within bounds, no deeper than JSON may be. Of a key that is there twice the last one counts, and that is remarked. The library's own conversion is quadratic in the keys of
 * a map and worse where keys are maps themselves.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, Scalar } from "yaml";
import { MAX_DEPTH_WITH_OWNERS, tooDeepMessage } from "../depth.ts";
import { setMember } from "../kinds/schema/json-value.ts";
import { badRequest } from "../status-error.ts";
import { MAX_REMARKS, quotedPath, type Remarks } from "../writes/field-validation.ts";

/** Characters and nodes that aliases may add to a text. */
const MAX_ALIASED = 256 * 1024;

interface Reading {
  readonly anchors: Map<string, Node>;
  aliased: number;
  /** How many aliases the node at hand is below. */
  within: number;
  readonly lines: LineCounter;
  readonly repeated: string[];
  repeatedCount: number;
}

export interface YamlBody {
  readonly value: unknown;
  /** `line 5: key "data" already set in map`. */
  readonly remarks: Remarks;
}

/** @throws StatusError 400 */
export function parseYaml(text: string): YamlBody {
  if (nestsTooDeeply(text)) throw badRequest(tooDeepMessage("the body of the request"));
  const lines = new LineCounter();
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
  } catch (error) {
    throw refusal((error as Error).message);
  }
  const fault = document.errors[0];
  if (fault !== undefined) throw refusal(fault.message);
  const reading = { anchors: new Map(), aliased: 0, within: 0, lines, repeated: [], repeatedCount: 0 };
  const value = plainValue(document.contents, MAX_DEPTH_WITH_OWNERS, reading);
  return { value, remarks: { texts: reading.repeated, count: reading.repeatedCount } };
}

function refusal(why: string) {
  return badRequest(`the body of the request is not valid YAML: ${why}`);
}

/** Marks that open a level, one after the other on a line: the parser calls itself for each. */
function nestsTooDeeply(text: string): boolean {
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x5b || char === 0x7b) open++;
    else if (char === 0x5d || char === 0x7d) open = Math.max(0, open - 1);
    if (open > MAX_DEPTH_WITH_OWNERS * 8) return true;
  }
  return false;
}

function plainValue(node: unknown, left: number, reading: Reading): unknown {
  if (node === null || node === undefined) return null;
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined) reading.anchors.set(anchor, node as Node);
  if (isAlias(node)) {
    const target = reading.anchors.get(node.source);
    if (target === undefined) throw refusal(`unresolved alias ${JSON.stringify(node.source.slice(0, 100))}`);
    reading.within++;
    const value = plainValue(target, left, reading);
    reading.within--;
    return value;
  }
  if (isScalar(node)) {
    const value = scalarOf(node);
    if (reading.within > 0) countAliased(reading, typeof value === "string" ? value.length + 1 : 1);
    return typeof value === "bigint" ? Number(value) : value;
  }
  if (reading.within > 0) countAliased(reading, 1);
  if (left === 0) throw badRequest(tooDeepMessage("the body of the request"));
  if (isSeq(node)) return node.items.map((item) => plainValue(item, left - 1, reading));
  if (!isMap(node)) throw refusal("it has a node that is neither a scalar nor a list nor a map");
  const object: Record<string, unknown> = {};
  for (const { key, value } of node.items) {
    const name = keyOf(key);
    if (Object.hasOwn(object, name)) remarkRepeated(reading, key, name);
    setMember(object, name, plainValue(value, left - 1, reading));
  }
  return object;
}

function remarkRepeated(reading: Reading, key: unknown, name: string): void {
  reading.repeatedCount++;
  if (reading.repeated.length >= MAX_REMARKS) return;
  const [start = 0] = (key as Partial<Node> | null)?.range ?? [];
  const { line } = reading.lines.linePos(start);
  reading.repeated.push(`line ${line}: key ${quotedPath(name)} already set in map`);
}

function countAliased(reading: Reading, size: number): void {
  reading.aliased += size;
  if (reading.aliased > MAX_ALIASED) {
    throw refusal(`its aliases add more than ${MAX_ALIASED} characters to it`);
  }
}

const YES = /^(y|yes|on)$/i;
const NO = /^(n|no|off)$/i;
const MIXED_CASE = /^[a-z][A-Z]|^[A-Z][a-z]*[A-Z]+[a-z]/;

/** Kubernetes reads YAML 1.1: some words are true or false when they stand without quotes, and `0644` is octal. */
function scalarOf(node: Scalar): unknown {
  const { value, source = "" } = node;
  if (node.type !== Scalar.PLAIN || node.tag !== undefined) return value;
  if (typeof value === "string" && !MIXED_CASE.test(source)) {
    if (YES.test(source)) return true;
    if (NO.test(source)) return false;
  }
  if (/^[-+]?0[0-7]+$/.test(source)) return Number.parseInt(source, 8);
  return value;
}

function keyOf(key: unknown): string {
  if (key === null) return "";
  if (!isScalar(key)) throw refusal("a key of a map must be a text, not a map, a list or an alias");
  const value = scalarOf(key);
  return value === null ? "" : String(value);
}
