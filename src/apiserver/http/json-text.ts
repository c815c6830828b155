/**
 * What JSON.parse passes over without a word: fields that are named twice, of which it keeps the last, and numbers that
 * JavaScript cannot hold. A quick look at the bytes finds out whether there may be any; only then is the text read again.
 */
import { shortened } from "../../kernel/index.ts";
import {
  BACKSLASH,
  COLON,
  EXACT_CHARACTERS,
  isClosing,
  isOfNumber,
  isOpening,
  QUOTE,
  startsNumber,
} from "../json-scan.ts";
import { MAX_REMARKS, quotedPath, type Remarks } from "../writes/index.ts";

/** Of each key of a path so much is shown. */
const MAX_KEY_CHARACTERS = 64;
const MAX_SHOWN_CHARACTERS = 40;

interface Level {
  /** Undefined in a list. */
  readonly keys: Set<string> | undefined;
  key: string;
}

/** Reads the text again. @param text JSON that can be parsed. */
export function readRemarks(text: string): Remarks {
  const texts = new Set<string>();
  let count = 0;
  const stack: Level[] = [];
  const remark = (word: (path: string) => string) => {
    count++;
    if (texts.size < MAX_REMARKS) texts.add(word(pathOf(stack)));
  };
  let last = "";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      const end = endOfString(text, i);
      last = text.slice(i, end + 1);
      i = end;
    } else if (isOpening(code)) {
      stack.push(code === 0x7b ? { keys: new Set(), key: "" } : { keys: undefined, key: "[]" });
    } else if (isClosing(code)) stack.pop();
    else if (code === COLON) {
      const level = stack.at(-1);
      if (level?.keys === undefined) continue;
      level.key = last.includes("\\") ? (JSON.parse(last) as string) : last.slice(1, -1);
      if (level.keys.has(level.key)) remark((path) => `duplicate field ${quotedPath(path)}`);
      level.keys.add(level.key);
    } else if (startsNumber(code)) {
      const start = i;
      while (i + 1 < text.length && isOfNumber(text.charCodeAt(i + 1))) i++;
      const held = i - start >= EXACT_CHARACTERS ? heldNumber(text.slice(start, i + 1)) : undefined;
      if (held === undefined) continue;
      const number = shortened(text.slice(start, i + 1), MAX_SHOWN_CHARACTERS);
      remark((path) => `number ${number} in field ${quotedPath(path)} is kept as ${held}`);
    }
  }
  return { texts: [...texts], count };
}

/** Where the quote is that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}

/** The number as JavaScript holds it, where that is another one; undefined where it is the same. */
function heldNumber(token: string): string | undefined {
  const value = Number(token);
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(token)) return undefined;
  // Whole numbers are compared digit by digit. A fraction is rounded everywhere.
  const held = String(BigInt(value));
  return held === token ? undefined : held;
}

function pathOf(stack: readonly Level[]): string {
  return stack
    .map(({ key }) => shortened(key, MAX_KEY_CHARACTERS))
    .join(".")
    .replaceAll(".[]", "[]");
}

/** The first number that is infinite in JavaScript, such as 1e400; undefined: there is none. */
export function infiniteNumber(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (startsNumber(code)) {
      const start = i;
      while (i + 1 < text.length && isOfNumber(text.charCodeAt(i + 1))) i++;
      const number = text.slice(start, i + 1);
      if (!Number.isFinite(Number(number))) return shortened(number, MAX_SHOWN_CHARACTERS);
    }
  }
  return undefined;
}
