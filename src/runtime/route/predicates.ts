/** Predicates that most controllers want. They are plain functions; a controller writes its own beside them. */
import type { KubeObject } from "../../kube/index.ts";
import type { CacheDelta, Predicate } from "../flow.ts";
import { sameEntries } from "../same-entries.ts";

export const always: Predicate<KubeObject> = () => true;

/**
 * Passes what appears and goes, and updates that a user made: a new generation, or the beginning of a deletion. An
 * update of the status alone does not pass (PS-07). For the controller's own kind only; on watched kinds it would
 * hide what matters.
 */
export const specChanged: Predicate<KubeObject> = (delta) =>
  delta.type !== "updated" ||
  delta.new.metadata.generation !== delta.old.metadata.generation ||
  delta.new.metadata.deletionTimestamp !== delta.old.metadata.deletionTimestamp;

export const annotationsChanged: Predicate<KubeObject> = (delta) =>
  delta.type === "updated" && !sameEntries(delta.new.metadata.annotations, delta.old.metadata.annotations);

export const labelsChanged: Predicate<KubeObject> = (delta) =>
  delta.type === "updated" && !sameEntries(delta.new.metadata.labels, delta.old.metadata.labels);

export function anyOf<T extends KubeObject>(...predicates: readonly Predicate<T>[]): Predicate<T> {
  return (delta: CacheDelta<T>) => predicates.some((passes) => passes(delta));
}

export function allOf<T extends KubeObject>(...predicates: readonly Predicate<T>[]): Predicate<T> {
  return (delta: CacheDelta<T>) => predicates.every((passes) => passes(delta));
}
