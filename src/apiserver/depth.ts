/**
 * How deep a value may be nested, whichever way it comes in: JSON, YAML, protobuf, what a patch makes of an object, the
 * answer of a webhook. kube-apiserver refuses JSON that is deeper than 10,000; here much that works with objects calls
 * itself once or more a level (`structuredClone`, `JSON.stringify`, the checks that a schema compiles to), and a stack
 * that overflows in the middle of a write is not to be had. Objects of real clusters are some 20 levels deep.
 */
import { badRequest } from "./status-error.ts";

/** Levels of lists and objects. A scalar has none, `{}` has one. */
export const MAX_DEPTH = 256;

/**
 * `metadata.managedFields` says again which fields there are, some levels deeper than they are: an object that was
 * stored must be allowed to come back.
 */
export const MAX_DEPTH_WITH_OWNERS = MAX_DEPTH + 16;

/**
 * So many values (scalars, lists and objects, at all levels) one request may hold. Nearly everything that is done with
 * an object looks at each of its values some ten times; of this many that takes about a tenth of a second, in which
 * everybody else waits. The largest definitions and objects in use have a tenth of that; etcd's own limit of 1.5 MiB for
 * an object of Kubernetes keeps them in the same order.
 */
export const MAX_VALUES = 100_000;

export function tooManyValuesMessage(what: string): string {
  return `${what} holds too many values: at most ${MAX_VALUES} scalars, lists and objects are allowed`;
}

/** Of one value: its members, at any level, and whether it goes deeper than asked. Goes no deeper itself. */
export interface Measure {
  /** Members of objects. JSON that names a field twice has more of them in its text. */
  readonly members: number;
  /** Scalars, lists and objects, itself included. */
  readonly values: number;
  readonly tooDeep: boolean;
}

export function measureValue(value: unknown, maxDepth: number): Measure {
  let members = 0;
  let values = 0;
  const isWithin = (each: unknown, left: number): boolean => {
    values++;
    if (typeof each !== "object" || each === null) return true;
    if (left === 0) return false;
    if (Array.isArray(each)) {
      for (const item of each) if (!isWithin(item, left - 1)) return false;
      return true;
    }
    for (const key in each) {
      members++;
      if (!isWithin((each as Record<string, unknown>)[key], left - 1)) return false;
    }
    return true;
  };
  const tooDeep = !isWithin(value, maxDepth);
  return { members, values, tooDeep };
}

export function isTooDeep(value: unknown, maxDepth: number = MAX_DEPTH_WITH_OWNERS): boolean {
  return measureValue(value, maxDepth).tooDeep;
}

/** @param what `the body of the request`, `the patched object` */
export function tooDeepMessage(what: string): string {
  return `${what} is nested too deeply: at most ${MAX_DEPTH} levels of lists and objects are allowed`;
}

/** @throws StatusError 400 */
export function checkDepth(value: unknown, what: string, maxDepth: number = MAX_DEPTH_WITH_OWNERS): void {
  if (isTooDeep(value, maxDepth)) throw badRequest(tooDeepMessage(what));
}
