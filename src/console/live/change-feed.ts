/**
 * Changes as they are sent to pages: gathered for a moment, numbered, and kept for a while, so that a page which was away
 * gets what it has missed.
 */
import {
  parentNameOf,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { Clock, Timer } from "../../kernel/index.ts";
import type { ActivityEntry, ChangeEvent, Connection, ObjectKind } from "../answers.ts";
import type { ConsoleFleet, FleetDelta } from "../fleet/fleet.ts";
import type { ActivityFeed } from "./activity.ts";

/** Much less than what people see as a delay, and enough for all writes of one decision. */
const GATHER_MS = 50;
const MOST_POOLS = 500;
const MOST_ACTIVITY = 50;
const MOST_KEPT = 256;

export interface Told {
  /** `RUN-NUMBER`. */
  readonly id: string;
  readonly event: ChangeEvent;
}

export interface Listener {
  change(told: Told): void;
  connection(connection: Connection): void;
}

const EVERYTHING: ChangeEvent = { everything: true, pools: [], kinds: [], activity: [] };

export class ChangeFeed {
  readonly #fleet: ConsoleFleet;
  readonly #activity: ActivityFeed;
  readonly #clock: Clock;
  /** Different in each run of the console, so that a number of another run is not mistaken. */
  readonly #run: string;
  readonly #listeners = new Set<Listener>();
  readonly #kept: Told[] = [];
  #pools = new Set<string>();
  #kinds = new Set<ObjectKind>();
  #entries: ActivityEntry[] = [];
  #isEverything = false;
  #timer: Timer | undefined;
  #number = 0;

  constructor(fleet: ConsoleFleet, activity: ActivityFeed, clock: Clock, run: string) {
    this.#fleet = fleet;
    this.#activity = activity;
    this.#clock = clock;
    this.#run = run;
    fleet.onChange((change) => this.#take(change));
  }

  /** Returns what takes it back. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What has happened since the event of this number; where that is not known, everything. */
  since(lastId: string | undefined): Told {
    const id = `${this.#run}-${this.#number}`;
    if (lastId === undefined) return { id, event: { pools: [], kinds: [], activity: [] } };
    const [run, number] = splitId(lastId);
    const missed = this.#number - number;
    if (run !== this.#run || !(missed >= 0) || missed > this.#kept.length) return { id, event: EVERYTHING };
    return { id, event: merged(missed === 0 ? [] : this.#kept.slice(-missed).map(({ event }) => event)) };
  }

  tellConnection(connection: Connection): void {
    for (const listener of this.#listeners) listener.connection(connection);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  #take(change: FleetDelta): void {
    const entry = this.#activity.take(change);
    if (entry !== undefined) this.#entries.push(entry);
    this.#kinds.add(change.kind);
    if (this.#pools.size < MOST_POOLS) for (const key of poolsOf(change)) this.#pools.add(key);
    else this.#isEverything = true;
    this.#timer ??= this.#clock.setTimer(GATHER_MS, () => this.#tell(), true);
  }

  #tell(): void {
    this.#timer = undefined;
    const pools = this.#isEverything ? [] : this.#withAncestors();
    const event: ChangeEvent = {
      ...(this.#isEverything && { everything: true }),
      pools,
      kinds: [...this.#kinds],
      activity: this.#entries.slice(-MOST_ACTIVITY),
    };
    this.#pools = new Set();
    this.#kinds = new Set();
    this.#entries = [];
    this.#isEverything = false;
    const told = { id: `${this.#run}-${++this.#number}`, event };
    this.#kept.push(told);
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
    for (const listener of this.#listeners) listener.change(told);
  }

  #withAncestors(): string[] {
    const all = new Set<string>();
    for (const key of this.#pools) {
      all.add(key);
      const slash = key.indexOf("/");
      for (const { metadata } of this.#fleet.trail(key.slice(0, slash), key.slice(slash + 1))) {
        all.add(`${metadata.namespace}/${metadata.name}`);
      }
    }
    return [...all];
  }
}

function splitId(id: string): [run: string, number: number] {
  const dash = id.lastIndexOf("-");
  return [id.slice(0, Math.max(dash, 0)), Number(id.slice(dash + 1))];
}

/** Keys of the pools whose contents or figures the change concerns, before it and after. */
function poolsOf(change: FleetDelta): string[] {
  const { old, new: current } = change.delta;
  return [old, current].flatMap((object) => {
    if (object === undefined) return [];
    const { namespace } = object.metadata;
    return poolNamesOf(object).map((name) => `${namespace}/${name}`);
  });
}

function poolNamesOf(object: Subnet | SubnetPool | SubnetClaim | SubnetPoolClaim): string[] {
  const { spec, metadata } = object;
  if ("poolRef" in spec) return [spec.poolRef];
  if ("parentPoolRef" in spec) return [spec.parentPoolRef];
  const parent = parentNameOf(object as SubnetPool);
  return parent === undefined ? [metadata.name] : [metadata.name, parent];
}

/** Several events as one. */
function merged(events: readonly ChangeEvent[]): ChangeEvent {
  if (events.some(({ everything }) => everything === true)) return EVERYTHING;
  return {
    pools: [...new Set(events.flatMap(({ pools }) => pools))],
    kinds: [...new Set(events.flatMap(({ kinds }) => kinds))],
    activity: events.flatMap(({ activity }) => activity).slice(-MOST_ACTIVITY),
  };
}
