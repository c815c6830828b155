/**
 * What a store holds at one revision, in sixteen bytes: a sum over all objects of a hash of the revisions that created
 * and last changed each. The content of a state has its own checksum, with its revision; together they show whether anything
 * is missing, too much or older than it should be. A change costs one addition and one subtraction.
 */
import type { StoreChange, StoredObject } from "./store.ts";

type Revisions = Pick<StoredObject, "createRevision" | "revision">;

const TWO_32 = 2 ** 32;
/** Odd constants with their bits well spread (fractional parts of √2, √3, √5, √7). */
const LANES = [0x6a09e667, 0xbb67ae85] as const;
const STEPS = [0x3c6ef373, 0xa54ff53b] as const;

export class StateDigest {
  #objects = 0;
  #low = 0;
  #high = 0;

  static of(objects: Iterable<Revisions>): StateDigest {
    const digest = new StateDigest();
    for (const object of objects) digest.add(object);
    return digest;
  }

  get objects(): number {
    return this.#objects;
  }

  add(object: Revisions): void {
    this.#objects += 1;
    this.#low = (this.#low + hash(object, LANES[0])) >>> 0;
    this.#high = (this.#high + hash(object, LANES[1])) >>> 0;
  }

  remove(object: Revisions): void {
    this.#objects -= 1;
    this.#low = (this.#low - hash(object, LANES[0])) >>> 0;
    this.#high = (this.#high - hash(object, LANES[1])) >>> 0;
  }

  /** As it was before the change. */
  takeBack(change: StoreChange): void {
    if (change.type === "put") this.remove(change.current);
    if (change.previous !== undefined) this.add(change.previous);
  }

  copy(): StateDigest {
    const copy = new StateDigest();
    copy.#objects = this.#objects;
    copy.#low = this.#low;
    copy.#high = this.#high;
    return copy;
  }

  /** Of equal digests, equal. */
  toString(): string {
    return `${hex(this.#high)}${hex(this.#low)}`;
  }

  /** @throws Error when `text` is none that {@link toString} made. */
  static parse(objects: number, text: string): StateDigest {
    if (!/^[0-9a-f]{16}$/.test(text)) throw new Error(`${text} is not a digest`);
    const digest = new StateDigest();
    digest.#objects = objects;
    digest.#high = Number.parseInt(text.slice(0, 8), 16);
    digest.#low = Number.parseInt(text.slice(8), 16);
    return digest;
  }
}

function hash({ createRevision, revision }: Revisions, lane: number): number {
  let mixed = lane;
  for (const part of [createRevision, createRevision / TWO_32, revision, revision / TWO_32]) {
    mixed = Math.imul(mixed ^ part, STEPS[0]);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed, STEPS[1] | 1);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
