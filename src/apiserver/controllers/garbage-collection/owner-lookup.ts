/**
 * Whether an owner is still there.
 */
import type { OwnerReference } from "../../../kube/object.ts";
import type { ServedResource } from "../../kinds/resource.ts";
import type { ObjectAddress, Store } from "../../store/index.ts";
import { isWaitingForDependents } from "../../writes/deletion-state.ts";

export interface KindLookup {
  findKind(apiVersion: string, kind: string): Pick<ServedResource, "storage" | "namespaced"> | undefined;
}

/**
 * - `present`: it is there and holds its dependents.
 * - `waiting`: it is in foreground deletion and waits for them.
 * - `absent`: no object of that uid.
 * - `unknown`: cannot be determined; its kind is not served, or it could be in any namespace.
 */
export type OwnerState = "present" | "waiting" | "absent" | "unknown";

/** Deletions that are remembered, for owners whose kind goes with them. */
const REMEMBERED_UIDS = 10_000;

export class OwnerLookup {
  readonly #store: Store;
  readonly #resources: KindLookup;
  readonly #absent = new Set<string>();

  constructor(store: Store, resources: KindLookup) {
    this.#store = store;
    this.#resources = resources;
  }

  /** An object of that uid was deleted. */
  noteAbsent(uid: string): void {
    this.#absent.add(uid);
    if (this.#absent.size <= REMEMBERED_UIDS) return;
    for (const oldest of this.#absent) {
      this.#absent.delete(oldest);
      break;
    }
  }

  stateOf(owner: OwnerReference, dependent: ObjectAddress): OwnerState {
    const resource = this.#resources.findKind(owner.apiVersion, owner.kind);
    if (resource === undefined) return this.#absent.has(owner.uid) ? "absent" : "unknown";
    if (resource.namespaced && dependent.namespace === "") return "unknown";
    const namespace = resource.namespaced ? dependent.namespace : "";
    const found = this.#store.get({ kind: resource.storage, namespace, name: owner.name });
    if (found === undefined || found.object.metadata.uid !== owner.uid) return "absent";
    return isWaitingForDependents(found.object.metadata) ? "waiting" : "present";
  }
}
