/**
 * First in, first out within a group, and the groups in turn: a user with a thousand requests delays a user who
 * asks for one by one thing, not by a thousand. Constant time, whatever the number of groups.
 */
import { Fifo } from "./fifo.ts";

export class FairFifo<T> {
  /** Only groups that have something. */
  readonly #groups = new Map<string, Fifo<T>>();
  /** The names of those, in the order of their turns. */
  readonly #turns = new Fifo<string>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T, group: string): void {
    let items = this.#groups.get(group);
    if (items === undefined) {
      items = new Fifo();
      this.#groups.set(group, items);
      this.#turns.push(group);
    }
    items.push(item);
    this.#length++;
  }

  shift(): T | undefined {
    const group = this.#turns.shift();
    const items = group === undefined ? undefined : this.#groups.get(group);
    if (group === undefined || items === undefined) return undefined;
    const item = items.shift();
    if (items.length > 0) this.#turns.push(group);
    else this.#groups.delete(group);
    this.#length--;
    return item;
  }
}
