/**
 * The whole of a simulation: one server, the operators at work, and the scheduler, which decides from one
 * seed what of all that is on its way arrives next. Nothing in it waits for real time.
 */
import { crds, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../../src/api/index.ts";
import { type AnyObject, ApiError, type Resource } from "../../../src/client/index.ts";
import { type Random, randomBelow, seededRandom } from "../../../src/kernel/index.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../../src/kube/index.ts";
import type { Passage } from "./client.ts";
import { OPERATOR_PREFIX, SimOperator } from "./operator.ts";
import { type Call, SimServer } from "./server.ts";

export const NAMESPACE = "fleet";
export const USER = "user";

export const CRDS = CUSTOM_RESOURCE_DEFINITIONS;
export const KINDS: readonly Resource[] = [SUBNET_CLAIMS, SUBNETS, SUBNET_POOLS, SUBNET_POOL_CLAIMS];

/** Servers that a history left as it found them. To make one costs more than most histories. */
const idle: SimServer[] = [];

/** Nothing was written for so long: the fleet is at rest. Longer than back-offs and reuse delays. */
const REST_MS = 30_000;
/** In the middle of a history, when a kind may be missing, no step waits for longer. */
const MOST_ROUNDS = 300;
/** A fleet that takes more rounds than this never comes to rest. */
const ENDLESS_ROUNDS = 4_000;
/** Longest step of time while things are on their way. */
const LONGEST_LEAP_MS = 20_000;

export class SimWorld {
  readonly server: SimServer;
  readonly operators: SimOperator[] = [];
  /** What went wrong in the machinery itself: an operator that ended, a fleet that never rests. */
  readonly broken: string[] = [];
  /** The scheduler's. Given again for each step of a history, so that a step left out changes no other. */
  random: Random;
  /** Writes of killed operators that are still on their way. */
  #late: Passage[] = [];
  #operatorsMade = 0;
  readonly #seed: number;

  private constructor(server: SimServer, seed: number) {
    this.server = server;
    this.#seed = seed;
    this.random = seededRandom(seed);
  }

  static async start(seed: number): Promise<SimWorld> {
    const used = idle.pop();
    const world = new SimWorld(used ?? (await SimServer.start()), seed);
    if (used === undefined) {
      await world.ensureCrds();
      await world.ensureNamespace();
      await world.server.quiet();
      world.server.isSpoilt = false;
    }
    world.server.begin(seed);
    return world;
  }

  async stop(): Promise<void> {
    for (const operator of this.operators) operator.kill(() => false);
    if (this.server.isSpoilt) return this.server.stop();
    await this.server.wipe(KINDS, NAMESPACE);
    idle.push(this.server);
  }

  // ── users ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Undefined: it was refused. */
  async user(
    call: Omit<Call, "namespace"> & { readonly namespace?: string },
  ): Promise<AnyObject | undefined> {
    if (call.resource === CRDS || call.resource === NAMESPACES) this.server.isSpoilt = true;
    try {
      return (await this.server.carryOut(USER, { namespace: NAMESPACE, ...call })) as AnyObject | undefined;
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }

  async ensureCrds(): Promise<void> {
    for (const body of crds)
      if (this.#isMissing(CRDS, body.metadata.name))
        await this.user({ verb: "create", resource: CRDS, namespace: "", name: "", body });
  }

  async ensureNamespace(): Promise<void> {
    if (!this.#isMissing(NAMESPACES, NAMESPACE)) return;
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
    await this.user({ verb: "create", resource: NAMESPACES, namespace: "", name: "", body });
  }

  #isMissing({ group, plural }: Resource, name: string): boolean {
    const kind = group === "" ? plural : `${group}/${plural}`;
    return this.server.store.get({ kind, namespace: "", name }) === undefined;
  }

  /** All objects of a kind, as they are stored. */
  objects<T>({ group, plural }: Resource<never> | Resource): T[] {
    const page = this.server.store.list(`${group}/${plural}`, { namespace: NAMESPACE });
    return page.ok ? page.value.items.map(({ object }) => object as unknown as T) : [];
  }

  // ── operators ────────────────────────────────────────────────────────────────────────────────────────────

  running(): SimOperator[] {
    return this.operators.filter(({ state }) => state === "runs");
  }

  paused(): SimOperator[] {
    return this.operators.filter(({ state }) => state === "paused");
  }

  async startOperator(): Promise<void> {
    const name = `${OPERATOR_PREFIX}${++this.#operatorsMade}`;
    const seed = this.#seed + this.#operatorsMade;
    this.operators.push(new SimOperator(this.server, name, seed, (what) => this.broken.push(what)));
    await this.server.quiet();
  }

  kill(operator: SimOperator): void {
    this.operators.splice(this.operators.indexOf(operator), 1);
    this.#late.push(...operator.kill(() => this.#toss()));
  }

  pause(operator: SimOperator): void {
    operator.pause(() => this.#toss());
  }

  #toss(): boolean {
    return this.random.next() < 0.5;
  }

  // ── scheduler ────────────────────────────────────────────────────────────────────────────────────────────

  async ticks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) if (!(await this.#tick())) return;
  }

  /** One thing that is on its way arrives. False: there is none, and no time worth passing. */
  async #tick(): Promise<boolean> {
    const choices: (() => Promise<void> | void)[] = this.#late.map(
      (passage) => () => this.#landLate(passage),
    );
    for (const { state, client } of this.operators) {
      for (const passage of client.passages) {
        if (state === "paused" && passage.state === "sent") choices.push(() => passage.carryOut());
        if (state === "runs") choices.push(() => this.#goOn(passage));
      }
      if (state !== "runs") continue;
      for (const stream of client.streams) {
        const waiting = stream.queue.length;
        if (waiting === 0) continue;
        choices.push(() => {
          for (let n = 1 + randomBelow(this.random, waiting); n > 0; n--) stream.next();
        });
      }
    }
    const leap = this.server.clock.untilNextMs ?? Number.POSITIVE_INFINITY;
    const canLeap = leap <= LONGEST_LEAP_MS;
    if (canLeap && (choices.length === 0 || this.random.next() < 0.01)) this.server.clock.advance(leap);
    else if (choices.length === 0) return false;
    else await choices[randomBelow(this.random, choices.length)]?.();
    await this.server.quiet();
    return true;
  }

  async #landLate(passage: Passage): Promise<void> {
    this.#late.splice(this.#late.indexOf(passage), 1);
    await passage.carryOut();
  }

  async #goOn(passage: Passage): Promise<void> {
    if (passage.state !== "answered") await passage.carryOut();
    else passage.answer();
    // Most answers are heard at once.
    if (passage.state === "answered" && this.random.next() < 0.8) passage.answer();
  }

  /** As `rest`, and it is wrong when it does not come to pass. */
  async finalRest(): Promise<void> {
    if (!(await this.rest(ENDLESS_ROUNDS))) this.broken.push("the fleet never comes to rest");
  }

  /**
   * Everything arrives, in turn, until nothing is left to do. False: that takes longer than so many
   * rounds.
   */
  async rest(mostRounds = MOST_ROUNDS): Promise<boolean> {
    const { clock, store } = this.server;
    let untilMs = clock.now() + REST_MS;
    let revision = store.revision;
    for (let round = 0; round < mostRounds; round++) {
      while (round < mostRounds && (await this.#deliverAll())) round++;
      if (store.revision !== revision) untilMs = clock.now() + REST_MS;
      revision = store.revision;
      const leap = clock.untilNextMs;
      if (leap === undefined || clock.now() + leap > untilMs) return true;
      clock.advance(leap);
      await this.server.quiet();
    }
    return false;
  }

  async #deliverAll(): Promise<boolean> {
    let any = false;
    for (const passage of [...this.#late]) {
      await this.#landLate(passage);
      any = true;
    }
    for (const { client, state } of this.operators) {
      for (const passage of state === "dead" ? [] : [...client.passages]) {
        if (state === "paused" && passage.state !== "sent") continue;
        if (passage.state !== "answered") await passage.carryOut();
        if (state === "runs") passage.answer();
        any = true;
      }
      if (state !== "runs") continue;
      for (const stream of client.streams)
        while (stream.queue.length > 0) {
          stream.next();
          any = true;
        }
    }
    if (any) await this.server.quiet();
    return any;
  }
}
