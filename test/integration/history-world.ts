/** A recorder beside a fleet, and the record that it writes, read through a second connection. */

import type { Kysely } from "kysely";
import { expect } from "vitest";
import type { TestDatabase } from "../../src/balancers/ledger/testing/test-databases.ts";
import { FOLLOWED } from "../../src/history/facts.ts";
import {
  blockSubject,
  type History,
  HistoryMetrics,
  openHistory,
  type Recorder,
  type Subject,
  startRecorder,
  type Tenure,
} from "../../src/history/index.ts";
import type { HistoryTables } from "../../src/history/tables.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { compareRevisions, type KubeObject, type Resource } from "../../src/kube/index.ts";
import { createLogger, RuntimeMetrics } from "../../src/runtime/index.ts";
import type { FleetWorld } from "./fleet-world.ts";

export class HistoryWorld {
  readonly record: History;
  readonly #world: FleetWorld;
  readonly #database: TestDatabase;
  readonly #recorders = new Set<Recorder>();

  private constructor(world: FleetWorld, database: TestDatabase, record: History) {
    this.#world = world;
    this.#database = database;
    this.record = record;
  }

  static async open(world: FleetWorld, database: TestDatabase): Promise<HistoryWorld> {
    const record = await openHistory({ target: database.target, kernel: systemKernel });
    return new HistoryWorld(world, database, record);
  }

  get raw(): Kysely<HistoryTables> {
    return this.#database.raw as unknown as Kysely<HistoryTables>;
  }

  start(more: Partial<Parameters<typeof startRecorder>[0]> = {}): Recorder {
    const recorder = startRecorder({
      target: this.#database.target,
      client: this.#world.newClient(),
      kernel: systemKernel,
      logger: createLogger({ clock: systemKernel.clock, level: "silent" }),
      metrics: new HistoryMetrics(new RuntimeMetrics().registry),
      lingerMs: 5,
      ...more,
    });
    this.#recorders.add(recorder);
    return recorder;
  }

  async stop(recorder: Recorder): Promise<void> {
    this.#recorders.delete(recorder);
    await recorder.stop();
  }

  async close(): Promise<void> {
    for (const recorder of this.#recorders) await recorder.stop();
    await this.record.close();
  }

  /** Resolves once all that the API shows now is recorded. */
  async untilCaughtUp(): Promise<void> {
    for (const resource of FOLLOWED as readonly Resource<KubeObject>[]) {
      const { items } = await this.#world.client.list(resource, {});
      await expect
        .poll(async () => {
          const rows = await this.raw
            .selectFrom("history_objects")
            .selectAll()
            .where("kind", "=", resource.kind)
            .execute();
          const known = new Map(rows.map(({ uid, revision }) => [uid, revision]));
          const behind = items.filter(({ metadata: { uid = "", resourceVersion = "" } }) => {
            const recorded = known.get(uid);
            return recorded === undefined || compareRevisions(recorded, resourceVersion) < 0;
          });
          const present = new Set(items.map(({ metadata }) => metadata.uid));
          const extra = rows.filter(({ uid }) => !present.has(uid));
          return [...behind.map(({ metadata }) => metadata.name), ...extra.map(({ uid }) => uid)];
        })
        .toEqual([]);
    }
  }

  /** Resolves once the first lists are recorded: what changes from then on, a watch shows. */
  async untilStarted(): Promise<void> {
    await expect
      .poll(async () => (await this.raw.selectFrom("history_checkpoints").selectAll().execute()).length)
      .toBe(FOLLOWED.length);
  }

  /** `uid what revision` of all that was recorded after the first lists, sorted. */
  async watched(): Promise<readonly string[]> {
    const rows = await this.raw
      .selectFrom("history_rows")
      .selectAll()
      .where("origin", "=", "watch")
      .execute();
    return rows.map(({ uid, what, revision }) => `${uid} ${what} ${revision}`).sort();
  }

  async gaps(): Promise<readonly string[]> {
    const rows = await this.raw.selectFrom("history_rows").selectAll().where("what", "=", "gap").execute();
    return rows.map(({ reason }) => reason ?? "");
  }

  async tenures(block: string, at?: string): Promise<readonly Tenure[]> {
    const subject = blockSubject(block) as Subject;
    return (await this.record.ask({ subject, at, limit: 100 })).tenures;
  }

  verify() {
    return this.record.verify();
  }
}
