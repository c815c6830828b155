/**
 * Runs the rows of a controller's routes over a delta: predicate, mapper, queue. If a row throws, that is logged; the row returns
 * no request, and the other rows are not affected (RQ-09).
 */
import type { KubeObject } from "../../kube/index.ts";
import { type CacheDelta, keyOf, type Request, type Route } from "../flow.ts";

export interface RouteTarget {
  readonly enqueue: (request: Request) => void;
  readonly onError: (route: Route, delta: CacheDelta, error: unknown) => void;
}

/** Requests that one delta leads to, each once. */
export function runRoutes(routes: readonly Route[], delta: CacheDelta, target: RouteTarget): void {
  let first: string | undefined;
  let seen: Set<string> | undefined;
  for (const route of routes) {
    for (const found of requestsOf(route, delta, target)) {
      if (found === undefined) continue;
      const key = keyOf(found);
      if (first === undefined) first = key;
      else {
        seen ??= new Set([first]);
        if (seen.has(key)) continue;
        seen.add(key);
      }
      target.enqueue(found);
    }
  }
}

function requestsOf(
  route: Route<KubeObject>,
  delta: CacheDelta,
  target: RouteTarget,
): readonly (Request | undefined)[] {
  try {
    return route.when(delta) ? route.to(delta) : [];
  } catch (error) {
    target.onError(route, delta, error);
    return [];
  }
}
