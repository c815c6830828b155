import fc from "fast-check";
import { expect, test } from "vitest";
import { addSlot, freeGroups, freeLevels, SLOT_BITS, SLOTS, slotOf } from "./slots.ts";

/** Crowded sets and thin ones. */
const taken = fc
  .tuple(fc.integer(), fc.integer(), fc.constantFrom("both", "either", "first"))
  .map(([a, b, how]) => (how === "both" ? a & b : how === "either" ? a | b : a));

/** Halves a group until it is wholly free or wholly taken, or a single slot. */
function naiveGroups(set: number, slot = 0, level = SLOT_BITS - 1): { slot: number; level: number }[] {
  const slots = Array.from({ length: 1 << level }, (_, i) => (set >>> (slot + i)) & 1);
  if (!slots.includes(1)) return [{ slot, level }];
  if (level === 0) return [];
  return [...naiveGroups(set, slot, level - 1), ...naiveGroups(set, slot + (1 << (level - 1)), level - 1)];
}

test("the maximal free groups of a half are those that halving finds, and so are their levels", () => {
  fc.assert(
    fc.property(taken, (set) => {
      const groups = naiveGroups(set);
      expect(freeGroups(set)).toEqual(groups);
      const levels = groups.reduce((bits, group) => bits | (1 << (SLOT_BITS - 1 - group.level)), 0);
      expect(freeLevels(set)).toBe(levels);
    }),
    { numRuns: 1000 },
  );
});

test("a key made of a leaf and a slot contains the slot, at every length, across words too", () => {
  for (let length = SLOT_BITS; length <= 128; length++) {
    for (let slot = 0; slot < SLOTS; slot++) {
      const key = new Uint32Array(4).fill(0xffffffff);
      const address = (1n << 128n) - (1n << BigInt(128 - (length - SLOT_BITS)));
      for (let word = 0; word < 4; word++)
        key[word] = Number((address >> BigInt(96 - word * 32)) & 0xffffffffn);
      addSlot(key, length, slot);
      expect(slotOf(key, length)).toBe(slot);
      const whole = key.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
      expect(whole).toBe(address | (BigInt(slot) << BigInt(128 - length)));
    }
  }
});
