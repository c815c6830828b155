/**
 * What this server serves at this moment: the built-in kinds, and those of CustomResourceDefinitions as they come
 * and go. Readers compare `generation` to know whether something that they computed from it still holds.
 */
import type { ServedResource } from "./resource.ts";

export class Registry {
  readonly #byPath = new Map<string, ServedResource>();
  readonly #byOwner = new Map<string, readonly ServedResource[]>();
  readonly #onChange = new Set<() => void>();
  readonly #onListenerError: (error: unknown) => void;
  #generation = 0;

  /** @param onListenerError is called with the error of a listener. The other listeners are still called. */
  constructor(onListenerError: (error: unknown) => void = () => {}) {
    this.#onListenerError = onListenerError;
  }

  /** Changes with every change of what is served. */
  get generation(): number {
    return this.#generation;
  }

  /** Replaces what `owner` (a CRD's name, or `builtin`) contributes. An empty list removes it. */
  set(owner: string, resources: readonly ServedResource[]): void {
    for (const old of this.#byOwner.get(owner) ?? []) this.#byPath.delete(pathOf(old));
    if (resources.length === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, resources);
    for (const resource of resources) this.#byPath.set(pathOf(resource), resource);
    this.#generation += 1;
    for (const listener of this.#onChange) {
      try {
        listener();
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  /** Calls `listener` after every change. Returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#onChange.add(listener);
    return () => this.#onChange.delete(listener);
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  ofOwner(owner: string): readonly ServedResource[] {
    return this.#byOwner.get(owner) ?? [];
  }

  /** The kind in any served version, for those who know an `apiVersion` and a `kind` only. */
  findKind(apiVersion: string, kind: string): ServedResource | undefined {
    return this.all().find((r) => r.kind === kind && apiVersionOf(r) === apiVersion);
  }

  /** The version in which objects of this storage are kept. */
  findStorage(storage: string): ServedResource | undefined {
    const versions = this.all().filter((r) => r.storage === storage);
    return versions.find((r) => r.storageApiVersion === apiVersionOf(r)) ?? versions[0];
  }

  all(): readonly ServedResource[] {
    return [...this.#byPath.values()];
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.all().some((r) => r.group === group && r.version === version);
  }
}

export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

function pathOf(resource: ServedResource): string {
  return `${resource.group}/${resource.version}/${resource.plural}`;
}
