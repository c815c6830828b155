/** When something of each kind last arrived. */
import { type Clock, formatTime } from "../../kernel/index.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";

export class WatchAges {
  readonly #lastMs = new Map<string, number>();

  constructor(fleet: ConsoleFleet, clock: Clock) {
    fleet.onChange(({ kind }) => this.#lastMs.set(kind, clock.now()));
  }

  lastChange(kind: string): string | undefined {
    const ms = this.#lastMs.get(kind);
    return ms === undefined ? undefined : formatTime(ms);
  }
}
