/**
 * What a JSON text holds, as far as its bytes show without being parsed: how deep it goes, how many values it has. So a
 * text that is refused for either costs a look at its bytes, and not the tenth of a second that JSON.parse takes for a
 * million brackets.
 */
import { err, ok, type Result } from "../kernel/index.ts";
import { MAX_DEPTH_WITH_OWNERS } from "./depth.ts";
import { allSteps, type Steps } from "./steps.ts";

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

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
const COMMA = 0x2c;
export const COLON = 0x3a;
const MINUS = 0x2d;
/** Every whole number of 15 digits is exact. */
export const EXACT_CHARACTERS = 15;

export const isOpening = (code: number) => code === 0x7b || code === 0x5b;
export const isClosing = (code: number) => code === 0x7d || code === 0x5d;
export const startsNumber = (code: number) => code === MINUS || (code >= 0x30 && code <= 0x39);
const isExponent = (code: number) => code === 0x65 || code === 0x45;
/** Digits, a point, a sign, an exponent. */
export const isOfNumber = (code: number) =>
  startsNumber(code) || code === 0x2e || code === 0x2b || isExponent(code);

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

/** The value of a text of some megabytes at most, unless it is nested deeper than a request may be. */
export function parseShallow(bytes: Buffer): Result<unknown, "too-deep" | "malformed"> {
  const { depth } = allSteps(scanJson(bytes, { ...UNLIMITED, depth: MAX_DEPTH_WITH_OWNERS }));
  if (depth > MAX_DEPTH_WITH_OWNERS) return err("too-deep");
  try {
    return ok(JSON.parse(bytes.toString()));
  } catch {
    return err("malformed");
  }
}
