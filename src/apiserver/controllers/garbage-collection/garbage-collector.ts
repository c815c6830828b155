/**
 * Deletes what has lost its owners, and serves the finalizers `foregroundDeletion` and `orphan`
 * (https://kubernetes.io/docs/concepts/architecture/garbage-collection/).
 *
 * It follows every kind on one watch and keeps who names whom as an owner. What a change may concern is queued; what to
 * do is decided from the state at the time of the work, so an event more or a restart does no harm.
 *
 * As in Kubernetes, the owner of a namespaced object is looked for in its own namespace or among the cluster-scoped
 * kinds. An object whose owner is of a kind that is not served is kept, and so is a cluster-scoped object that names a
 * namespaced owner, which would be ambiguous.
 */
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { type Clock, defined } from "../../../kernel/index.ts";
import type { ObjectMeta, OwnerReference } from "../../../kube/object.ts";
import { EVERY_KIND, type ObjectAddress, type Store, type StoreChange } from "../../store/index.ts";
import {
  FOREGROUND_FINALIZER,
  isOrphaningDependents,
  isWaitingForDependents,
  ORPHAN_FINALIZER,
  ownersOf,
  propagationPolicyOf,
  withoutBlocking,
  withoutFinalizer,
  withoutOwners,
} from "../../writes/deletion-state.ts";
import type { ObjectWriteOutcome, ObjectWriter } from "../../writes/object-writer.ts";
import { RetryQueue } from "../retry-queue.ts";
import { type KindLookup, OwnerLookup } from "./owner-lookup.ts";
import { addressOfKey, keyOfAddress, OwnershipGraph } from "./ownership-graph.ts";
import { scanOwnership } from "./ownership-scan.ts";

export interface GarbageCollectorOptions {
  readonly store: Store;
  readonly resources: KindLookup;
  readonly writer: ObjectWriter;
  readonly kernel: { readonly clock: Clock };
  readonly logger?: Pick<Logger, "warn">;
}

export interface GarbageCollector {
  /** Resolves when there is nothing to do, except for failed keys that wait for a retry. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function startGarbageCollector(options: GarbageCollectorOptions): GarbageCollector {
  return new Collector(options);
}

const CONCURRENCY = 20;
const CRDS = "apiextensions.k8s.io/customresourcedefinitions";

class Collector implements GarbageCollector {
  readonly #store: Store;
  readonly #writer: ObjectWriter;
  readonly #graph = new OwnershipGraph();
  readonly #owners: OwnerLookup;
  readonly #queue: RetryQueue;
  /** Owners in foreground deletion, by uid. */
  readonly #waitingOwners = new Map<string, ObjectAddress>();
  /** Kept because an owner is of a kind that is not served. */
  readonly #unresolved = new Set<string>();
  readonly #stop: () => void;
  readonly #scanned: Promise<void>;
  #closed = false;

  constructor({ store, resources, writer, kernel, logger }: GarbageCollectorOptions) {
    this.#store = store;
    this.#writer = writer;
    this.#owners = new OwnerLookup(store, resources);
    this.#queue = new RetryQueue({
      clock: kernel.clock,
      concurrency: CONCURRENCY,
      work: async (key) => {
        if ((await this.#collect(addressOfKey(key))) === "changed") this.#queue.add(key);
      },
      onError: (key, error, retryDelayMs) => {
        const { kind, namespace, name } = addressOfKey(key);
        logger?.warn({ err: error, kind, namespace, name, retryDelayMs }, "could not collect an object");
      },
    });
    // An object that makes it stumble must not end the collection of all others.
    const guard = ({ kind, namespace, name }: ObjectAddress, work: () => unknown) => {
      try {
        work();
      } catch (error) {
        logger?.warn({ err: error, kind, namespace, name }, "could not look at the owners of an object");
      }
    };
    const watch = store.watch(EVERY_KIND, {
      after: store.revision,
      onChange: (change) =>
        guard(change.type === "put" ? change.current : change.previous, () => this.#observe(change)),
    });
    this.#stop = () => watch.ok && watch.value.close();
    this.#scanned = scanOwnership(store, kernel.clock, (address, metadata) =>
      guard(address, () => this.#closed || this.#observeExisting(address, metadata)),
    )
      .catch((error: unknown) => logger?.warn({ err: error }, "the owners of some objects were not checked"))
      .then(() => this.#queue.open());
  }

  async idle(): Promise<void> {
    await this.#scanned;
    await this.#queue.idle();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    return this.#queue.close();
  }

  #enqueue(address: ObjectAddress): void {
    this.#queue.add(keyOfAddress(address));
  }

  #observe(change: StoreChange): void {
    if (change.type === "put") this.#observeState(change.current, change.current.object.metadata);
    else this.#observeDeletion(change.previous, change.previous.object.metadata);
    if (change.type === "put" && change.current.kind === CRDS) {
      for (const key of this.#unresolved) this.#queue.add(key);
      this.#unresolved.clear();
    }
  }

  #observeState(address: ObjectAddress, metadata: ObjectMeta): void {
    const before = this.#graph.ownersOf(address);
    const owners = ownersOf(metadata);
    if (!isDeepStrictEqual(before, owners)) {
      this.#graph.set(address, owners);
      this.#enqueue(address);
      this.#enqueueWaiting(before);
    }
    const { uid = "" } = metadata;
    const isWaiting = isWaitingForDependents(metadata);
    if (isWaiting && !this.#waitingOwners.has(uid)) {
      this.#waitingOwners.set(uid, address);
      for (const dependent of this.#graph.dependentsOf(uid)) this.#enqueue(dependent.address);
    }
    if (!isWaiting) this.#waitingOwners.delete(uid);
    if (isWaiting || isOrphaningDependents(metadata)) this.#enqueue(address);
  }

  /** At start-up, when nearly every owner is where it should be: only what may need work is queued. */
  #observeExisting(address: ObjectAddress, metadata: ObjectMeta): void {
    const owners = ownersOf(metadata);
    this.#graph.set(address, owners);
    const isWaiting = isWaitingForDependents(metadata);
    if (isWaiting) this.#waitingOwners.set(metadata.uid ?? "", address);
    const hasLost = owners.some((owner) => this.#owners.stateOf(owner, address) !== "present");
    if (hasLost || isWaiting || isOrphaningDependents(metadata)) this.#enqueue(address);
  }

  #observeDeletion(address: ObjectAddress, { uid = "" }: ObjectMeta): void {
    const owners = this.#graph.ownersOf(address);
    this.#graph.delete(address);
    this.#waitingOwners.delete(uid);
    this.#owners.noteAbsent(uid);
    for (const dependent of this.#graph.dependentsOf(uid)) this.#enqueue(dependent.address);
    this.#enqueueWaiting(owners);
  }

  /** Owners whose foreground deletion may go on now. */
  #enqueueWaiting(owners: readonly OwnerReference[]): void {
    for (const { uid } of owners) {
      const waiting = this.#waitingOwners.get(uid);
      if (waiting !== undefined) this.#enqueue(waiting);
    }
  }

