/**
 * Asks the ledger every few seconds whether it answers: a comparison may be a minute away, and a database that hangs is to
 * be noticed before it.
 */
import type { Clock, Timer } from "../../kernel/index.ts";
import { type Ledger, LedgerError } from "../ledger/index.ts";

export interface LedgerPulseOptions {
  readonly ledger: Pick<Ledger, "ping">;
  readonly clock: Clock;
  /** Called when it stops responding, with one sentence, and with undefined when it responds again. */
  readonly onChange: (fault: string | undefined) => void;
}

const EVERY_MS = 5_000;

export class LedgerPulse {
  readonly #options: LedgerPulseOptions;
  #timer: Timer | undefined;
  #fault: string | undefined;
  #stopped = false;

  constructor(options: LedgerPulseOptions) {
    this.#options = options;
    this.#next();
  }

  /** One sentence; undefined while it answers. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** The observation of another caller. */
  saw(fault: string | undefined): void {
    if (this.#stopped || (fault === undefined) === (this.#fault === undefined)) return;
    this.#fault = fault;
    this.#options.onChange(fault);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #next(): void {
    if (!this.#stopped) this.#timer = this.#options.clock.setTimer(EVERY_MS, () => void this.#ask(), true);
  }

  async #ask(): Promise<void> {
    try {
      await this.#options.ledger.ping();
      this.saw(undefined);
    } catch (error) {
      this.saw(error instanceof LedgerError ? error.message : `the ledger could not be asked: ${error}`);
    }
    this.#next();
  }
}
