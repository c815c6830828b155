/**
 * Decides what becomes of an Event that is about to be recorded, as client-go's correlator does:
 *
 * 1. Many similar ones (same object, type and reason; other messages) become one, "(combined from similar events)".
 * 2. One that was recorded before raises that one's count instead.
 * 3. An object with too many Events is silenced until its token bucket fills again.
 *
 * All memory is bounded: entries that were not used for long are forgotten.
 */
import type { EventNote } from "./flow.ts";

export interface EventCorrelatorLimits {
  /** Events an object may emit at once. Default 25. */
  readonly burst?: number;
  /** Events a second an object may emit in the long run. Default 1/300. */
  readonly qps?: number;
  /** Similar events from which on they are combined. Default 10. */
  readonly maxSimilar?: number;
  /** Similar events further apart than this are not combined. Default 600,000. */
  readonly similarWithinMs?: number;
  /** Entries of each sort that are remembered for certain; at most twice as many are. Default 4096. */
  readonly capacity?: number;
}

/** An Event as it is to be written. */
export interface CorrelatedEvent {
  /** Events of one key are one object in the API, counted up. */
  readonly key: string;
  readonly message: string;
  readonly count: number;
  readonly firstAtMs: number;
}

interface Similar {
  readonly messages: Set<string>;
  readonly lastAtMs: number;
}

export class EventCorrelator {
  readonly #limits: Required<EventCorrelatorLimits>;
  readonly #similar: LruMap<Similar>;
  readonly #counts: LruMap<{ readonly count: number; readonly firstAtMs: number }>;
  readonly #buckets: LruMap<{ readonly tokens: number; readonly atMs: number }>;

  constructor(limits: EventCorrelatorLimits = {}) {
    this.#limits = {
      burst: limits.burst ?? 25,
      qps: limits.qps ?? 1 / 300,
      maxSimilar: limits.maxSimilar ?? 10,
      similarWithinMs: limits.similarWithinMs ?? 600_000,
      capacity: limits.capacity ?? 4096,
    };
    const { capacity } = this.#limits;
    this.#similar = new LruMap(capacity);
    this.#counts = new LruMap(capacity);
    this.#buckets = new LruMap(capacity);
  }

  /** Undefined: the event is dropped, as its object has said too much. */
  correlate(event: EventNote, nowMs: number): CorrelatedEvent | undefined {
    const { metadata, kind, apiVersion } = event.regarding;
    const object = [apiVersion, kind, metadata.namespace ?? "", metadata.name, metadata.uid ?? ""].join("\0");
    const { key, message } = this.#combine(`${object}\0${event.type}\0${event.reason}`, event.message, nowMs);
    const before = this.#counts.get(key);
    const counted = { count: (before?.count ?? 0) + 1, firstAtMs: before?.firstAtMs ?? nowMs };
    this.#counts.set(key, counted);
    return this.#takeToken(object, nowMs) ? { key, message, ...counted } : undefined;
  }

  /** The Event of `key` is no longer in the API: the next one is a first one. */
  forget(key: string): void {
    this.#counts.delete(key);
  }

  #combine(
    group: string,
    message: string,
    nowMs: number,
  ): { readonly key: string; readonly message: string } {
    const { maxSimilar, similarWithinMs } = this.#limits;
    const known = this.#similar.get(group);
    const messages =
      known !== undefined && nowMs - known.lastAtMs <= similarWithinMs ? known.messages : new Set<string>();
    messages.add(message);
    this.#similar.set(group, { messages, lastAtMs: nowMs });
    if (messages.size < maxSimilar) return { key: `${group}\0${message}`, message };
    for (const oldest of messages) {
      messages.delete(oldest);
      break;
    }
    return { key: group, message: `(combined from similar events): ${message}` };
  }

  #takeToken(object: string, nowMs: number): boolean {
    const { burst, qps } = this.#limits;
    const bucket = this.#buckets.get(object);
    const elapsedMs = nowMs - (bucket?.atMs ?? nowMs);
    const tokens = Math.min(burst, (bucket?.tokens ?? burst) + (elapsedMs / 1000) * qps);
    const passes = tokens >= 1;
    this.#buckets.set(object, { tokens: passes ? tokens - 1 : tokens, atMs: nowMs });
    return passes;
  }
}

/**
 * A map that forgets what was not used for long: what was used since the younger half was begun, up to `capacity`
 * entries, is remembered for certain, and no more than twice as many are.
 */
class LruMap<V> {
  readonly #capacity: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    this.#young.set(key, value);
    if (this.#young.size < this.#capacity) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
