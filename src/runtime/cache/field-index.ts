/**
 * One index of a cache: value → objects. Entries of one object cost no table of their own, since most values of most
 * indexes name one object or very few.
 */
import type { KubeObject, Resource } from "../../kube/index.ts";
import type { IndexFunction } from "../flow.ts";
import { ObjectTable } from "./object-table.ts";

/** Declares an index of a kind. All of them are handed to the manager in one place (PS-09). */
export interface IndexDefinition<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  /** How code names it: a path to a field by convention, such as `spec.poolRef`. */
  readonly name: string;
  /** Pure. When it throws, that is logged and the object is not in the index. */
  readonly values: IndexFunction<T>;
}

/** Erases the kind, so that indexes of different kinds stand in one table. */
export function index<T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  values: IndexFunction<T>,
): IndexDefinition {
  return { resource, name, values } as unknown as IndexDefinition;
}

/**
 * An index that every cache has without being asked: the value `namespace/name` (`/name` for a cluster-scoped
 * object) finds the one object of that name. So a WaitKey can name an object that does not exist yet.
 */
export const NAME_INDEX = "metadata.namespace/name";

const NONE: readonly never[] = [];

export class FieldIndex<T extends KubeObject> {
  readonly name: string;
  readonly #values: IndexFunction<T>;
  readonly #onError: (error: unknown) => void;
  readonly #entries = new Map<string, T | ObjectTable<T>>();

  constructor(definition: IndexDefinition<T>, onError: (error: unknown) => void) {
    this.name = definition.name;
    this.#values = definition.values;
    this.#onError = onError;
  }

  /** The values of `object`, without repeats. */
  valuesOf(object: T): readonly string[] {
    try {
      const values = this.#values(object);
      return values.length < 2 ? values : [...new Set(values)];
    } catch (error) {
      this.#onError(error);
      return NONE;
    }
  }

  add(object: T): void {
    for (const value of this.valuesOf(object)) this.#insert(value, object);
  }

  remove(object: T): void {
    for (const value of this.valuesOf(object)) this.#erase(value, object);
  }

  /** As `remove` and `add`, but cheap where the values stay: `fresh` has the name of `old`. */
  replace(old: T, fresh: T): void {
    const values = this.valuesOf(fresh);
    for (const value of this.valuesOf(old)) if (!values.includes(value)) this.#erase(value, old);
    for (const value of values) this.#insert(value, fresh);
  }

  #insert(value: string, object: T): void {
    const entry = this.#entries.get(value);
    if (entry instanceof ObjectTable) entry.set(object);
    else if (entry === undefined || hasNameOf(entry, object)) this.#entries.set(value, object);
    else {
      const table = new ObjectTable<T>();
      table.set(entry);
      table.set(object);
      this.#entries.set(value, table);
    }
  }

  #erase(value: string, object: T): void {
    const entry = this.#entries.get(value);
    if (entry === undefined) return;
    if (!(entry instanceof ObjectTable)) {
      if (entry === object) this.#entries.delete(value);
      return;
    }
    const { namespace = "", name } = object.metadata;
    entry.delete(namespace, name);
    if (entry.size === 0) this.#entries.delete(value);
  }

  find(value: string): readonly T[] {
    const entry = this.#entries.get(value);
    if (entry === undefined) return NONE;
    return entry instanceof ObjectTable ? entry.values() : [entry];
  }

  count(value: string): number {
    const entry = this.#entries.get(value);
    if (entry === undefined) return 0;
    return entry instanceof ObjectTable ? entry.size : 1;
  }
}

function hasNameOf({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}
