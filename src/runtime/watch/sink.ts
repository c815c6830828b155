/**
 * What the reflector feeds: the cache of one kind (or of one namespace of it).
 *
 * The reflector promises, for every sink:
 *
 * 1. `replace` comes first, unless the sink holds a state already (`resumeFrom`), and again after every relist. Between two calls of `replace`, `apply` gets every change
 *    after that list once, in the order of the writes; across reconnects too.
 * 2. Revisions never go backwards from one call to the next, unless the server itself went back (restored from a
 *    backup); only a `replace` can do that.
 * 3. Objects are parsed afresh for this sink, carry `apiVersion` and `kind`, and have no `metadata.managedFields`.
 *    The sink owns them: it may freeze them as they are.
 * 4. Calls are synchronous and never overlap.
 *
 * A sink that throws has lost a change: the reflector logs it, backs off and lists again, so that the sink gets the
 * whole truth. A sink guards its own handlers, so that one of them that throws costs the others nothing.
 */
import type { KubeObject } from "../../kube/index.ts";
import type { WatchEvent } from "../flow.ts";

export interface ReflectorSink<T extends KubeObject = KubeObject> {
  /**
   * The objects of a list, as their page arrives: what is returned comes with `replace`. So what the sink drops or shares
   * is never held for the whole list. A list that fails comes again from its first page. Default: as they are.
   */
  admit?(page: readonly T[]): readonly T[];
  /**
   * All objects that exist at `resourceVersion`. What the sink holds beyond that was deleted while there was no watch: the
   * sink makes tombstones of it (`CacheDelta` with origin `list`).
   */
  replace(items: readonly T[], resourceVersion: string): void;
  /** One change, or a BOOKMARK: everything up to its revision has been delivered. */
  apply(event: WatchEvent<T>): void;
}
