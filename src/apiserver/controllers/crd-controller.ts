/**
 * Serves what CustomResourceDefinitions declare. A CRD is served from the moment its write is visible; that its names
 * are accepted and it is established is written into its status after that. When it is deleted, its objects go
 * first, then it is no longer served.
 */
import { isDeepStrictEqual } from "node:util";
import { formatTime, type Kernel } from "../../kernel/index.ts";
import type { AnyObject, Condition, ObjectMeta } from "../../kube/object.ts";
import { CRD_CLEANUP_FINALIZER, customResourceDefinitions } from "../kinds/builtin/crd-kind.ts";
import type { Registry } from "../kinds/registry.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { compileCrd } from "../kinds/schema/index.ts";
import type { StorageKind, Store, StoreChange, StoredObject, Subscription } from "../store/index.ts";

interface Options {
  readonly store: Store;
  readonly kernel: Kernel;
  readonly registry: Registry;
  /** Deletes all objects of a kind as a client would, finalizers included. */
  readonly removeAll: (resource: ServedResource) => Promise<void>;
  /** Called with failures of background work. */
  readonly onError: (error: unknown) => void;
}

export class CrdController {
  readonly #options: Options;
  #subscription: Subscription | undefined;
  readonly #specs = new Map<string, unknown>();
  readonly #busy = new Set<string>();
  readonly #again = new Set<string>();
  /** Ends the waits for changes. */
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** What is stored is served when this returns. */
  start(): void {
    const { store } = this.#options;
    const after = store.revision;
    const kind = customResourceDefinitions.storage;
    const existing = store.list(kind, {});
    // Who had a name first keeps it over a restart.
    const first = (crd: StoredObject) => (isAccepted(crd.object) ? 0 : 1);
    const crds = existing.ok ? existing.value.items.toSorted((a, b) => first(a) - first(b)) : [];
    for (const crd of crds) this.#guard(() => this.#onPut(crd));
    const onChange = (change: StoreChange) => this.#guard(() => this.#onChange(change));
    const watched = store.watch(kind, { after, onChange });
    if (watched.ok) this.#subscription = watched.value;
  }

  close(): void {
    this.#closed = true;
    this.#subscription?.close();
    for (const end of this.#waiting) end();
  }

  /** A definition that makes it stumble must not end the service of all others. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #onChange(change: StoreChange): void {
    if (change.type === "put") {
      this.#onPut(change.current);
    } else {
      this.#specs.delete(change.previous.name);
      this.#options.registry.set(change.previous.name, []);
      this.#reconsiderRefused(change.previous.name);
    }
  }

  /** Names may have become free: those who wanted them get them. */
  #reconsiderRefused(except: string): void {
    const { store, registry } = this.#options;
    for (const name of this.#specs.keys()) {
      if (name === except || registry.ofOwner(name).length > 0) continue;
      const stored = store.get({ kind: customResourceDefinitions.storage, namespace: "", name });
      if (stored === undefined) continue;
      this.#serve(stored);
      this.#settleSoon(name);
    }
  }

  #onPut(stored: StoredObject): void {
    const crd = stored.object;
    if (!isDeepStrictEqual(this.#specs.get(stored.name), crd.spec)) {
      this.#specs.set(stored.name, crd.spec);
      this.#serve(stored);
      this.#reconsiderRefused(stored.name);
    }
    this.#settleSoon(stored.name);
  }

