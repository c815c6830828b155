/**
 * The operator at work on objects that are given, without an API: its own routes say what a change concerns,
 * its own reconcilers decide, and what they decide is applied to the same caches and views. Synchronous, and
 * repeatable.
 */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../../api/index.ts";
import { assert, formatTime, ManualClock } from "../../../kernel/index.ts";
import type { KubeObject, Resource } from "../../../kube/index.ts";
import {
  type Action,
  type CacheDelta,
  type CacheReader,
  type Request,
  type Route,
  requestFor,
  type WatchEvent,
} from "../../../runtime/index.ts";
import { allObjects, type FleetObjects } from "../../check/fleet-objects.ts";
import { recomputeSource } from "../../check/recomputed-world.ts";
import { claimReconciler, claimRoutes } from "../../controllers/claim.ts";
import { poolReconciler, poolRoutes } from "../../controllers/pool.ts";
import { poolClaimReconciler, poolClaimRoutes } from "../../controllers/pool-claim.ts";
import { subnetReconciler, subnetRoutes } from "../../controllers/subnet.ts";
import { patched } from "../../decide/status-patch.ts";
import type { OperatorWorld } from "../../view/world.ts";

/** Later than every revision of a real API: those of etcd have 64 bits. */
const FIRST_REVISION = 10n ** 20n;

/**
 * No request of a fleet takes as many steps as this: two that undo each other's work would go on for ever.
 */
const MOST_STEPS_PER_OBJECT = 50;

interface Controller {
  readonly kind: string;
  readonly routes: readonly Route[];
  readonly reconcile: (request: Request) => { readonly verdict: string; readonly actions: readonly Action[] };
}

export class Simulation {
  readonly world: OperatorWorld;
  readonly #apply: (event: WatchEvent) => void;
  /** None while the caches are filled: what was there before is not news. */
  #controllers: readonly Controller[] = [];
  readonly #nowText: string;
  /** Key → what is to be done. A key is queued once. */
  readonly #queue = new Map<string, { readonly controller: Controller; readonly request: Request }>();
  /** What waits for something to change, as the queue names it. */
  readonly #blocked = new Map<string, { readonly controller: Controller; readonly request: Request }>();
  #revision = FIRST_REVISION;
  #lives = 0;
  /** A pool came, or something was given back: what is blocked is tried again. */
  #isRoomier = false;

  /** @param nowMs milliseconds since the epoch, by which is judged what rests */
  constructor(objects: FleetObjects, nowMs: number) {
    this.#nowText = formatTime(nowMs);
    const clock = new ManualClock(nowMs);
    const source = recomputeSource(allObjects(objects), clock, (resource, delta) =>
      this.#notice(resource, delta),
    );
    this.world = source.world;
    this.#apply = source.apply;
    this.#controllers = controllersOf(source.world);
  }

