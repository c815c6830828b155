/**
 * `$setElementOrder` of a strategic merge patch: the client sends the order of the items it knows. Items that only
 * the server has keep their place among their neighbours of before.
 */
import { canonicalText } from "../../kinds/schema/json-value.ts";

/**
 * Sorts `items`. Those named by `order` come in that order; each of the others comes before the first named item
 * that it came before in `original`.
 */
export function orderItems(
  items: readonly unknown[],
  original: readonly unknown[],
  order: readonly unknown[],
  identity: (item: unknown) => unknown,
): readonly unknown[] {
  const ranks = firstPlaces(order);
  const places = firstPlaces(original.map(identity));
  const rank = (item: unknown) => ranks.get(canonicalText(identity(item))) ?? -1;
  const place = (item: unknown) => places.get(canonicalText(identity(item))) ?? -1;
  const named = items.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const others = items.filter((item) => rank(item) < 0);
  const sorted: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const at = place(item);
    for (; next < others.length && at >= 0 && place(others[next]) < at; next++) sorted.push(others[next]);
    sorted.push(item);
  }
  return [...sorted, ...others.slice(next)];
}

/** Where each value is found first. */
function firstPlaces(values: readonly unknown[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  values.forEach((value, at) => {
    const text = canonicalText(value);
    if (!places.has(text)) places.set(text, at);
  });
  return places;
}
