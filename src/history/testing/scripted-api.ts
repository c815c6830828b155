/**
 * An API whose every change is known: Subnets and claims that come, are decided, change hands and go, by a
 * seed. A writer reads from it as from a real one, by watch from a revision or by list, and a test knows
 * which decisions it must find.
 *
 * What the embedded server cannot play: thousands of lives of one seed, each at a time that the seed gives,
 * with what the record must hold of them known in advance. Records of the embedded server are in
 * `test/integration/history.test.ts`.
 */
import { type Random, randomBelow } from "../../kernel/index.ts";
import { decisionsOf } from "../decisions.ts";
import type { ListEntry, WatchEntry } from "../entry.ts";
import type { Facts, Observed } from "../facts.ts";

const START_MS = Date.UTC(2026, 4, 1);

export class ScriptedApi {
  readonly #random: Random;
  readonly #living = new Map<string, Facts>();
  readonly log: WatchEntry[] = [];
  readonly #states: { readonly revision: number; readonly living: readonly Facts[] }[] = [];
  /** `uid what revision` of every decision, as it was shown. */
  readonly decisions: string[] = [];
  #revision = 100;

  constructor(random: Random) {
    this.#random = random;
  }

  get revision(): number {
    return this.#revision;
  }

  /** One change of one object. */
  step(): void {
    const living = [...this.#living.values()];
    const random = this.#random;
    const at = living[randomBelow(random, living.length + 3)];
    if (at === undefined) this.#put(undefined, this.#born());
    else this.#put(at, this.#next(at));
    this.#states.push({ revision: this.#revision, living: [...this.#living.values()] });
  }

  /** What a watch shows from that revision on. */
  after(revision: string): readonly WatchEntry[] {
    return this.log.filter((entry) => Number(entry.revision) > Number(revision));
  }

  list(): ListEntry {
    const objects = [...this.#living.values()].map((facts): Observed => ({ facts, by: BY }));
    return { kind: "Subnet", scope: "", revision: String(this.#revision), observedAt: this.#now(), objects };
  }

  get living(): readonly Facts[] {
    return [...this.#living.values()];
  }

  #now(): string {
    return new Date(START_MS + this.#revision * 1_000).toISOString();
  }

  #born(): Facts {
    const number = this.#revision;
    const block = randomBelow(this.#random, 200);
    return {
      kind: "Subnet",
      uid: `u-${number}`,
      namespace: "fleet",
      name: `s-${number}`,
      revision: "",
      createdAt: this.#now(),
      cidr: `10.0.${block}.0/24`,
      pool: "corp",
      clusterID: `c-${randomBelow(this.#random, 20)}`,
      claim: `claim-${number}`,
      claimUid: `cu-${number}`,
    };
  }

  /** Undefined: it goes. */
  #next(facts: Facts): Facts | undefined {
    const choice = randomBelow(this.#random, 6);
    const decidedAt = this.#now();
    if (facts.deletingAt !== undefined) return choice < 3 ? undefined : { ...facts };
    if (facts.phase === undefined)
      return choice === 0
        ? { ...facts, phase: "Failed", reason: "Overlap" }
        : { ...facts, phase: "Allocated", decidedAt };
    if (choice === 0) return undefined;
    if (choice === 1) return { ...facts, deletingAt: decidedAt };
    if (choice === 2) return { ...facts, phase: "Released", decidedAt };
    if (choice === 3) return { ...facts, claimUid: `cu-${this.#revision}`, phase: "Allocated", decidedAt };
    return { ...facts };
  }

  #put(before: Facts | undefined, next: Facts | undefined): void {
    const revision = String(++this.#revision);
    const observedAt = this.#now();
    const shown = next ?? before;
    if (shown === undefined) return;
    const facts = { ...shown, revision };
    const observed: Observed = { facts, by: BY };
    if (next === undefined) this.#living.delete(facts.uid);
    else this.#living.set(facts.uid, facts);
    const found = next === undefined ? decisionsOf(before, undefined) : decisionsOf(before, observed);
    for (const { what } of found) this.decisions.push(`${facts.uid} ${what} ${revision}`);
    this.log.push({
      kind: "Subnet",
      scope: "",
      revision,
      observedAt,
      change: { observed, isGone: next === undefined },
    });
  }
}

const BY = {
  spec: { manager: "kubectl", at: undefined },
  status: { manager: "plexaubnet-operator", at: undefined },
};
