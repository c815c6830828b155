/** A reflector on a clock that stands still, with its log and its states in the open. */
import { type Logger, pino } from "pino";
import { afterEach } from "vitest";
import type { KubeClient } from "../../../client/index.ts";
import { drainMicrotasks, type Kernel, ManualClock, seededRandom } from "../../../kernel/index.ts";
import type { AnyObject, Resource } from "../../../kube/index.ts";
import { things as KIND } from "../../testing/things.ts";
import { Reflector, type ReflectorOptions } from "../reflector.ts";
import type { ReflectorState } from "../reflector-state.ts";
import { RecordingSink } from "./recording-sink.ts";
import { ScriptedClient, thing, type WatchCall } from "./scripted-client.ts";

export const things = KIND as Resource as Resource<AnyObject>;

export class ReflectorFixture {
  readonly clock = new ManualClock();
  readonly kernel: Kernel = { clock: this.clock, random: seededRandom(7) };
  readonly sink = new RecordingSink();
  readonly states: ReflectorState[] = [];
  readonly log: { readonly level: number; readonly msg?: string }[] = [];
  readonly reflector: Reflector<AnyObject>;
  readonly done: Promise<void>;
  readonly #abort = new AbortController();

  constructor(
    client: Pick<KubeClient, "list" | "watch">,
    options: Partial<ReflectorOptions<AnyObject>> = {},
  ) {
    const logger: Logger = pino({ level: "debug" }, { write: (line) => this.log.push(JSON.parse(line)) });
    this.reflector = new Reflector({
      client,
      resource: things,
      sink: this.sink,
      kernel: this.kernel,
      logger,
      onState: (state) => this.states.push(state),
      ...options,
    });
    this.done = this.reflector.run(this.#abort.signal);
    started.push(this);
  }

  get stateNames(): readonly string[] {
    return this.states.map((state) => state.name);
  }

  /** Waits until the reflector is in that state. */
  async reached(name: ReflectorState["name"]): Promise<ReflectorState> {
    while (this.reflector.state.name !== name) await drainMicrotasks();
    return this.reflector.state;
  }

  /** Waits until it backs off, then lets that time pass. Returns the wait. */
  async skipBackOff(): Promise<number> {
    const state = await this.reached("backing-off");
    const delayMs = state.name === "backing-off" ? state.delayMs : 0;
    this.clock.advance(delayMs);
    while (this.reflector.state === state) await drainMicrotasks();
    return delayMs;
  }

  stop(): Promise<void> {
    this.#abort.abort(new Error("stopped by the test"));
    return this.done;
  }
}

const started: ReflectorFixture[] = [];

/** Registers a hook that stops what tests leave running. */
export function stopReflectorsAfterEach(): void {
  afterEach(async () => {
    await Promise.all(started.splice(0).map((fixture) => fixture.stop()));
  });
}

/** A reflector that has listed `a` at revision 5 and opened its first watch. */
export async function watching(options: Partial<ReflectorOptions<AnyObject>> = {}) {
  const script = new ScriptedClient();
  const fixture = new ReflectorFixture(script.client, options);
  (await script.list()).answer("5", [thing("a", "3")]);
  const watch = (await script.watch()).accept();
  const { sink, reflector, clock, log } = fixture;
  return { script, watch, fixture, sink, reflector, clock, log };
}

/** A thing that a watch has to say, so that it counts as alive. */
export async function bookmarked(watch: WatchCall, sink: RecordingSink, revision: string) {
  watch.bookmark(revision);
  while (!sink.lines.includes(`. ${revision}`)) await drainMicrotasks();
}
