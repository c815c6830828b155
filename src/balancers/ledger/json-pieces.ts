/**
 * The text of a JSON value in pieces: a plan of 100,000 steps is more than 100 MB in one, and is stored and hashed without
 * ever being one.
 */

/** Characters that are gathered before they are handed on. */
const GATHERED = 64 * 1024;

/** Joined, they are what JSON.stringify makes of the value. */
export function* jsonPieces(value: unknown): Generator<string> {
  let gathered = "";
  for (const token of tokens(value, 3)) {
    gathered += token;
    if (gathered.length < GATHERED) continue;
    yield gathered;
    gathered = "";
  }
  if (gathered !== "") yield gathered;
}

/** @param depth levels of arrays and objects that are taken apart; what is below is made at once */
function* tokens(value: unknown, depth: number): Generator<string> {
  const isPlain = typeof value === "object" && value !== null && !("toJSON" in value);
  if (!isPlain || depth === 0) yield JSON.stringify(value) ?? "null";
  else if (Array.isArray(value)) {
    yield "[";
    for (const [at, item] of value.entries()) {
      if (at > 0) yield ",";
      yield* isLong(item) ? tokens(item, depth - 1) : [JSON.stringify(item) ?? "null"];
    }
    yield "]";
  } else {
    yield "{";
    let separator = "";
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || typeof item === "function" || typeof item === "symbol") continue;
      yield `${separator}${JSON.stringify(key)}:`;
      separator = ",";
      yield* tokens(item, depth - 1);
    }
    yield "}";
  }
}

function isLong(item: unknown): boolean {
  return Array.isArray(item) && item.length > 100;
}
