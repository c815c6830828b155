/**
 * What JSON.parse passes over without a word: fields that are named twice, of which it keeps the last, and numbers that
 * JavaScript cannot hold. A quick look at the bytes finds out whether there may be any; only then is the text read again.
 */
import { MAX_REMARKS, quotedPath, type Remarks } from "../verbs/index.ts";

/** Of each key of a path so much is shown. */
const MAX_KEY_CHARACTERS = 64;

export interface JsonBytes {
  /** Members of objects, counted by their colons. */
  readonly members: number;
  /** Whether there is a number with as many digits as JavaScript rounds, or with an exponent. */
  readonly unusualNumbers: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const MINUS = 0x2d;
/** Every whole number of 15 digits is exact. */
const EXACT_CHARACTERS = 15;

/** @param bytes JSON that can be parsed. */
export function scanJson(bytes: Uint8Array): JsonBytes {
  let members = 0;
  let unusualNumbers = false;
  const { length } = bytes;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      for (i++; i < length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
    } else if (byte === COLON) {
      members++;
    } else if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) {
      const start = i;
      while (i + 1 < length && isOfNumber(bytes[i + 1] as number)) {
        i++;
        if (bytes[i] === 0x65 || bytes[i] === 0x45) unusualNumbers = true;
      }
      if (i - start >= EXACT_CHARACTERS) unusualNumbers = true;
    }
  }
  return { members, unusualNumbers };
}

/** Digits, a point, a sign, an exponent. */
function isOfNumber(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2e ||
    byte === 0x2b ||
    byte === MINUS ||
    byte === 0x65 ||
    byte === 0x45
  );
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?\d[\d.eE+-]*/g;

interface Level {
  /** Undefined in a list. */
  readonly keys: Set<string> | undefined;
  key: string;
}

/** Reads the text once more. @param text JSON that can be parsed. */
export function readRemarks(text: string): Remarks {
  const texts = new Set<string>();
  let count = 0;
  const stack: Level[] = [];
  const remark = (word: (path: string) => string) => {
    count++;
    if (texts.size < MAX_REMARKS) texts.add(word(pathOf(stack)));
  };
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const level = stack.at(-1);
    if (token === "{") stack.push({ keys: new Set(), key: "" });
    else if (token === "[") stack.push({ keys: undefined, key: "[]" });
    else if (token === "}" || token === "]") stack.pop();
    else if (token === ":" && level?.keys !== undefined) {
      level.key = JSON.parse(last) as string;
      if (level.keys.has(level.key)) remark((path) => `duplicate field ${quotedPath(path)}`);
      level.keys.add(level.key);
    } else if (isNumber(token)) {
      const held = heldNumber(token);
      if (held !== undefined) {
        remark((path) => `number ${shortened(token)} in field ${quotedPath(path)} is kept as ${held}`);
      }
    }
    last = token;
  }
  return { texts: [...texts], count };
}

function isNumber(token: string): boolean {
  const first = token.charCodeAt(0);
  return first === MINUS || (first >= 0x30 && first <= 0x39);
}

/** The number as JavaScript holds it, where that is another one; undefined where it is the same. */
function heldNumber(token: string): string | undefined {
  const value = Number(token);
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(token)) return undefined;
  // Whole numbers are compared digit by digit. A fraction is rounded everywhere.
  const held = Number.isFinite(value) && token.length <= 400 ? String(BigInt(value)) : String(value);
  return held === token ? undefined : held;
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

function pathOf(stack: readonly Level[]): string {
  return stack
    .map(({ key }) => (key.length <= MAX_KEY_CHARACTERS ? key : `${key.slice(0, MAX_KEY_CHARACTERS)}…`))
    .join(".")
    .replaceAll(".[]", "[]");
}

/** The first number that is infinite in JavaScript, such as 1e400; undefined: there is none. */
export function infiniteNumber(text: string): string | undefined {
  for (const [token] of text.matchAll(TOKEN)) {
    if (isNumber(token) && !Number.isFinite(Number(token))) return shortened(token);
  }
  return undefined;
}
