/** How much the server takes on at once. What is beyond is answered with 429, or cut off with a reason. */
export interface ServerLimits {
  /** Open connections. Beyond, the one that has been idle longest is closed; when none is idle, the new one. Default: 4,000. */
  readonly maxConnections: number;
  /**
   * Seats for requests that are being worked on. A request takes one, and one more for each 64 KiB of its body. One user
   * has at most half of them. Watches take none once they run. Default: 256.
   */
  readonly maxRequestsInFlight: number;
  /** Requests of one user that wait for a seat. Default: 1,000. */
  readonly maxQueuedPerUser: number;
  /** How long a request waits for a seat before it is refused. Default: 15 s, a quarter of `requestTimeoutMs`. */
  readonly queueTimeoutMs: number;
  /** From a request to the last byte of its answer, watches excepted. Default: 60 s, as kube-apiserver. */
  readonly requestTimeoutMs: number;
  /** Open watches. One user has at most half of them. Default: 2,000. */
  readonly maxWatches: number;
  /** Events that wait for the client of one watch, in bytes of JSON. Default: 32 MiB. */
  readonly maxWatchBacklogBytes: number;
  /** The same over all watches; what several wait for counts once. Default: 128 MiB. */
  readonly maxWaitingBytes: number;
  /** A client that takes less than 256 KiB in this time, while more waits for it, is cut off. Default: 30 s. */
  readonly slowReaderTimeoutMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxConnections: 4_000,
  maxRequestsInFlight: 256,
  maxQueuedPerUser: 1_000,
  queueTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  maxWatches: 2_000,
  maxWatchBacklogBytes: 32 * 1024 * 1024,
  maxWaitingBytes: 128 * 1024 * 1024,
  slowReaderTimeoutMs: 30_000,
};

/** @throws RangeError when a limit is not a whole number above 0. */
export function readLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new RangeError(`limits.${name} is ${value}: it must be a whole number above 0`);
  }
  return limits;
}
