/** What was decided, the newest last: what has been seen, and before that what the objects show. */
import { type Clock, compareText, formatTime } from "../../kernel/index.ts";
import type { ActivityAnswer, ActivityEntry } from "../answers.ts";
import type { ConsoleFleet, FleetDelta } from "../fleet/fleet.ts";
import { isBound } from "../fleet/waiting.ts";
import { type ActivityDraft, claimDraft, draftOf, subnetDraft } from "./activity-entry.ts";

/** Of each sort: seen, and derived. */
const MOST_ENTRIES = 1_000;

export interface ActivityQuery {
  readonly sees: (namespace: string) => boolean;
  readonly namespace?: string | undefined;
  readonly pool?: string | undefined;
  /** Entries with a smaller number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export class ActivityFeed {
  readonly #clock: Clock;
  readonly #fleet: ConsoleFleet;
  readonly #seen: ActivityEntry[] = [];
  #derived: readonly ActivityEntry[] | undefined;
  #next = 1;

  constructor(fleet: ConsoleFleet, clock: Clock) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** The newest time in it; undefined: nothing was decided yet. */
  get newestAt(): string | undefined {
    return (this.#seen.at(-1) ?? this.#before().at(-1))?.at;
  }

  /** Undefined: nothing that was decided now. A list shows what is, not what happens. */
  take(change: FleetDelta): ActivityEntry | undefined {
    if (change.delta.origin === "list") return undefined;
    const draft = draftOf(change);
    if (draft === undefined) return undefined;
    this.#before();
    const entry = { id: this.#next++, at: formatTime(this.#clock.now()), ...draft };
    this.#seen.push(entry);
    if (this.#seen.length > MOST_ENTRIES) this.#seen.shift();
    return entry;
  }

  answer({ sees, namespace, pool, before = Number.POSITIVE_INFINITY, limit }: ActivityQuery): ActivityAnswer {
    const entries: ActivityEntry[] = [];
    for (const list of [this.#seen, this.#before()]) {
      for (let at = list.length - 1; at >= 0 && entries.length < limit; at--) {
        const entry = list[at] as ActivityEntry;
        if (entry.id >= before || !sees(entry.namespace)) continue;
        if (namespace !== undefined && entry.namespace !== namespace) continue;
        if (pool === undefined || entry.pool === pool) entries.push(entry);
      }
    }
    return { entries };
  }

  /** Derives the past now, so that no request waits for it. */
  warm(): void {
    this.#before();
  }

  /** From the objects as they are when it is first asked for. */
  #before(): readonly ActivityEntry[] {
    this.#derived ??= derivedEntries(this.#fleet);
    return this.#derived;
  }
}

/** What present objects show of the past, the oldest first, with negative numbers. */
function derivedEntries({ world }: ConsoleFleet): ActivityEntry[] {
  const found: { readonly at: string; readonly draft: () => ActivityDraft | undefined }[] = [];
  const note = (at: string | undefined, draft: () => ActivityDraft | undefined) => {
    if (at !== undefined) found.push({ at, draft });
  };
  for (const subnet of world.subnets.values()) {
    const { status } = subnet;
    const at = status?.phase === "Released" ? status.releasedAt : status?.allocatedAt;
    note(at, () => subnetDraft(undefined, subnet));
  }
  for (const claims of [world.claims.values(), world.poolClaims.values()]) {
    for (const claim of claims) {
      if (isBound(claim)) continue;
      const ready = claim.status?.conditions?.find(({ type }) => type === "Ready");
      note(ready?.lastTransitionTime, () => claimDraft(undefined, claim));
    }
  }
  found.sort((a, b) => compareText(a.at, b.at));
  const newest = found.slice(-MOST_ENTRIES);
  return newest.flatMap(({ at, draft }, index) => {
    const made = draft();
    return made === undefined ? [] : [{ id: index - newest.length, at, ...made }];
  });
}
