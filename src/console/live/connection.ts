/** Whether the API server answers: a small request every few seconds, since a quiet watch may be a dead one. */
import { ApiError, type KubeClient } from "../../client/index.ts";
import { type Clock, formatTime, oneLine, type Timer } from "../../kernel/index.ts";
import type { Connection } from "../answers.ts";

export interface ConnectionWatchOptions {
  readonly client: Pick<KubeClient, "raw">;
  readonly clock: Clock;
  readonly server: string;
  /** Whether everything is listed. */
  readonly isSynced: () => boolean;
  /** Why it never will be, where that is known: one sentence with the cure. */
  readonly refusal?: string | undefined;
  readonly onChange: (connection: Connection) => void;
}

const PERIOD_MS = 5_000;
const RETRY_MS = 1_000;
const PATIENCE_MS = 4_000;

export class ConnectionWatch {
  readonly #options: ConnectionWatchOptions;
  #lastSeenMs: number | undefined;
  #failure: string | undefined;
  #told: Connection["state"] | undefined;
  #timer: Timer | undefined;
  #abort = new AbortController();

  constructor(options: ConnectionWatchOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#ask();
  }

  /** A change has arrived. */
  heard(): void {
    this.#lastSeenMs = this.#options.clock.now();
    this.#failure = undefined;
    this.#tell();
  }

  get now(): Connection {
    const { isSynced, refusal, server } = this.#options;
    const seen = this.#lastSeenMs === undefined ? {} : { lastSeen: formatTime(this.#lastSeenMs) };
    if (this.#failure !== undefined) {
      const message = `The API server ${server} cannot be reached: check the network and the kubeconfig. It is tried again (${this.#failure}).`;
      return { state: "lost", ...seen, message: oneLine(message) };
    }
    if (isSynced()) return { state: "live", ...seen };
    if (refusal !== undefined) return { state: "refused", ...seen, message: refusal };
    return { state: "starting", ...seen, message: `Reading the objects from ${server}.` };
  }

  stop(): void {
    this.#abort.abort();
    this.#timer?.cancel();
  }

  async #ask(): Promise<void> {
    const { client, clock } = this.#options;
    const attempt = new AbortController();
    const signal = AbortSignal.any([attempt.signal, this.#abort.signal]);
    const deadline = clock.setTimer(
      PATIENCE_MS,
      () => attempt.abort(new Error(`no answer within ${PATIENCE_MS / 1000} s`)),
      true,
    );
    try {
      await client.raw("GET", "/version", undefined, { signal });
      this.heard();
    } catch (error) {
      // Whatever it answers, it is there.
      if (error instanceof ApiError && error.code < 500) this.heard();
      else this.#failure = error instanceof Error ? error.message : String(error);
    } finally {
      deadline.cancel();
    }
    if (this.#abort.signal.aborted) return;
    this.#tell();
    const delayMs = this.#failure === undefined ? PERIOD_MS : RETRY_MS;
    this.#timer = clock.setTimer(delayMs, () => void this.#ask(), true);
  }

  #tell(): void {
    const { now } = this;
    if (now.state === this.#told) return;
    this.#told = now.state;
    this.#options.onChange(now);
  }
}
