/**
 * The conditions of a namespace while its content is being deleted. Types and reasons are those of Kubernetes.
 */
import { isDeepStrictEqual } from "node:util";
import { formatTime } from "../../../kernel/index.ts";
import type { AnyObject, Condition } from "../../../kube/object.ts";
import type { StorageKind } from "../../store/index.ts";

/** What is left in a namespace. */
export interface Remainder {
  /** Number of objects. */
  readonly byKind: ReadonlyMap<StorageKind, number>;
  /** Number of objects that wait for it. */
  readonly byFinalizer: ReadonlyMap<string, number>;
  /** Why objects could not be deleted. */
  readonly failures: readonly string[];
}

/** The namespace with its status brought up to date; the same value if it is unchanged. */
export function withRemainder(namespace: AnyObject, remainder: Remainder, nowMs: number): AnyObject {
  const status = (namespace.status ?? {}) as { readonly conditions?: readonly Condition[] };
  const old = status.conditions ?? [];
  const own = conditionsFor(remainder).map((condition) => withTime(condition, old, nowMs));
  const others = old.filter((condition) => own.every(({ type }) => type !== condition.type));
  const next = { ...status, phase: "Terminating", conditions: [...others, ...own] };
  return isDeepStrictEqual(next, status) ? namespace : { ...namespace, status: next };
}

type Timeless = Omit<Condition, "lastTransitionTime">;

function conditionsFor({ byKind, byFinalizer, failures }: Remainder): Timeless[] {
  const kinds = [...byKind].map(([kind, count]) => `${count} of ${resourceName(kind)}`);
  const finalizers = [...byFinalizer].map(([finalizer, count]) => `${finalizer} (${count})`);
  return [
    condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "every kind is known"),
    condition(
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "ParsedGroupVersions",
      "every kind is known",
    ),
    failures.length === 0
      ? condition("NamespaceDeletionContentFailure", false, "ContentDeleted", "every deletion was accepted")
      : condition("NamespaceDeletionContentFailure", true, "ContentDeletionFailed", failures.join("; ")),
    kinds.length === 0
      ? condition("NamespaceContentRemaining", false, "ContentRemoved", "nothing is left")
      : condition(
          "NamespaceContentRemaining",
          true,
          "SomeResourcesRemain",
          `still there: ${kinds.join(", ")}`,
        ),
    finalizers.length === 0
      ? condition(
          "NamespaceFinalizersRemaining",
          false,
          "ContentHasNoFinalizers",
          "no finalizer is waited for",
        )
      : condition(
          "NamespaceFinalizersRemaining",
          true,
          "SomeFinalizersRemain",
          `waiting for finalizers: ${finalizers.join(", ")}`,
        ),
  ];
}

function condition(type: string, status: boolean, reason: string, message: string): Timeless {
  return { type, status: status ? "True" : "False", reason, message };
}

function withTime(next: Timeless, old: readonly Condition[], nowMs: number): Condition {
  const before = old.find((other) => other.type === next.type && other.status === next.status);
  return { ...next, lastTransitionTime: before?.lastTransitionTime ?? formatTime(nowMs) };
}

/** `subnets.plexaubnet.io`, `pods`. */
function resourceName(kind: StorageKind): string {
  const slash = kind.indexOf("/");
  return slash < 0 ? kind : `${kind.slice(slash + 1)}.${kind.slice(0, slash)}`;
}
