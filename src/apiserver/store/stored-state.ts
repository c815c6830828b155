/**
 * One state of one object, as the parsed object or as its JSON text; each is made from the other when it is first asked
 * for. Once there is a text it is what is kept, and the parsed object, several times as large, only for as long as
 * it is in use or memory is plentiful. Where a client in this process keeps the object, it is the other way round
 * (docs/design/0018).
 */
import { SharedParts } from "../../kube/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { Steps } from "../steps.ts";
import { isPrepared, isReady, partsOf, prepareParts, textOf } from "./large-parts.ts";
import { type ObjectAddress, type StorageKind, type StoredObject, UnstorableObjectError } from "./store.ts";

/**
 * Lists and maps within each other. kube-apiserver takes 10,000; here each level costs stack wherever an object is
 * walked, and no kind of Kubernetes comes near fifty.
 */
export const MAX_DEPTH = 1000;
/** Characters of JSON. The API takes bodies of 3 MiB, and etcd objects of 1.5. */
export const MAX_TEXT_LENGTH = 16 * 1024 * 1024;

/** Characters of a text that is kept beside its object: too long to be written again for each who reads it. */
const LONG_TEXT = 16 * 1024;

/** Of all that is shared: what is equal in two objects is one value, whichever store they are in. */
const sharedParts = new SharedParts();

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
  /** Characters of the text, negative where each takes two bytes. 0: not counted yet. */
  #length = 0;
  #isShared = false;

  private constructor(address: ObjectAddress, revision: number, createRevision: number) {
    this.kind = address.kind;
    this.namespace = address.namespace;
    this.name = address.name;
    this.revision = revision;
    this.createRevision = createRevision;
  }

  /**
   * Stamps `revision` into a copy of the object's metadata and freezes it. Its text is made at once: what has none must
   * not get as far as a revision.
   *
   * @throws UnstorableObjectError
   */
  static ofObject(
    address: ObjectAddress,
    revision: number,
    createRevision: number,
    object: AnyObject,
  ): StoredState {
    const state = new StoredState(address, revision, createRevision);
    try {
      const stamped = stamp(object, revision);
      state.#object = stamped;
      const sound = isReady(object) ? new Set(partsOf(object).filter(isPrepared)) : NOTHING;
      if (sound.size > 0) state.#keepText(textOf(stamped), stamped);
      const text = state.json();
      const fault = faultOfText(text, object, sound);
      if (fault !== undefined) throw new UnstorableObjectError(`${nameOf(address)} ${fault}.`);
    } catch (cause) {
      if (cause instanceof UnstorableObjectError) throw cause;
      const reason = cause instanceof TooDeepError ? TOO_DEEP : `cannot be written as JSON (${cause})`;
      throw new UnstorableObjectError(`${nameOf(address)} ${reason}.`, cause);
    }
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
    const parsed = freezeParsed(JSON.parse(this.#json as string) as AnyObject);
    this.#parsed = new WeakRef(parsed);
    return parsed;
  }

  json(): string {
    if (this.#json !== undefined) return this.#json;
    const { object } = this;
    const text = JSON.stringify(object);
    if (!this.#isShared) this.#keepText(text, object);
    return text;
  }

  get jsonLength(): number {
    return Math.abs(this.#countedLength());
  }

  get jsonBytes(): number {
    const length = this.#countedLength();
    return length < 0 ? -2 * length : length;
  }

  shared(before?: StoredObject): AnyObject {
    const text = this.#json;
    // A state without a text is the last of an object that is gone, or is shared already.
    if (text === undefined || text.length > LONG_TEXT) return this.object;
    this.#countedLength();
    const parsed = JSON.parse(text) as AnyObject;
    const own = { name: this.name, ...(this.namespace !== "" && { namespace: this.namespace }) };
    Object.assign(parsed.metadata, own);
    this.#object = sharedParts.freeze(parsed, before instanceof StoredState ? before.#object : undefined);
    this.#isShared = true;
    this.#json = undefined;
    this.#parsed = undefined;
    return this.#object;
  }

  /** V8 has one byte for a character, or two as soon as one of them is not in Latin-1. */
  #countedLength(): number {
    if (this.#length === 0) {
      const text = this.json();
      this.#length = Buffer.byteLength(text) > text.length ? -text.length : text.length;
    }
    return this.#length;
  }

  #keepText(text: string, object: AnyObject): void {
    this.#json = text;
    this.#parsed = new WeakRef(object);
    this.#object = undefined;
  }
}

/**
 * To be done with a large object before it is written: what the store would do at once it does step by step. The object
 * must not be changed any more. @throws UnstorableObjectError
 */
export function readyForStore(object: AnyObject): Steps<void> {
  return prepareParts(object, (part) => {
    try {
      // What is frozen already is not looked into.
      if (deepFreezeAnew(part)) return;
    } catch (error) {
      if (!(error instanceof TooDeepError)) throw error;
      throw new UnstorableObjectError(`The object ${TOO_DEEP}.`, error);
    }
    if (isDeeperThan(part, MAX_DEPTH - 1)) throw new UnstorableObjectError(`The object ${TOO_DEEP}.`);
  });
}

function stamp(object: AnyObject, revision: number): AnyObject {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  return deepFreeze({ ...object, metadata });
}

const NOTHING: ReadonlySet<unknown> = new Set();

class TooDeepError extends Error {}

const TOO_DEEP = `is nested deeper than ${MAX_DEPTH} levels: make it flatter`;

/** What is frozen already was not looked into by {@link deepFreeze}; a text that is short cannot be deep. */
function faultOfText(text: string, object: AnyObject, sound: ReadonlySet<unknown>): string | undefined {
  if (text.length > MAX_TEXT_LENGTH)
    return `has ${text.length} characters of JSON, above the limit of ${MAX_TEXT_LENGTH}: make it smaller`;
  if (text.length <= 2 * MAX_DEPTH) return undefined;
  const rest = sound.size === 0 ? object : partsOf(object).filter((part) => !sound.has(part));
  return isDeeperThan(rest, MAX_DEPTH) ? TOO_DEEP : undefined;
}

function isDeeperThan(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const key in value) {
    const child = (value as Record<string, unknown>)[key];
    if (typeof child === "object" && child !== null && isDeeperThan(child, levels - 1)) return true;
  }
  return false;
}

function nameOf({ kind, namespace, name }: ObjectAddress): string {
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

/**
 * Freezes `value` and what is in it. What is frozen already is taken to be frozen all the way down: an object that
 * was made from a stored one by spreading costs only what is new in it.
 */
function deepFreeze<T>(value: T, levels = MAX_DEPTH): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (levels === 0) throw new TooDeepError(TOO_DEEP);
  // Not for…in: V8 compiles that for the layouts at hand, and is wrong about it again and again (775 times in 20,000
  // creates). Object.values takes twice as long where there are very many.
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    if (typeof child === "object" && child !== null) deepFreeze(child, levels - 1);
  }
  return Object.freeze(value);
}

/** As {@link deepFreeze}. Whether nothing of it was frozen before, so that all of it was looked into. */
function deepFreezeAnew(value: object, levels = MAX_DEPTH - 1): boolean {
  if (Object.isFrozen(value)) return Object.keys(value).length === 0;
  if (levels === 0) throw new TooDeepError(TOO_DEEP);
  let isNew = true;
  for (const key in value) {
    const child = (value as Record<string, unknown>)[key];
    if (typeof child !== "object" || child === null) continue;
    if (!deepFreezeAnew(child, levels - 1)) isNew = false;
  }
  Object.freeze(value);
  return isNew;
}

/** A file of an earlier version may hold what would be refused today: it has to be readable, or it could not be deleted. */
function freezeParsed<T>(value: T): T {
  try {
    return deepFreeze(value);
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
  }
  const waiting: unknown[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const child of Object.values(next as object))
      if (typeof child === "object" && child !== null) waiting.push(child);
    Object.freeze(next);
  }
  return value;
}
