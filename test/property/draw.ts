/** Draws from a seed, as tests need them. */
import { type Random, randomBelow, seededRandom } from "../../src/kernel/index.ts";

export class Draw {
  readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  /** Inclusive. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** One of [weight, value]. */
  weighted<T>(items: readonly (readonly [number, T])[]): T {
    let left = this.random.next() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of items) {
      left -= weight;
      if (left < 0) return value;
    }
    return items[0]?.[1] as T;
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.random.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }
}

/** A seed for the n-th part of what another seed stands for. */
export function seedOf(seed: number, part: number): number {
  return (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b)) >>> 0;
}
