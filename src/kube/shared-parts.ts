/**
 * Makes an object that was just parsed fit to be kept: no part of it can be changed any more, and what comes again is
 * kept once. That goes for strings (a namespace, an owner's UID, a label that repeats a field) and for whole parts (the
 * status of a thousand objects that became ready in the same second).
 */
import type { KubeObject } from "./object.ts";

/** A power of two. */
const DEFAULT_SLOTS = 32_768;
/** What a cache begins with: most hold few objects, and the tables are larger than those. */
const FIRST_SLOTS = 512;
const GROWTH = 8;
/** Longer strings seldom repeat, but in a part that repeats. */
const LONGEST_SHARED = 64;
const NOTHING = Object.freeze({});

/**
 * Gives equal values back as one, as far as it remembers them: each has one slot, which the latest takes. So it costs
 * little and never grows, and what comes often, or again soon, is found.
 */
export class SharedParts {
  readonly #mostSlots: number;
  #mask = 0;
  #strings: string[] = [];
  /** Only what came at least twice: most parts come once, and would take the slots of those that come again. */
  #parts: (object | undefined)[] = [];
  #partHashes = new Int32Array(0);
  /** Of parts that came once, as far as is known. */
  #seenHashes = new Int32Array(0);
  /** Strings that are kept. */
  #kept = 0;
  /** Of the string or part that was kept last. */
  #hash = 0;

  /** @param mostSlots a power of two. */
  constructor(mostSlots = DEFAULT_SLOTS) {
    this.#mostSlots = mostSlots;
    this.#begin(Math.min(mostSlots, FIRST_SLOTS));
  }

  /** Forgets what it knows: that comes again, if it comes often. */
  #begin(slots: number): void {
    this.#mask = slots - 1;
    this.#strings = new Array<string>(slots).fill("");
    this.#parts = new Array<object | undefined>(slots).fill(undefined);
    this.#partHashes = new Int32Array(slots);
    this.#seenHashes = new Int32Array(slots);
    this.#kept = 0;
  }

  /**
   * Freezes `object` and all that hangs on it, and puts shared parts in the place of equal ones. A part that is frozen
   * already is taken to be so all the way down.
   *
   * @param before what this one replaces: most changes leave most parts as they were.
   */
  freeze<T extends KubeObject>(object: T, before?: T): T {
    if (Object.isFrozen(object)) return object;
    const slots = this.#mask + 1;
    if (this.#kept > slots / 2 && slots < this.#mostSlots)
      this.#begin(Math.min(slots * GROWTH, this.#mostSlots));
    if (!Object.isFrozen(object.metadata)) this.#freezeUnique(object.metadata, before?.metadata);
    return this.#freezeUnique(object, before);
  }

  /** For a part that identifies the object: it is unique, but its values may be shared. */
  #freezeUnique<P extends object>(part: P, before: object = NOTHING): P {
    const fields = part as Record<string, unknown>;
    const fieldsBefore = before as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      const field = fields[name];
      const fieldBefore = fieldsBefore[name];
      if (typeof field === "string")
        fields[name] = field === fieldBefore ? fieldBefore : this.#keepText(field);
      else if (typeof field === "object" && field !== null && !Object.isFrozen(field)) {
        fields[name] = saysTheSame(field, fieldBefore) ? fieldBefore : this.#keepPart(field);
      }
    }
    return Object.freeze(part);
  }

  #keepText(text: string): string {
    const length = Math.min(text.length, LONGEST_SHARED);
    let hash = text.length;
    for (let at = 0; at < length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    this.#hash = hash;
    if (text.length > LONGEST_SHARED) return text;
    const slot = this.#slotOf(hash);
    const known = this.#strings[slot];
    if (known === text) return known;
    if (known === "") this.#kept++;
    this.#strings[slot] = text;
    return text;
  }

  #keepPart(part: object): object {
    if (Object.isFrozen(part)) {
      this.#hash = 0;
      return part;
    }
    const hash = this.#keepFields(part as Record<string, unknown>);
    this.#hash = hash;
    const slot = this.#slotOf(hash);
    const known = this.#partHashes[slot] === hash ? this.#parts[slot] : undefined;
    if (known !== undefined && saysTheSame(part, known)) return known;
    if (this.#seenHashes[slot] === hash) {
      this.#partHashes[slot] = hash;
      this.#parts[slot] = part;
    }
    this.#seenHashes[slot] = hash;
    return Object.freeze(part);
  }

  #keepFields(fields: Record<string, unknown>): number {
    // Object.keys is several times faster than for…in here.
    const names = Object.keys(fields);
    let hash = names.length;
    for (const name of names) {
      const field = fields[name];
      if (typeof field === "string") fields[name] = this.#keepText(field);
      else if (typeof field === "object" && field !== null) {
        const kept = this.#keepPart(field);
        if (kept !== field) fields[name] = kept;
      } else this.#hash = typeof field === "number" ? field | 0 : Number(field) + 1;
      hash = (Math.imul(hash, 31) + this.#hash) | 0;
    }
    return hash;
  }

  #slotOf(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}

/** At every depth, and in the same order. */
function saysTheSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (a === b) return true;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  const otherNames = Object.keys(b);
  if (names.length !== otherNames.length) return false;
  const fields = a as Record<string, unknown>;
  const otherFields = b as Record<string, unknown>;
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    if (name !== otherNames[at] || !saysTheSame(fields[name], otherFields[name])) return false;
  }
  return true;
}
