/** The watches that are open, and how many there may be. */
import type { WatchEvent, WatchSink } from "../reads/index.ts";
import type { Subscription } from "../store/index.ts";
import type { ServerLimits } from "./server-limits.ts";
import { type Backlog, WaitingBytes } from "./waiting-bytes.ts";

interface OpenWatch extends Backlog {
  /** The server stops: what has been sent is the end. */
  end(): void;
}

/** A watch and its client, whichever way the events go. */
export interface ServedWatch extends OpenWatch, WatchSink {
  /** Until now events were kept back: an error before the first is answered with a status of its own. */
  start(subscription: Subscription): void;
  /** Nothing is sent any more. */
  close(): void;
}

/** What an event that waits counts as. */
export function bytesOf(event: WatchEvent): number {
  return event.type === "ERROR" ? 0 : event.view.json().length;
}

/** For the sake of which the memory is needed: the same value for all watches. */
export function keptFor(event: WatchEvent): object {
  return event.type === "ERROR" || event.type === "BOOKMARK" ? event : (event.change ?? event.view);
}

export class OpenWatches {
  readonly waiting: WaitingBytes;
  readonly maxBacklogBytes: number;
  readonly #most: number;
  readonly #all = new Set<OpenWatch>();
  readonly #countOf = new Map<string, number>();

  constructor(limits: Pick<ServerLimits, "maxWatches" | "maxWatchBacklogBytes" | "maxWaitingBytes">) {
    this.#most = limits.maxWatches;
    this.maxBacklogBytes = limits.maxWatchBacklogBytes;
    this.waiting = new WaitingBytes(limits.maxWaitingBytes);
  }

  get size(): number {
    return this.#all.size;
  }

  /** False: there are too many, of all or of this user. */
  add(user: string, watch: OpenWatch): boolean {
    const own = this.#countOf.get(user) ?? 0;
    if (this.#all.size >= this.#most || own >= Math.max(1, Math.floor(this.#most / 2))) return false;
    this.#all.add(watch);
    this.#countOf.set(user, own + 1);
    return true;
  }

  delete(user: string, watch: OpenWatch): void {
    if (!this.#all.delete(watch)) return;
    const left = (this.#countOf.get(user) ?? 0) - 1;
    if (left <= 0) this.#countOf.delete(user);
    else this.#countOf.set(user, left);
  }

  endAll(): void {
    for (const watch of [...this.#all]) watch.end();
  }
}
