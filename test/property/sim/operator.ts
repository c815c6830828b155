/**
 * One process of the real operator in the simulation, which can be killed and paused between any two things
 * it does.
 */
import { type Kernel, seededRandom } from "../../../src/kernel/index.ts";
import { startOperator } from "../../../src/operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../../src/runtime/index.ts";
import { type Passage, SimClient } from "./client.ts";
import { ProcessClock } from "./clock.ts";
import type { SimServer } from "./server.ts";

const SILENT = createLogger({ clock: { now: () => 0 } as Kernel["clock"], level: "silent" });
/** Back-offs that a history has the time to see the end of. */
const LIMITER = { baseDelayMs: 50, factor: 2, maxDelayMs: 2_000, qps: 1_000, burst: 1_000 };
const NEVER_MS = 1_000_000_000;

export const OPERATOR_PREFIX = "operator-";

export class SimOperator {
  readonly name: string;
  readonly client: SimClient;
  state: "runs" | "paused" | "dead" = "runs";
  readonly #clock: ProcessClock;

  /** @param onBroken called with what no operator may do: end on its own. */
  constructor(server: SimServer, name: string, seed: number, onBroken: (what: string) => void) {
    this.name = name;
    this.client = new SimClient(server, name);
    this.#clock = new ProcessClock(server.clock);
    const failed = (error: unknown) => {
      if (this.state !== "dead")
        onBroken(`${name} ended by itself: ${String((error as Error)?.stack ?? error)}`);
    };
    startOperator({
      client: this.client,
      kernel: { clock: this.#clock, random: seededRandom(seed) },
      logger: SILENT,
      metrics: new RuntimeMetrics(),
      limiter: LIMITER,
      selfCheckIntervalMs: NEVER_MS,
      onFatal: failed,
    }).catch(failed);
  }

  /** What it had sent, and what it had not, as chance has it. Returns what is still on its way. */
  kill(isSent: () => boolean): Passage[] {
    this.state = "dead";
    this.#clock.end();
    this.client.cut();
    return [...this.client.passages].filter(
      (passage) => passage.isWrite && passage.state !== "answered" && (passage.state === "sent" || isSent()),
    );
  }

  /** What was sent arrives meanwhile; answers and events wait. */
  pause(isSent: () => boolean): void {
    this.state = "paused";
    this.#clock.halt();
    for (const passage of this.client.passages)
      if (passage.state === "waits" && isSent()) passage.state = "sent";
  }

  wake(): void {
    this.state = "runs";
    this.#clock.resume();
  }
}
