/**
 * Objects by namespace and name, in a third of the room of a Map: the key is read from the object itself. A cache
 * holds each object once here and once in each of its indexes, so this is a tenth of its memory.
 *
 * Open addressing with linear probing. Removal moves what follows back, so it leaves no marks behind. Every operation
 * but `values` is O(1).
 */
import type { KubeObject } from "../../kube/index.ts";

/** Powers of two. Beyond {@link FULLEST} of them taken, twice as many. */
const FEWEST_SLOTS = 8;
const FULLEST = 0.8;

export class ObjectTable<T extends KubeObject> {
  #slots: (T | undefined)[] = emptySlots(FEWEST_SLOTS);
  /** Of the object in the same slot. Most colliding objects are distinguished by it, without being read. */
  #hashes = new Int32Array(FEWEST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#slots[this.#slotOf(namespace, name, hashOf(namespace, name))];
  }

  /** In place of one of the same name, if there is one. */
  set(object: T): void {
    const { namespace = "", name } = object.metadata;
    const hash = hashOf(namespace, name);
    let slot = this.#slotOf(namespace, name, hash);
    if (this.#slots[slot] === undefined) {
      if (this.#size >= this.#slots.length * FULLEST) {
        this.#resize(this.#slots.length * 2);
        slot = this.#slotOf(namespace, name, hash);
      }
      this.#size++;
    }
    this.#slots[slot] = object;
    this.#hashes[slot] = hash;
  }

  /** Whether there was one. */
  delete(namespace: string, name: string): boolean {
    const slot = this.#slotOf(namespace, name, hashOf(namespace, name));
    if (this.#slots[slot] === undefined) return false;
    this.#close(slot);
    this.#size--;
    const slots = this.#slots.length;
    if (slots > FEWEST_SLOTS && this.#size < (slots * FULLEST) / 4) this.#resize(slots / 2);
    return true;
  }

  /** As of now, in no particular order. */
  values(): T[] {
    const values: T[] = [];
    for (const object of this.#slots) if (object !== undefined) values.push(object);
    return values;
  }

  /** Where it is, or else the free slot where it would go. */
  #slotOf(namespace: string, name: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const there = this.#slots[slot];
      if (there === undefined) return slot;
      if (this.#hashes[slot] !== hash || there.metadata.name !== name) continue;
      if ((there.metadata.namespace ?? "") === namespace) return slot;
    }
  }

  /** Moves back into the gap whatever it kept from being found. */
  #close(freed: number): void {
    const mask = this.#slots.length - 1;
    let gap = freed;
    for (let slot = (gap + 1) & mask; this.#slots[slot] !== undefined; slot = (slot + 1) & mask) {
      const hash = this.#hashes[slot] ?? 0;
      const isPastHome = ((slot - hash) & mask) >= ((slot - gap) & mask);
      if (!isPastHome) continue;
      this.#slots[gap] = this.#slots[slot];
      this.#hashes[gap] = hash;
      gap = slot;
    }
    this.#slots[gap] = undefined;
  }

  #resize(count: number): void {
    const objects = this.#slots;
    const hashes = this.#hashes;
    this.#slots = emptySlots(count);
    this.#hashes = new Int32Array(count);
    for (let from = 0; from < objects.length; from++) {
      const object = objects[from];
      if (object === undefined) continue;
      const hash = hashes[from] ?? 0;
      let slot = hash & (count - 1);
      while (this.#slots[slot] !== undefined) slot = (slot + 1) & (count - 1);
      this.#slots[slot] = object;
      this.#hashes[slot] = hash;
    }
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined);
}

function hashOf(namespace: string, name: string): number {
  return hashText(namespace, hashText(name, 7));
}

function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash ^ (hash >>> 15);
}
