/**
 * What a controller is: a table of routes, a function that decides, and limits. And a builder for those who write one
 * by hand.
 */
import type { KubeObject, Resource } from "../kube/index.ts";
import type { Mapper, Predicate, Reconcile, Request, Route, WriteObserver } from "./flow.ts";
import { route } from "./flow.ts";
import type { LimiterOptions } from "./queue/index.ts";
import type { ReconcileReport } from "./reconcile/index.ts";
import { allOf, always, toOwner, toSelf } from "./route/index.ts";

export const DEFAULT_CONCURRENCY = 5;
/** What a controller with a higher bound begins with: no API server minds so many requests of one client. */
export const FIRST_CONCURRENCY = 16;
/** Beyond, more reconciles at once bring no server more done. */
export const MAX_CONCURRENCY = 256;
export const DEFAULT_RECONCILE_TIMEOUT_MS = 90_000;

export interface ControllerDefinition {
  /** Unique in a manager. Names it in logs, metrics and `enqueue` actions. */
  readonly name: string;
  readonly routes: readonly Route[];
  readonly reconcile: Reconcile;
  readonly observer?: WriteObserver;
  /**
   * Requests that are reconciled at once, at most. Above the default of 5 (PS-11) the controller begins with 16, if
   * the bound allows, and takes as many more as the API server bears (`reconcile/concurrency-limit.ts`).
   */
  readonly concurrency?: number;
  /** Longest reconcile, its writes included. Default 90,000 (RQ-12). */
  readonly timeoutMs?: number;
  /** Whom a request concerns: groups take turns, so that many requests of one hold up no other. Default: one group. */
  readonly groupOf?: (request: Request) => string;
  /** For how long a change waits for further ones of its request, in milliseconds. Default: not at all. */
  readonly gatherMs?: (request: Request) => number;
  /** Back-off of failed requests (RQ-11). */
  readonly limiter?: LimiterOptions;
  /** Called when a reconcile starts, before the first decision. */
  readonly onStart?: (request: Request) => void;
  /** Called with the result of each reconcile. */
  readonly onResult?: (report: ReconcileReport) => void;
}

/** What the manager gives back for a definition. */
export interface ControllerHandle {
  readonly name: string;
  /** Queues a request from outside: a channel source (RQ-10.5). Equal requests collapse. */
  enqueue(request: Request): void;
}

/**
 * Builds a {@link ControllerDefinition} row by row.
 *
 * @example
 * controller("greeter").for(greetings).owns(configMaps, greetings).reconcile(decide, { concurrency: 2 })
 */
export function controller(name: string): ControllerBuilder {
  return new ControllerBuilder(name, []);
}

export type ControllerLimits = Omit<ControllerDefinition, "name" | "routes" | "reconcile">;

export class ControllerBuilder {
  readonly #name: string;
  readonly #routes: readonly Route[];

  constructor(name: string, routes: readonly Route[]) {
    this.#name = name;
    this.#routes = routes;
  }

  /** Reconciles each object of this kind when it changes and all predicates pass. */
  for<T extends KubeObject>(resource: Resource<T>, ...when: readonly Predicate<T>[]): ControllerBuilder {
    return this.watches(resource, toSelf, ...when);
  }

  /** Reconciles the `owner` (by controller reference) of each object of this kind that changes. */
  owns<T extends KubeObject>(
    resource: Resource<T>,
    owner: Resource,
    ...when: readonly Predicate<T>[]
  ): ControllerBuilder {
    return this.watches(resource, toOwner(owner), ...when);
  }

  /** Reconciles what `to` names when an object of this kind changes. */
  watches<T extends KubeObject>(
    resource: Resource<T>,
    to: Mapper<T>,
    ...when: readonly Predicate<T>[]
  ): ControllerBuilder {
    const row = route(resource, when.length === 0 ? always : allOf(...when), to);
    return new ControllerBuilder(this.#name, [...this.#routes, row]);
  }

  reconcile(decide: Reconcile, limits: ControllerLimits = {}): ControllerDefinition {
    return { name: this.#name, routes: this.#routes, reconcile: decide, ...limits };
  }
}
