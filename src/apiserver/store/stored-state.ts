/**
 * One state of one object, as the parsed object or as its JSON text; each is made from the other when it is first asked
 * for. Once there is a text it is what is kept, and the parsed object, several times as large, only for as long as
 * somebody uses it or memory is plenty.
 */
import type { AnyObject } from "../../api/object.ts";
import type { ObjectAddress, StorageKind, StoredObject } from "./store.ts";

export class StoredState implements StoredObject {
  readonly kind: StorageKind;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly createRevision: number;
  #object: AnyObject | undefined;
  #json: string | undefined;
  #parsed: WeakRef<AnyObject> | undefined;
  /** What `#object` is made of, when there is neither. */
  #origin: StoredObject | undefined;

  private constructor(address: ObjectAddress, revision: number, createRevision: number) {
    this.kind = address.kind;
    this.namespace = address.namespace;
    this.name = address.name;
    this.revision = revision;
    this.createRevision = createRevision;
  }

  /** Stamps `revision` into a copy of the object's metadata and freezes it. */
  static ofObject(
    address: ObjectAddress,
    revision: number,
    createRevision: number,
    object: AnyObject,
  ): StoredState {
    const state = new StoredState(address, revision, createRevision);
    state.#object = stamp(object, revision);
    return state;
  }

  /** The last state of a deleted object, with the revision of its deletion. Made when it is asked for. */
  static ofDeleted(last: StoredObject, revision: number): StoredState {
    const state = new StoredState(last, revision, last.createRevision);
    state.#origin = last;
    return state;
  }

  /** `json` must hold `metadata.resourceVersion` already. */
  static ofJson(address: ObjectAddress, revision: number, createRevision: number, json: string): StoredState {
    const state = new StoredState(address, revision, createRevision);
    state.#json = json;
    return state;
  }

  get object(): AnyObject {
    const known = this.#object ?? this.#parsed?.deref();
    if (known !== undefined) return known;
    if (this.#origin !== undefined) {
      this.#object = stamp(this.#origin.object, this.revision);
      this.#origin = undefined;
      return this.#object;
    }
    const parsed = deepFreeze(JSON.parse(this.#json as string) as AnyObject);
    this.#parsed = new WeakRef(parsed);
    return parsed;
  }

  json(): string {
    if (this.#json === undefined) {
      const { object } = this;
      this.#json = JSON.stringify(object);
      this.#parsed = new WeakRef(object);
      this.#object = undefined;
    }
    return this.#json;
  }
}

function stamp(object: AnyObject, revision: number): AnyObject {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  return deepFreeze({ ...object, metadata });
}

/**
 * Freezes `value` and what is in it. What is frozen already is taken to be frozen all the way down: an object that
 * was made from a stored one by spreading costs only what is new in it.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const key in value) {
    const child = value[key];
    if (typeof child === "object" && child !== null) deepFreeze(child);
  }
  return Object.freeze(value);
}
