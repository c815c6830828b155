/**
 * Stores who made which request, as the webhook of any replica saw it, for the leader to find. Best effort: a
 * review waits for nothing, and what cannot be stored soon is dropped.
 */
import type { LedgerTarget } from "../balancers/ledger/connection-string.ts";
import type { KubeClient } from "../client/index.ts";
import { type Kernel, sleep } from "../kernel/index.ts";
import { readClusterUid } from "./cluster-uid.ts";
import { type History, openHistory } from "./history.ts";
import type { RequestNote } from "./requesters.ts";

export interface RequestNotesOptions {
  readonly target: LedgerTarget;
  readonly client: KubeClient;
  readonly kernel: Kernel;
}

/** Notes that are kept while the database does not answer. */
const MOST_PENDING = 1_000;
const BATCH = 100;
const RETRY_MS = 2_000;

export class RequestNotes {
  readonly #options: RequestNotesOptions;
  readonly #abort = new AbortController();
  #pending: RequestNote[] = [];
  #open: { readonly history: History; readonly stream: string } | undefined;
  #flushing: Promise<void> | undefined;

  constructor(options: RequestNotesOptions) {
    this.#options = options;
  }

  /** Returns at once. */
  add(note: RequestNote): void {
    if (this.#abort.signal.aborted) return;
    this.#pending.push(note);
    if (this.#pending.length > MOST_PENDING) this.#pending.shift();
    this.#flushing ??= this.#flush();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the notes were stopped"));
    await this.#flushing;
    await this.#open?.history.close();
  }

  async #flush(): Promise<void> {
    const { kernel } = this.#options;
    const { signal } = this.#abort;
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice(0, BATCH);
      try {
        const { history, stream } = await this.#opened();
        await history.noteRequests(stream, batch);
        this.#pending = this.#pending.filter((note) => !batch.includes(note));
      } catch {
        // The recorder reports that the database does not answer.
        if (signal.aborted) return;
        await sleep(kernel.clock, RETRY_MS, signal).catch(() => {});
      }
    }
    this.#flushing = undefined;
  }

  async #opened(): Promise<{ readonly history: History; readonly stream: string }> {
    const { target, client, kernel } = this.#options;
    this.#open ??= {
      stream: await readClusterUid(client),
      history: await openHistory({ target, kernel }),
    };
    return this.#open;
  }
}