  /** `changed`: what was decided on is no longer so; decide again. */
  async #collect(address: ObjectAddress): Promise<ObjectWriteOutcome> {
    const metadata = this.#store.get(address)?.object.metadata;
    if (metadata === undefined) return "done";
    if (isOrphaningDependents(metadata)) return this.#orphanDependents(address, metadata);
    if (isWaitingForDependents(metadata)) return this.#endForeground(address, metadata);
    if (metadata.deletionTimestamp !== undefined) return "done";
    return this.#collectUnowned(address, metadata);
  }

  async #collectUnowned(address: ObjectAddress, metadata: ObjectMeta): Promise<ObjectWriteOutcome> {
    const { uid = "", resourceVersion } = metadata;
    const owners = ownersOf(metadata);
    const states = owners.map((owner) => this.#owners.stateOf(owner, address));
    if (owners.length === 0) return "done";
    if (states.includes("unknown")) {
      this.#unresolved.add(keyOfAddress(address));
      return "done";
    }
    if (states.includes("present")) {
      const lost = new Set(owners.filter((_, i) => states[i] !== "present").map((owner) => owner.uid));
      return lost.size === 0 ? "done" : this.#writer.updateMetadata(address, uid, withoutOwners(lost));
    }
    if (states.includes("waiting") && this.#graph.dependentsOf(uid).size > 0) {
      if (this.#isInCycle(uid)) await this.#writer.updateMetadata(address, uid, withoutBlocking);
      return this.#writer.delete(address, { uid, propagationPolicy: "Foreground" });
    }
    return this.#writer.delete(address, {
      uid,
      ...defined({ resourceVersion }),
      propagationPolicy: propagationPolicyOf(metadata),
    });
  }

  /** Whether a dependent of the object waits for its own dependents: then neither would ever go. */
  #isInCycle(uid: string): boolean {
    for (const { address } of this.#graph.dependentsOf(uid)) {
      const dependent = this.#store.get(address);
      if (dependent !== undefined && isWaitingForDependents(dependent.object.metadata)) return true;
    }
    return false;
  }

  async #endForeground(address: ObjectAddress, { uid = "" }: ObjectMeta): Promise<ObjectWriteOutcome> {
    for (const { owners } of this.#graph.dependentsOf(uid)) {
      if (owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true)) return "done";
    }
    return this.#writer.updateMetadata(address, uid, withoutFinalizer(FOREGROUND_FINALIZER));
  }

  async #orphanDependents(address: ObjectAddress, { uid = "" }: ObjectMeta): Promise<ObjectWriteOutcome> {
    for (const dependent of [...this.#graph.dependentsOf(uid)]) {
      const found = this.#store.get(dependent.address)?.object.metadata.uid;
      if (found === undefined) continue;
      const outcome = await this.#writer.updateMetadata(
        dependent.address,
        found,
        withoutOwners(new Set([uid])),
      );
      if (outcome === "changed") return "changed";
    }
    return this.#writer.updateMetadata(address, uid, withoutFinalizer(ORPHAN_FINALIZER));
  }
}
