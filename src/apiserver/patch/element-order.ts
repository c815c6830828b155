/**
 * `$setElementOrder` of a strategic merge patch: the client tells the order of the items it knows. Items that only
 * the server has keep their place among their neighbours of before.
 */
import { equalJson } from "../schema/json-value.ts";

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
  const rank = (item: unknown) => order.findIndex((each) => equalJson(each, identity(item)));
  const place = (item: unknown) => original.findIndex((each) => equalJson(identity(each), identity(item)));
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
