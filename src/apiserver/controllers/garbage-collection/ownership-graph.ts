/**
 * Who names whom as an owner: from an owner's uid to its dependents in O(1).
 */
import type { OwnerReference } from "../../../kube/object.ts";
import type { ObjectAddress } from "../../store/index.ts";

export interface Dependent {
  readonly address: ObjectAddress;
  readonly owners: readonly OwnerReference[];
}

const NOBODY: ReadonlySet<Dependent> = new Set();

export class OwnershipGraph {
  readonly #dependents = new Map<string, Dependent>();
  readonly #byOwner = new Map<string, Set<Dependent>>();

  /** `owners` takes the place of what was known of the object. */
  set(address: ObjectAddress, owners: readonly OwnerReference[]): void {
    this.delete(address);
    if (owners.length === 0) return;
    const { kind, namespace, name } = address;
    const dependent: Dependent = { address: { kind, namespace, name }, owners };
    this.#dependents.set(keyOfAddress(address), dependent);
    for (const { uid } of owners) {
      const others = this.#byOwner.get(uid);
      if (others === undefined) this.#byOwner.set(uid, new Set([dependent]));
      else others.add(dependent);
    }
  }

  delete(address: ObjectAddress): void {
    const key = keyOfAddress(address);
    const dependent = this.#dependents.get(key);
    if (dependent === undefined) return;
    this.#dependents.delete(key);
    for (const { uid } of dependent.owners) {
      const others = this.#byOwner.get(uid);
      others?.delete(dependent);
      if (others?.size === 0) this.#byOwner.delete(uid);
    }
  }

  ownersOf(address: ObjectAddress): readonly OwnerReference[] {
    return this.#dependents.get(keyOfAddress(address))?.owners ?? [];
  }

  dependentsOf(uid: string): ReadonlySet<Dependent> {
    return this.#byOwner.get(uid) ?? NOBODY;
  }
}

export function keyOfAddress(address: ObjectAddress): string {
  return `${address.kind}\0${address.namespace}\0${address.name}`;
}

export function addressOfKey(key: string): ObjectAddress {
  const [kind = "", namespace = "", name = ""] = key.split("\0");
  return { kind, namespace, name };
}
