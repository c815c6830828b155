/**
 * Makes an object that was just parsed fit to be kept: no part of it can be changed any more, and strings that many
 * objects have in common (a namespace, an owner's UID, a label) are kept once.
 */

/** Longer strings seldom repeat. */
const LONGEST_SHARED = 64;

/**
 * Gives equal strings back as one. Keeps at most two generations of `capacity` strings: what is still in use moves
 * to the young one, the rest is forgotten.
 */
export class StringPool {
  readonly #capacity: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor(capacity = 4096) {
    this.#capacity = capacity;
  }

  share(text: string): string {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const shared = this.#old.get(text) ?? text;
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(shared, shared);
    return shared;
  }
}

/** Freezes `value` and all that hangs on it. What is frozen already is taken to be so all the way down. */
export function deepFreeze<T>(value: T, pool: StringPool): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const fields = value as Record<string, unknown>;
  for (const key in fields) {
    const field = fields[key];
    if (typeof field === "string") {
      if (field.length <= LONGEST_SHARED) fields[key] = pool.share(field);
    } else if (typeof field === "object" && field !== null) deepFreeze(field, pool);
  }
  return Object.freeze(value);
}
