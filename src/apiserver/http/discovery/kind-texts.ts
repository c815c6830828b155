/**
 * What each kind adds to a document, as JSON text. A document is put together from these when it is asked for, and a
 * definition that changes costs what its own kind adds: large schemas would otherwise be held once for each document and
 * each encoding.
 */
import { createHash } from "node:crypto";
import type { ServedResource } from "../../kinds/resource.ts";

/** Characters that are kept for all kinds together. Texts beyond that are created again each time, about ten milliseconds a MiB. */
const MAX_KEPT = 8 * 1024 * 1024;
/** Of one kind. Nearly all have less. */
const MAX_KEPT_EACH = 256 * 1024;

export class KindTexts {
  readonly #make: (resource: ServedResource) => string;
  readonly #texts = new Map<ServedResource, string>();
  readonly #hashes = new Map<ServedResource, string>();
  #kept = 0;

  /** @param make The members of an object, without braces: `"a":1,"b":2`. */
  constructor(make: (resource: ServedResource) => Readonly<Record<string, object>>) {
    this.#make = (resource) => JSON.stringify(make(resource)).slice(1, -1);
  }

  /** Characters that are kept. */
  get kept(): number {
    return this.#kept;
  }

  of(resource: ServedResource): string {
    const known = this.#texts.get(resource);
    if (known !== undefined) return known;
    const text = this.#make(resource);
    if (text.length <= MAX_KEPT_EACH && this.#kept + text.length <= MAX_KEPT) {
      this.#texts.set(resource, text);
      this.#kept += text.length;
    }
    return text;
  }

  hashOf(resource: ServedResource): string {
    let hash = this.#hashes.get(resource);
    if (hash === undefined) {
      hash = createHash("sha512").update(this.of(resource)).digest("hex");
      this.#hashes.set(resource, hash);
    }
    return hash;
  }

  /** Forgets the kinds that are not among these. */
  keepOnly(served: ReadonlySet<ServedResource>): void {
    for (const resource of this.#hashes.keys()) if (!served.has(resource)) this.#hashes.delete(resource);
    for (const [resource, text] of this.#texts) {
      if (served.has(resource)) continue;
      this.#texts.delete(resource);
      this.#kept -= text.length;
    }
  }
}

/** The members of one object, piece by piece. */
export function* membersText(texts: Iterable<string>): Generator<string> {
  let isFirst = true;
  for (const text of texts) {
    if (text === "") continue;
    if (!isFirst) yield ",";
    yield text;
    isFirst = false;
  }
}

/** The text of each kind. */
export function* textsOf(texts: KindTexts, resources: readonly ServedResource[]): Generator<string> {
  for (const resource of resources) yield texts.of(resource);
}

/** `{"a":1}` → `"a":1` */
export function openText(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}
