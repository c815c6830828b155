/**
 * An API of one kind that keeps its history, and breaks in every way that its seed draws: watches that end,
 * break, stall or repeat themselves, pages and revisions that expire, requests that are refused. What it
 * delivers is true.
 *
 * What the embedded server cannot play: events that come twice, revisions that expire between two pages of a
 * list, and thousands of such histories, each of one seed, without a turn of the event loop between.
 */
import {
  ApiError,
  type KubeClient,
  type ListOptions,
  LostAnswerError,
  type RawWatchEvent,
  UnreachableError,
  type WatchOptions,
} from "../../../client/index.ts";
import { type Random, randomBelow } from "../../../kernel/index.ts";
import type { AnyObject, KubeList } from "../../../kube/index.ts";
import { thing } from "./scripted-client.ts";

interface Change {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: AnyObject;
}

const NAMES = ["a", "b", "c", "d", "e", "f"];

export class FaultyApi {
  readonly history: Change[] = [];
  readonly #random: Random;
  readonly #objects = new Map<string, AnyObject>();
  readonly #watchers = new Set<() => void>();
  #revision = 10;
  /** Watches may start here or later. */
  #oldest = 10;
  /** While false, it only returns the truth. */
  faulty = true;

  constructor(random: Random) {
    this.#random = random;
  }

  readonly client = {
    list: (_: unknown, options: ListOptions) => this.#list(options),
    watch: (_: unknown, options: WatchOptions) => this.#watch(options),
  } as unknown as Pick<KubeClient, "list" | "watch">;

  /** Name → revision of all there is. */
  state(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#objects].map(([name, object]) => [name, object.metadata.resourceVersion ?? ""]).sort(),
    );
  }

  /** Creates, changes or deletes something. */
  change(): void {
    const name = NAMES[randomBelow(this.#random, NAMES.length)] ?? "a";
    const known = this.#objects.has(name);
    this.#revision += 1 + randomBelow(this.#random, 3);
    const object = thing(name, String(this.#revision));
    const type = !known ? "ADDED" : this.#random.next() < 0.4 ? "DELETED" : "MODIFIED";
    if (type === "DELETED") this.#objects.delete(name);
    else this.#objects.set(name, object);
    this.history.push({ revision: this.#revision, type, object });
    for (const wake of this.#watchers) wake();
  }

  /** Forgets history, as compaction does. */
  compact(): void {
    this.#oldest = this.#revision;
  }

  #chance(probability: number): boolean {
    return this.faulty && this.#random.next() < probability;
  }

  async #list(options: ListOptions): Promise<KubeList<AnyObject>> {
    if (this.#chance(0.15)) throw new UnreachableError("refused");
    if (this.#chance(0.1)) throw new ApiError(429, { reason: "TooManyRequests" });
    const [at, after] = options.continue?.split(":") ?? [String(this.#revision), ""];
    if (options.continue !== undefined && (this.#chance(0.2) || Number(at) < this.#oldest)) {
      throw new ApiError(410, { reason: "Expired" });
    }
    const all = this.#stateAt(Number(at)).filter((each) => each.metadata.name > (after ?? ""));
    const items = all.slice(0, options.limit ?? all.length);
    const more = all.length > items.length ? `${at}:${items.at(-1)?.metadata.name}` : "";
    return {
      apiVersion: "example.org/v1",
      kind: "ThingList",
      metadata: { resourceVersion: at ?? "", continue: more },
      items,
    };
  }

  #stateAt(revision: number): AnyObject[] {
    const objects = new Map<string, AnyObject>();
    for (const change of this.history) {
      if (change.revision > revision) break;
      if (change.type === "DELETED") objects.delete(change.object.metadata.name);
      else objects.set(change.object.metadata.name, change.object);
    }
    return [...objects.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  async #watch(options: WatchOptions): Promise<AsyncIterable<RawWatchEvent>> {
    if (this.#chance(0.15)) throw new UnreachableError("refused");
    if (this.#chance(0.05)) throw new ApiError(500, { reason: "InternalError" });
    const from = Number(options.resourceVersion);
    if (from < this.#oldest) throw new ApiError(410, { reason: "Expired" });
    return this.#events(from, options.signal);
  }

  async *#events(from: number, signal: AbortSignal | undefined): AsyncGenerator<RawWatchEvent> {
    let at = from;
    const stalls = this.#chance(0.1);
    for (;;) {
      if (signal?.aborted) throw signal.reason;
      const next = stalls ? undefined : this.history.find((change) => change.revision > at);
      if (next === undefined) {
        await this.#woken(signal);
        continue;
      }
      if (this.#chance(0.05)) return;
      if (this.#chance(0.05)) throw new LostAnswerError("cut");
      if (this.#chance(0.03)) {
        yield {
          type: "ERROR",
          object: { kind: "Status", code: 410, reason: "Expired" } as unknown as AnyObject,
        };
        return;
      }
      at = next.revision;
      yield { type: next.type, object: next.object };
      // Some servers say a thing twice.
      if (this.#chance(0.05)) yield { type: next.type, object: next.object };
      if (this.#chance(0.1)) {
        const metadata = { name: "", resourceVersion: String(at) };
        yield { type: "BOOKMARK", object: { apiVersion: "example.org/v1", kind: "Thing", metadata } };
      }
    }
  }

  #woken(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#watchers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#watchers.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }
}
