/** JSON with the line on which each object of it begins. */
import { lineAt } from "../decode-text.ts";
import { type Origin, UnreadableSource } from "../row.ts";

export interface JsonSource {
  readonly value: unknown;
  readonly file: string;
  /** Of an object of `value`, whatever else has none. */
  originOf(part: unknown): Origin;
}

/** @throws UnreadableSource naming the line where it is none, or where it breaks off. */
export function parseJson(text: string, file: string): JsonSource {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UnreadableSource(refusalOf(String((error as Error).message), text, file));
  }
  const lines = linesOfObjects(value, text);
  return {
    value,
    file,
    originOf: (part) => ({
      file,
      line: typeof part === "object" && part !== null ? lines.get(part) : undefined,
    }),
  };
}

function refusalOf(message: string, text: string, file: string): string {
  const [, position] = /at position ([0-9]+)/.exec(message) ?? [];
  const end = text.trimEnd().length;
  const at = /Unexpected end|Unterminated/.test(message) ? end : Number(position ?? 0);
  const line = lineAt(text, Math.max(0, Math.min(at, end) - 1));
  return at >= end
    ? `${file}:${line} ends in the middle of its JSON: fetch it again.`
    : `${file}:${line} is not JSON: correct it, or name a source in another format with --format.`;
}

const TOO_DEEP = 200;

/**
 * The parser reports no lines, so the braces of the text are counted: objects come in the order in which they begin. A key
 * that is a number is moved by the language, and then no line is reported rather than a wrong one.
 */
function linesOfObjects(value: unknown, text: string): WeakMap<object, number> {
  const lines = braceLines(text);
  const found = new WeakMap<object, number>();
  let next = 0;
  let isMoved = false;
  const walk = (part: unknown, depth: number): void => {
    if (typeof part !== "object" || part === null || depth > TOO_DEEP) return;
    if (Array.isArray(part)) {
      for (const each of part) walk(each, depth + 1);
      return;
    }
    const line = lines[next++];
    if (line !== undefined) found.set(part, line);
    for (const [key, each] of Object.entries(part)) {
      if (typeof each === "object" && each !== null && /^[0-9]/.test(key)) isMoved = true;
      walk(each, depth + 1);
    }
  };
  walk(value, 0);
  return isMoved || next !== lines.length ? new WeakMap() : found;
}

/** The line of each `{` that stands in no string. */
function braceLines(text: string): number[] {
  const lines: number[] = [];
  const interesting = /["{\n]/g;
  let line = 1;
  for (let match = interesting.exec(text); match !== null; match = interesting.exec(text)) {
    if (match[0] === "\n") line++;
    else if (match[0] === "{") lines.push(line);
    else interesting.lastIndex = endOfString(text, match.index);
  }
  return lines;
}

/** No string of JSON goes on in another line. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === '"') return at + 1;
  }
  return text.length;
}

// ── reading unchecked values ───────────────────────────────────────────────────────────────────────

/** A value of a field, however deep; undefined where there is none. */
export function at(part: unknown, ...path: readonly string[]): unknown {
  let value = part;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Undefined for an empty one, and for anything that is neither text nor a number. */
export function textAt(part: unknown, ...path: readonly string[]): string | undefined {
  const value = at(part, ...path);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

export function listAt(part: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = path.length === 0 ? part : at(part, ...path);
  return Array.isArray(value) ? value : [];
}

/** Without the fields that have no value. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