  /** What the API makes of a new object: an identity, a time, a revision. */
  create(object: KubeObject): void {
    const life = String(++this.#lives).padStart(8, "0");
    const metadata = {
      ...object.metadata,
      uid: `${life}-what-if`,
      creationTimestamp: this.#nowText,
      generation: 1,
      resourceVersion: this.#nextRevision(),
    };
    this.#apply({ type: "ADDED", object: { ...object, metadata } });
  }

  /** To look at an object as if it had just appeared. */
  enqueue(object: KubeObject): void {
    const request = requestFor(object);
    if (request !== undefined) this.#enqueue(object.kind, request);
  }

  /** Until nothing is left to do. */
  settle(): void {
    let steps = 0;
    for (;;) {
      const [entry] = this.#queue;
      if (entry === undefined) {
        if (!this.#isRoomier) return;
        this.#isRoomier = false;
        for (const [key, task] of this.#blocked) this.#queue.set(key, task);
        continue;
      }
      const [key, { controller, request }] = entry;
      this.#queue.delete(key);
      const { verdict, actions } = controller.reconcile(request);
      if (verdict === "blocked") this.#blocked.set(key, { controller, request });
      else this.#blocked.delete(key);
      for (const action of actions) if (!this.#carryOut(action)) break;
      steps++;
      assert(steps <= MOST_STEPS_PER_OBJECT * (this.#objects() + 1), "the simulation does not come to rest");
    }
  }

  #objects(): number {
    const { pools, claims, subnets, poolClaims } = this.world;
    return pools.size + claims.size + subnets.size + poolClaims.size;
  }

  #enqueue(kind: string, request: Request): void {
    const controller = this.#controllers.find((each) => each.kind === kind);
    if (controller === undefined) return;
    this.#queue.set(`${kind} ${request.namespace}/${request.name}`, { controller, request });
  }

  #notice(resource: Resource, delta: CacheDelta): void {
    if (this.#controllers.length === 0) return;
    for (const { kind, routes } of this.#controllers)
      for (const { resource: watched, when, to } of routes)
        if (watched.kind === resource.kind && when(delta))
          for (const request of to(delta)) if (request !== undefined) this.#enqueue(kind, request);
    const isPool = resource.kind === SUBNET_POOLS.kind && delta.type !== "updated";
    if (isPool || delta.type === "deleted") this.#isRoomier = true;
    if (resource.kind === SUBNETS.kind && this.#isBehindPool(delta)) this.#isRoomier = true;
  }

  /** A decision about the block of a child pool makes that pool usable. */
  #isBehindPool({ new: current }: CacheDelta): boolean {
    const spec = (current as { readonly spec?: { clusterID: string; poolRef: string } } | undefined)?.spec;
    return (
      spec !== undefined &&
      this.world.poolNamesBehind(current?.metadata.namespace ?? "", spec as never).length > 0
    );
  }

  // ── writing
  // ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether the rest of the decision still holds. */
  #carryOut(action: Action): boolean {
    switch (action.do) {
      case "create":
        if (this.#held(action.resource, action.object) !== undefined) return false;
        this.create(action.object);
        return true;
      case "patch":
        return this.#write(action.resource, action.of, action.patch);
      case "patch-status":
        return this.#write(action.resource, action.of, { status: action.status });
      case "delete":
        return this.#delete(action.resource, action.of);
      case "confirm-gone": {
        const { namespace, name, uid } = action;
        const held = this.#cache(action.resource).get(namespace, name);
        return held === undefined || (uid !== undefined && held.metadata.uid !== uid);
      }
      case "confirm-there":
        return this.#held(action.resource, action.of)?.metadata.uid === action.of.metadata.uid;
      case "enqueue":
        this.#enqueue(action.controller, action.request);
        return true;
      case "raise":
      case "emit":
        return true;
    }
  }

  #write(resource: Resource, of: KubeObject, patch: object): boolean {
    const held = this.#held(resource, of);
    if (held === undefined || held.metadata.uid !== of.metadata.uid) return false;
    const merged = { ...held, ...patched(held, patch) };
    const { generation = 1, deletionTimestamp, finalizers = [] } = merged.metadata;
    const metadata = {
      ...merged.metadata,
      generation: "spec" in patch ? generation + 1 : generation,
      resourceVersion: this.#nextRevision(),
    };
    const isGone = deletionTimestamp !== undefined && finalizers.length === 0;
    this.#apply({ type: isGone ? "DELETED" : "MODIFIED", object: { ...merged, metadata } });
    return true;
  }

  #delete(resource: Resource, of: KubeObject): boolean {
    const held = this.#held(resource, of);
    if (held === undefined || held.metadata.uid !== of.metadata.uid) return true;
    const isHeldBack = (held.metadata.finalizers ?? []).length > 0;
    if (isHeldBack && held.metadata.deletionTimestamp !== undefined) return true;
    const metadata = {
      ...held.metadata,
      resourceVersion: this.#nextRevision(),
      ...(isHeldBack ? { deletionTimestamp: this.#nowText } : {}),
    };
    this.#apply({ type: isHeldBack ? "MODIFIED" : "DELETED", object: { ...held, metadata } });
    return true;
  }

  #held(resource: Resource, { metadata }: KubeObject): KubeObject | undefined {
    return this.#cache(resource).get(metadata.namespace ?? "", metadata.name);
  }

  #cache({ kind }: Resource): CacheReader {
    const { pools, claims, subnets, poolClaims } = this.world;
    const caches: Readonly<Record<string, unknown>> = {
      [SUBNET_POOLS.kind]: pools,
      [SUBNET_CLAIMS.kind]: claims,
      [SUBNETS.kind]: subnets,
      [SUBNET_POOL_CLAIMS.kind]: poolClaims,
    };
    return caches[kind] as CacheReader;
  }

  #nextRevision(): string {
    this.#revision += 1n;
    return String(this.#revision);
  }
}

/**
 * Named by the kinds that they look after, as in `controllers/index.ts`. The figures in the status of a pool
 * are left out.
 */
function controllersOf(world: OperatorWorld): readonly Controller[] {
  return [
    {
      kind: SUBNET_CLAIMS.kind,
      routes: claimRoutes(world.subnets),
      reconcile: claimReconciler(world),
    },
    { kind: SUBNETS.kind, routes: subnetRoutes(world.subnets), reconcile: subnetReconciler(world) },
    {
      kind: SUBNET_POOL_CLAIMS.kind,
      routes: poolClaimRoutes(world),
      reconcile: poolClaimReconciler(world),
    },
    { kind: SUBNET_POOLS.kind, routes: poolRoutes(world), reconcile: poolReconciler(world) },
  ];
}
