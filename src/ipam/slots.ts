/**
 * Sets of slots: the 32 blocks of one length that a slotted leaf of a block trie stands for, as the bits of one number.
 * Bit 0 is the lowest block. The lower half of the leaf is the low 16 bits.
 *
 * A group is an aligned run of 2^level slots: a block that is `level` bits shorter than a slot's.
 */

/** A slotted leaf is as many bits shorter than its slots. */
export const SLOT_BITS = 5;
export const SLOTS = 1 << SLOT_BITS;
export const ALL_SLOTS = 0xffffffff;
/** The largest group that can be free: half of a leaf; a leaf that has nothing is not there. */
const HIGHEST_LEVEL = SLOT_BITS - 1;

/** By level: the first slots of all groups. */
const GROUP_STARTS = [0xffffffff, 0x55555555, 0x11111111, 0x01010101, 0x00010001];
/** By level: the group that begins at slot 0. */
const FIRST_GROUP = [0x1, 0x3, 0xf, 0xff, 0xffff, 0xffffffff];

/** The slots of one group: those that a block covers which begins at `slot` and is `level` bits shorter. */
export function groupOf(slot: number, level: number): number {
  return (FIRST_GROUP[level] as number) << slot;
}

export function halfOf(side: number): number {
  return side === 0 ? 0xffff : 0xffff0000;
}

export function lowestOf(set: number): number {
  return 31 - Math.clz32(set & -set);
}

/** The highest level at which the slot's group is free. The slot itself is free, and another one is not. */
export function freeLevel(taken: number, slot: number): number {
  let level = 0;
  while (level < HIGHEST_LEVEL) {
    const wider = level + 1;
    if ((taken & groupOf((slot >>> wider) << wider, wider)) !== 0) break;
    level = wider;
  }
  return level;
}

/** The maximal free groups, the lowest first; there is at least one slot that is not free. */
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

export function sizeOf(set: number): number {
  let size = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) size++;
  return size;
}

/** The levels of the maximal free groups in the half that is the low 16 bits; bit 0 is the highest level, a half. */
export function freeLevels(taken: number): number {
  let free = ~taken & 0xffff;
  let levels = 0;
  for (let level = 0; level < HIGHEST_LEVEL && free !== 0; level++) {
    const pairs = free & (free >>> (1 << level)) & (GROUP_STARTS[level + 1] as number);
    if ((free & ~(pairs | (pairs << (1 << level)))) !== 0) levels |= 1 << (HIGHEST_LEVEL - level);
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
