/** A manager over the fake API, on a clock that stands still, with its log in the open. */
import { type Logger, pino } from "pino";
import { afterEach } from "vitest";
import { drainMicrotasks, type Kernel, ManualClock, seededRandom } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/index.ts";
import { createManager, type Manager, type ManagerOptions } from "../manager.ts";
import { RuntimeMetrics } from "../metrics.ts";
import { FakeApi } from "./fake-api.ts";

export class RuntimeFixture {
  readonly clock = new ManualClock();
  readonly kernel: Kernel = { clock: this.clock, random: seededRandom(7) };
  readonly api = new FakeApi(this.kernel);
  readonly metrics = new RuntimeMetrics();
  readonly log: (AnyObject & { readonly level: number; readonly msg?: string })[] = [];
  readonly logger: Logger = pino({ level: "debug" }, { write: (line) => this.log.push(JSON.parse(line)) });
  readonly fatal: Error[] = [];
  readonly #managers: Manager[] = [];

  constructor() {
    fixtures.push(this);
  }

  manager(options: Partial<ManagerOptions> = {}): Manager {
    const manager = createManager({
      client: this.api,
      kernel: this.kernel,
      logger: this.logger,
      metrics: this.metrics,
      indexes: [],
      eventSource: "test",
      onFatal: (error) => this.fatal.push(error),
      ...options,
    });
    this.#managers.push(manager);
    return manager;
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) await drainMicrotasks();
  }

  async pass(ms: number): Promise<void> {
    await this.settle();
    await this.clock.advanceAsync(ms);
    await this.settle();
  }

  /** Lines of the log that say so. */
  lines(msg: string): readonly AnyObject[] {
    return this.log.filter((line) => line.msg === msg);
  }

  async metric(line: string): Promise<number | undefined> {
    const text = await this.metrics.registry.metrics();
    const found = text.split("\n").find((candidate) => candidate.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length + 1));
  }

  async dispose(): Promise<void> {
    const stopping = Promise.all(this.#managers.map((manager) => manager.stop()));
    await this.pass(60_000);
    await stopping;
  }
}

const fixtures: RuntimeFixture[] = [];

afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.dispose();
});
