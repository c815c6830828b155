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
 * `metadata.managedFields` repeats the fields of the object, some levels deeper than they are: an object that was
 * stored must be allowed to come back.
 */
export const MAX_DEPTH_WITH_OWNERS = MAX_DEPTH + 16;

/**
 * So many values (scalars, lists and objects, at all levels) one request may hold. Nearly everything that is done with
 * an object reads each of its values about ten times; of this many that takes about a tenth of a second, in which
 * all other requests wait. The largest definitions and objects in use have a tenth of that; etcd's own limit of 1.5 MiB for
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
    // Object.values takes twice as long where there are very many, and for…in is compiled again and again.
    for (const key of Object.keys(each)) {
      members++;
      if (!isWithin((each as Record<string, unknown>)[key], left - 1)) return false;
    }
    return true;
  };
  const tooDeep = !isWithin(value, maxDepth);
  return { members, values, tooDeep };
}

/**
 * What is stored may be this large as JSON. A request has at most 3 MiB, but the defaults of a schema, which may stand in
 * each of ten thousand items, the patches of webhooks and the record of who owns what add to that.
 */
export const MAX_OBJECT_BYTES = 8 * 1024 * 1024;

/** Whether the JSON of a value has more than so many characters; reads no more of it than that. */
export function isLargerThan(value: unknown, maxCharacters: number): boolean {
  let left = maxCharacters;
  const weigh = (each: unknown): void => {
    if (left < 0) return;
    if (typeof each === "string") left -= each.length + 2;
    else if (typeof each !== "object" || each === null) left -= 4;
    else if (Array.isArray(each)) {
      left -= 2 + each.length;
      for (let i = 0; i < each.length && left >= 0; i++) weigh(each[i]);
    } else {
      left -= 2;
      for (const key in each) {
        if (left < 0) return;
        left -= key.length + 4;
        weigh((each as Record<string, unknown>)[key]);
      }
    }
  };
  weigh(value);
  return left < 0;
}

export const TOO_LARGE_MESSAGE = `the object is larger than ${MAX_OBJECT_BYTES} bytes, the limit, once defaults are filled in`;

/** @param what `the body of the request`, `the patched object` */
export function tooDeepMessage(what: string): string {
  return `${what} is nested too deeply: at most ${MAX_DEPTH} levels of lists and objects are allowed`;
}

/** @throws StatusError 400 */
export function checkDepth(value: unknown, what: string, maxDepth: number = MAX_DEPTH_WITH_OWNERS): void {
  if (measureValue(value, maxDepth).tooDeep) throw badRequest(tooDeepMessage(what));
}
