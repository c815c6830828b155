/**
 * What JSON.parse passes over without a word: fields that are named twice, of which it keeps the last, and numbers that
 * JavaScript cannot hold. A quick look at the bytes finds out whether there may be any; only then is the text read again.
 */
import { shortened } from "../../kernel/index.ts";
import type { Steps } from "../steps.ts";
import { MAX_REMARKS, quotedPath, type Remarks } from "../writes/index.ts";

/** Of each key of a path so much is shown. */
const MAX_KEY_CHARACTERS = 64;
const MAX_SHOWN_CHARACTERS = 40;

export interface JsonBytes {
  /** Members of objects, counted by their colons. */
  readonly members: number;
  /** Scalars, lists and objects: no fewer than there are. */
  readonly values: number;
  /** Levels of lists and objects. */
  readonly depth: number;
  /** Whether there is a number with as many digits as JavaScript rounds, or with an exponent. */
  readonly unusualNumbers: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
/** Every whole number of 15 digits is exact. */
const EXACT_CHARACTERS = 15;

const isOpening = (code: number) => code === 0x7b || code === 0x5b;
const isClosing = (code: number) => code === 0x7d || code === 0x5d;
const startsNumber = (code: number) => code === MINUS || (code >= 0x30 && code <= 0x39);
const isExponent = (code: number) => code === 0x65 || code === 0x45;
/** Digits, a point, a sign, an exponent. */
const isOfNumber = (code: number) => startsNumber(code) || code === 0x2e || code === 0x2b || isExponent(code);

/** Bytes that are read in one step: some 0.1 ms. */
const SLICE_BYTES = 64 * 1024;

/**
 * Reads each byte once, and no more when there are too many values, or levels. For a text that is not JSON the figures
 * are meaningless.
 */
export function* scanJson(bytes: Uint8Array, most: MostOfJson = UNLIMITED): Steps<JsonBytes> {
  const scan = new Scan();
  for (let at = 0; at < bytes.length; ) {
    at = scan.read(bytes, at, Math.min(bytes.length, at + SLICE_BYTES));
    if (scan.values > most.values || scan.depth > most.depth) break;
    if (at < bytes.length) yield;
  }
  return scan;
}

export interface MostOfJson {
  readonly values: number;
  readonly depth: number;
}

const UNLIMITED = { values: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY };

class Scan implements JsonBytes {
  members = 0;
  values = 1;
  depth = 0;
  unusualNumbers = false;
  #open = 0;
  #inString = false;
  /** Of the number at hand; 0: there is none. */
  #characters = 0;

  /** Returns where it stopped: at `end`, or behind it in the middle of an escape. */
  read(bytes: Uint8Array, start: number, end: number): number {
    let [inString, characters] = [this.#inString, this.#characters];
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (inString) {
        while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
        // What is escaped may lie behind the end.
        if (at >= end) break;
        inString = false;
      } else if (characters > 0 ? isOfNumber(byte) : startsNumber(byte)) {
        characters++;
        if (characters > EXACT_CHARACTERS || isExponent(byte)) this.unusualNumbers = true;
      } else {
        characters = 0;
        if (byte === QUOTE) inString = true;
        else this.#count(byte);
      }
    }
    this.#inString = inString;
    this.#characters = characters;
    return at;
  }

  #count(byte: number): void {
    if (byte === COLON) this.members++;
    else if (byte === COMMA) this.values++;
    else if (isOpening(byte)) {
      this.values++;
      this.#open++;
      if (this.#open > this.depth) this.depth = this.#open;
    } else if (isClosing(byte)) this.#open--;
  }
}

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
