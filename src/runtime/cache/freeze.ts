/**
 * Makes an object that was just parsed fit to be kept: no part of it can be changed any more, and strings that come
 * again (a namespace, an owner's UID, a label that repeats a field) are kept once.
 */

/** Longer strings seldom repeat. */
const LONGEST_SHARED = 64;

/**
 * Gives equal strings back as one, as far as it remembers them: each string has one slot, which the latest takes. So
 * it costs a few nanoseconds and never grows, and what comes often, or again soon, is found.
 */
export class StringPool {
  readonly #slots: string[];
  readonly #mask: number;

  /** @param slots a power of two. */
  constructor(slots = 32_768) {
    this.#slots = new Array<string>(slots).fill("");
    this.#mask = slots - 1;
  }

  share(text: string): string {
    const slot = this.#slotOf(text);
    const known = this.#slots[slot];
    if (known === text) return known;
    this.#slots[slot] = text;
    return text;
  }

  #slotOf(text: string): number {
    let hash = text.length;
    for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}

/** Freezes `object` and all that hangs on it. A part that is frozen already is taken to be so all the way down. */
export function deepFreeze<T extends object>(object: T, pool: StringPool): T {
  if (Object.isFrozen(object)) return object;
  const fields = object as Record<string, unknown>;
  // Object.keys is several times faster than for…in here.
  for (const key of Object.keys(fields)) {
    const field = fields[key];
    if (typeof field === "string") {
      if (field.length <= LONGEST_SHARED) fields[key] = pool.share(field);
    } else if (typeof field === "object" && field !== null) deepFreeze(field, pool);
  }
  return Object.freeze(object);
}
