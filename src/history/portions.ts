/** Rows of one statement: databases limit the number of its values. */
const PORTION = 500;

export function* portions<T>(all: readonly T[], size = PORTION): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
