/**
 * Intervals of time in an ordinary index: which of a million were open at a moment (the relational interval
 * tree of Kriegel, Pötke and Seidl, 2000). All moments are the nodes of one virtual binary tree. An interval
 * is stored at the topmost node that it contains; those that contain a moment are at the nodes above that
 * moment, of which there are as many as a time has bits. Pure.
 */

/** Milliseconds since the epoch until the year 2248. */
const LEVELS = 43;

/** @param toMs the first moment that is no longer inside; not before `fromMs` */
export function nodeOf(fromMs: number, toMs: number): number {
  const [from, last] = [BigInt(fromMs), BigInt(Math.max(toMs - 1, fromMs))];
  for (let level = BigInt(LEVELS); level > 0n; level--) {
    const node = (last >> level) << level;
    if (node >= from && node > 0n) return Number(node);
  }
  return Number(last);
}

export interface NodesAt {
  /** Before the moment: what is stored there contains it if it ends after it. */
  readonly left: readonly number[];
  /** After the moment, or at it: what is stored there contains it if it begins not after it. */
  readonly right: readonly number[];
}

export function nodesAt(ms: number): NodesAt {
  const [left, right]: [number[], number[]] = [[], []];
  const at = BigInt(ms);
  for (let level = 0n; level <= BigInt(LEVELS); level++) {
    const node = ((at >> level) | 1n) << level;
    if (node === at) right.push(ms);
    else if (node < at) left.push(Number(node));
    else right.push(Number(node));
  }
  if (!right.includes(ms)) right.push(ms);
  return { left, right };
}
