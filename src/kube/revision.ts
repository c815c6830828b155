/**
 * Which of two revisions is the later one.
 *
 * A `resourceVersion` of a Kubernetes API is a decimal number of any length that grows with every write, comparable
 * within one kind (KEP-5504, "Comparable Resource Version"). Comparison is by digits, so that nothing is rounded.
 */

/** Whether `revision` has the comparable form: decimal, no leading zero. `"0"` means "any" in a request. */
export function isComparableRevision(revision: string): boolean {
  return /^(?:0|[1-9][0-9]*)$/.test(revision);
}

/**
 * -1: `a` is earlier; 1: `a` is later; 0: the same.
 *
 * @throws TypeError when one of them is not comparable. A server that follows KEP-5504 never sends such a thing.
 */
export function compareRevisions(a: string, b: string): -1 | 0 | 1 {
  if (!isComparableRevision(a) || !isComparableRevision(b)) {
    throw new TypeError(`cannot compare the revisions "${a}" and "${b}": both must be decimal numbers`);
  }
  if (a === b) return 0;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : 1;
}