  #serve(stored: StoredObject): void {
    // It was taken once, and stays.
    const compiled = compileCrd(stored.object, stored.object);
    const accepted = compiled.ok && nameConflict(this.#options.registry, stored.object) === undefined;
    this.#options.registry.set(
      stored.name,
      accepted ? compiled.value.map((each) => ({ ...each, schemaRevision: stored.revision })) : [],
    );
    if (!compiled.ok)
      this.#options.onError(new Error(`${stored.name} cannot be served: ${compiled.error[0]?.message}`));
  }

  /** One at a time for each CRD; a change meanwhile makes it look again. */
  #settleSoon(name: string): void {
    if (this.#busy.has(name)) {
      this.#again.add(name);
      return;
    }
    this.#busy.add(name);
    this.#settle(name)
      .catch((error: unknown) => {
        if (!this.#closed) this.#options.onError(error);
      })
      .finally(() => {
        this.#busy.delete(name);
        if (this.#again.delete(name)) this.#settleSoon(name);
      });
  }

  /** Writes conditions, or cleans up, until there is nothing more to do for this CRD. */
  async #settle(name: string): Promise<void> {
    const { store } = this.#options;
    const address = { kind: customResourceDefinitions.storage, namespace: "", name };
    for (;;) {
      const stored = store.get(address);
      if (stored === undefined || this.#closed) return;
      const crd = stored.object;
      const isGoing = crd.metadata.deletionTimestamp !== undefined;
      const status = isGoing ? this.#goingStatus(crd) : this.#statusOf(crd);
      const metadata = isGoing ? crd.metadata : withCleanUp(crd.metadata);
      if (metadata === crd.metadata && isDeepStrictEqual(status, crd.status))
        return isGoing ? this.#cleanUp(name) : undefined;
      const object = { ...crd, metadata, status };
      await store.write({ do: "put", ...address, object, expectedRevision: stored.revision });
    }
  }

  async #cleanUp(name: string): Promise<void> {
    const { store, registry } = this.#options;
    const address = { kind: customResourceDefinitions.storage, namespace: "", name };
    const resource = registry.ofOwner(name)[0];
    while (!this.#closed && resource !== undefined && store.count(resource.storage) > 0) {
      const change = this.#nextChange(resource.storage);
      await this.#options.removeAll(resource);
      // What is left waits for its finalizers.
      if (store.count(resource.storage) > 0) await change.seen;
      change.forget();
    }
    while (!this.#closed) {
      const stored = store.get(address);
      const held = stored?.object.metadata.finalizers ?? [];
      if (stored === undefined || !held.includes(CRD_CLEANUP_FINALIZER)) return;
      const finalizers = held.filter((finalizer) => finalizer !== CRD_CLEANUP_FINALIZER);
      const condition = { ...address, expectedRevision: stored.revision };
      if (finalizers.length === 0) await store.write({ do: "delete", ...condition });
      else {
        const object = { ...stored.object, metadata: { ...stored.object.metadata, finalizers } };
        await store.write({ do: "put", ...condition, object });
      }
    }
  }

  /** The next change of a kind, or the end of this controller. */
  #nextChange(kind: StorageKind): { readonly seen: Promise<void>; forget(): void } {
    const { store } = this.#options;
    const { promise: seen, resolve } = Promise.withResolvers<void>();
    const watched = store.watch(kind, { after: store.revision, onChange: () => resolve(), onEnd: resolve });
    if (!watched.ok) throw new Error(`${kind} cannot be watched from now on`);
    this.#waiting.add(resolve);
    return {
      seen,
      forget: () => {
        watched.value.close();
        this.#waiting.delete(resolve);
      },
    };
  }

  #goingStatus(crd: AnyObject): object {
    const old = (crd.status ?? {}) as { conditions?: Condition[] | null };
    const others = (old.conditions ?? []).filter(({ type }) => type !== "Terminating");
    const terminating = {
      type: "Terminating",
      status: "True",
      reason: "InstanceDeletionInProgress",
      message: "objects of this kind are being deleted, and no more are created",
    } as const;
    const now = formatTime(this.#options.kernel.clock.now());
    return { ...old, conditions: [...others, withTime(old.conditions, terminating, now)] };
  }

  #statusOf(crd: AnyObject): object {
    const spec = crd.spec as { names: object; versions: { name: string; storage: boolean }[] };
    const old = (crd.status ?? {}) as { conditions?: Condition[] | null; storedVersions?: string[] };
    const conflict = nameConflict(this.#options.registry, crd);
    const served = conflict === undefined;
    const time = formatTime(this.#options.kernel.clock.now());
    const condition = (type: string, status: boolean, reason: string, message: string) =>
      withTime(old.conditions, { type, status: status ? "True" : "False", reason, message }, time);
    const storage = spec.versions.find((version) => version.storage)?.name ?? "";
    return {
      ...old,
      acceptedNames: served ? spec.names : { plural: "", kind: "" },
      storedVersions: [...new Set([...(old.storedVersions ?? []), storage])],
      conditions: [
        served
          ? condition("NamesAccepted", true, "NoConflicts", "no conflicts found")
          : condition("NamesAccepted", false, conflict.reason, conflict.message),
        served
          ? condition("Established", true, "InitialNamesAccepted", "the initial names have been accepted")
          : condition("Established", false, "NotAccepted", "not all names are accepted"),
      ],
    };
  }
}

function isAccepted(crd: AnyObject): boolean {
  const { conditions } = (crd.status ?? {}) as { conditions?: readonly Condition[] | null };
  return (conditions ?? []).some(({ type, status }) => type === "NamesAccepted" && status === "True");
}

/** With the finalizer that keeps a definition until its objects are gone. */
function withCleanUp(metadata: ObjectMeta): ObjectMeta {
  const { finalizers = [] } = metadata;
  if (finalizers.includes(CRD_CLEANUP_FINALIZER)) return metadata;
  return { ...metadata, finalizers: [...finalizers, CRD_CLEANUP_FINALIZER] };
}

function withTime(
  old: readonly Condition[] | null | undefined,
  condition: Omit<Condition, "lastTransitionTime">,
  now: string,
): Condition {
  const before = old?.find((other) => other.type === condition.type);
  const unchanged = before?.status === condition.status;
  return { ...condition, lastTransitionTime: unchanged && before ? before.lastTransitionTime : now };
}

/** Whether another kind of the same group has one of these names already. */
function nameConflict(registry: Registry, crd: AnyObject): { reason: string; message: string } | undefined {
  const spec = crd.spec as { group: string; names: Readonly<Record<string, unknown>> };
  const own = new Set(registry.ofOwner(crd.metadata.name));
  const others = registry.all().filter((other) => other.group === spec.group && !own.has(other));
  const taken = new Set(others.flatMap((other) => [other.plural, other.singular, ...other.shortNames]));
  const wanted = ["plural", "singular"].map((field) => [field, String(spec.names[field] ?? "")] as const);
  const shortNames = (spec.names.shortNames ?? []) as readonly string[];
  for (const [field, name] of [...wanted, ...shortNames.map((name) => ["shortNames", name] as const)]) {
    if (taken.has(name)) {
      const reason = `${field.charAt(0).toUpperCase()}${field.slice(1)}Conflict`;
      return { reason, message: `"${name}" is already in use` };
    }
  }
  const kinds = new Set(others.flatMap((other) => [other.kind, other.listKind]));
  for (const field of ["kind", "listKind"]) {
    const kind = String(spec.names[field] ?? "");
    if (kinds.has(kind)) return { reason: "KindConflict", message: `"${kind}" is already in use` };
  }
  return undefined;
}
