/**
 * The slots of a slotted leaf of a block trie: 64 blocks of one length, with one bit for each that is set if it is present.
 * A half of a leaf is a number; its bit 0 is its lowest block.
 *
 * A group is an aligned run of 2^level slots: a block that is `level` bits shorter than a slot's. The largest group is a
 * half: no leaf is wholly free.
 */

/** A slotted leaf is as many bits shorter than its slots. */
export const SLOT_BITS = 6;
export const SLOTS = 1 << SLOT_BITS;
export const HALF_SLOTS = SLOTS / 2;
export const WHOLE_HALF = 0xffffffff;
const HALF_LEVEL = SLOT_BITS - 1;

/** By level: the first slots of all groups of a half. */
const GROUP_STARTS = [0xffffffff, 0x55555555, 0x11111111, 0x01010101, 0x00010001, 0x00000001];
/** By level: the group that begins at slot 0. */
const FIRST_GROUP = [0x1, 0x3, 0xf, 0xff, 0xffff, 0xffffffff];

/** Which half of the leaf a slot is in. */
export function halfOf(slot: number): number {
  return slot >>> HALF_LEVEL;
}

/** Whether the slot is in a set of slots of its half. */
export function hasSlot(half: number, slot: number): boolean {
  return ((half >>> slot) & 1) === 1;
}

/** The slots of one group, in its half: those that a block covers which begins at `slot` and is `level` bits shorter. */
export function groupOf(slot: number, level: number): number {
  return (FIRST_GROUP[level] as number) << slot;
}

/** The lowest slot in a half. */
export function lowestOf(half: number): number {
  return 31 - Math.clz32(half & -half);
}

/** The highest level at which the slot's group is free. The slot itself is. */
export function freeLevel(taken: number, slot: number): number {
  let level = 0;
  while (level < HALF_LEVEL) {
    const wider = level + 1;
    if ((taken & groupOf((slot >>> wider) << wider, wider)) !== 0) break;
    level = wider;
  }
  return level;
}

/** The maximal free groups of a half, the lowest first. */
export function freeGroups(taken: number): { slot: number; level: number }[] {
  const groups: { slot: number; level: number }[] = [];
  for (let free = ~taken; free !== 0; ) {
    const slot = lowestOf(free);
    const level = freeLevel(taken, slot);
    groups.push({ slot, level });
    free &= ~groupOf(slot, level);
  }
  return groups;
}

export function sizeOf(half: number): number {
  let size = 0;
  for (let rest = half; rest !== 0; rest &= rest - 1) size++;
  return size;
}

/** The levels of the maximal free groups of a half; bit 0 is the highest level, the half itself. */
export function freeLevels(taken: number): number {
  let free = ~taken;
  let levels = 0;
  for (let level = 0; level < HALF_LEVEL && free !== 0; level++) {
    const pairs = free & (free >>> (1 << level)) & (GROUP_STARTS[level + 1] as number);
    if ((free & ~(pairs | (pairs << (1 << level)))) !== 0) levels |= 1 << (HALF_LEVEL - level);
    free = pairs;
  }
  return free !== 0 ? levels | 1 : levels;
}

/** Which slot of its leaf the key's block of at least that length lies in. */
export function slotOf(key: Uint32Array, slotLength: number): number {
  const word = (slotLength - 1) >>> 5;
  const bits = slotLength - word * 32;
  let slot = (key[word] as number) >>> (32 - bits);
  if (bits < SLOT_BITS) slot |= (key[word - 1] as number) << bits;
  return slot & (SLOTS - 1);
}

/** Makes of the key of a leaf that of one of its slots. */
export function addSlot(key: Uint32Array, slotLength: number, slot: number): void {
  const word = (slotLength - 1) >>> 5;
  const bits = slotLength - word * 32;
  key[word] = (key[word] as number) | (slot << (32 - bits));
  if (bits < SLOT_BITS) key[word - 1] = (key[word - 1] as number) | (slot >>> bits);
}
