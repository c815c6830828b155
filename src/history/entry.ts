/** What a watcher hands over to be recorded: one object as it was seen, or seen to be gone. */
import type { Observed } from "./facts.ts";

/** One change that a watch showed. */
export interface WatchEntry {
  readonly kind: string;
  /** The namespace that is watched; empty for all. */
  readonly scope: string;
  readonly revision: string;
  readonly observedAt: string;
  /** Where it happened while there was no watch: after this. */
  readonly after?: string | undefined;
  /** Undefined: a bookmark: all before it was seen. */
  readonly change?: { readonly observed: Observed; readonly isGone: boolean } | undefined;
}

/** All that exists at a revision. */
export interface ListEntry {
  readonly kind: string;
  readonly scope: string;
  readonly revision: string;
  readonly observedAt: string;
  readonly objects: readonly Observed[];
}

/** How far one watch has been recorded. */
export interface Checkpoint {
  readonly kind: string;
  readonly scope: string;
  readonly revision: string;
  /** RFC 3339. All that happened until then was seen. */
  readonly seenAt: string;
}
