/** Writers that are killed, paused and doubled: what the API showed is recorded once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kysely } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LedgerTarget } from "../balancers/ledger/connection-string.ts";
import { openDatabase } from "../balancers/ledger/database.ts";
import { type Random, randomBelow, seededRandom, systemKernel } from "../kernel/index.ts";
import type { Checkpoint } from "./entry.ts";
import { type History, openHistory } from "./history.ts";
import { StaleListError } from "./record-entries.ts";
import type { HistoryTables } from "./tables.ts";
import { ScriptedApi } from "./testing/scripted-api.ts";

const STREAM = "cluster-a";
let folder: string;
let target: LedgerTarget;
let raw: Kysely<HistoryTables>;
const opened: History[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plexaubnet-history-"));
  target = { dialect: "sqlite", path: join(folder, "history.db") };
  raw = await openDatabase<HistoryTables>(target);
});
afterEach(async () => {
  for (const history of opened.splice(0)) await history.close();
  await raw.destroy();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<History> {
  const history = await openHistory({ target, kernel: systemKernel });
  opened.push(history);
  return history;
}

async function recorded(): Promise<string[]> {
  const rows = await raw.selectFrom("history_rows").selectAll().orderBy("seq").execute();
  return rows
    .filter(({ name }) => name !== "")
    .map(({ uid, what, revision }) => `${uid} ${what} ${revision}`);
}

async function gaps(): Promise<number> {
  return (await raw.selectFrom("history_rows").selectAll().where("what", "=", "gap").execute()).length;
}

/** A writer from its start to the moment in which it is killed: it knows what it read, and may be behind. */
class Writer {
  readonly #history: History;
  readonly #api: ScriptedApi;
  readonly #random: Random;
  #seen: Checkpoint | undefined;
  #position = "";

  constructor(history: History, api: ScriptedApi, random: Random) {
    this.#history = history;
    this.#api = api;
    this.#random = random;
  }

  async start(): Promise<void> {
    [this.#seen] = await this.#history.checkpoints(STREAM);
    this.#position = this.#seen?.revision ?? "";
    if (this.#position === "") await this.list();
  }

  /** As after the API forgot what happened since. */
  async list(): Promise<void> {
    const list = this.#api.list();
    await this.#history.recordList(STREAM, list, this.#seen);
    this.#position = list.revision;
    const { kind, scope, revision, observedAt } = list;
    this.#seen = { kind, scope, revision, seenAt: observedAt };
  }

  /** Some of what the watch shows; killed before the answer it does not know that it was written. */
  async write(isKilled: boolean): Promise<void> {
    const due = this.#api.after(this.#position).slice(0, 1 + randomBelow(this.#random, 7));
    if (due.length === 0) return;
    await this.#history.record(STREAM, due);
    const last = due.at(-1);
    if (isKilled || last === undefined) return;
    this.#position = last.revision;
    this.#seen = { kind: last.kind, scope: last.scope, revision: last.revision, seenAt: last.observedAt };
  }

  async catchUp(): Promise<void> {
    while (this.#api.after(this.#position).length > 0) await this.write(false);
  }
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i", (seed) => {
  test("PX-17 writers that are killed, paused and doubled record every decision that the API showed, and none twice", async () => {
    const random = seededRandom(seed);
    const api = new ScriptedApi(random);
    const one = await open();
    const two = await open();
    const start = async (history: History) => {
      const writer = new Writer(history, api, random);
      await writer.start();
      return writer;
    };
    let writers = [await start(one), await start(two)];
    for (let round = 0; round < 60; round++) {
      for (let steps = randomBelow(random, 6); steps > 0; steps--) api.step();
      const at = randomBelow(random, 2);
      const isKilled = random.next() < 0.3;
      await writers[at]?.write(isKilled);
      if (isKilled) writers = writers.with(at, await start(at === 0 ? one : two));
    }
    await writers[1]?.catchUp();
    expect(await recorded()).toEqual(api.decisions);
    expect(await gaps()).toBe(0);
    expect(await one.verify()).toMatchObject({ sound: true });
    await expectStates(api);
  });

  test("PX-17 where the API forgot what happened, the result is recorded once, and the gap is named with its bounds", async () => {
    const random = seededRandom(seed + 100);
    const api = new ScriptedApi(random);
    const history = await open();
    const writer = new Writer(history, api, random);
    await writer.start();
    for (let round = 0; round < 10; round++) {
      for (let steps = 0; steps < 8; steps++) api.step();
      if (random.next() < 0.5) await writer.catchUp();
      else await writer.list();
    }
    await writer.list();
    const rows = await recorded();
    expect(new Set(rows).size).toBe(rows.length);
    await expectStates(api);
    const found = await raw.selectFrom("history_rows").selectAll().where("what", "=", "gap").execute();
    expect(found.length).toBeGreaterThan(0);
    for (const gap of found) expect((gap.after_at ?? "") <= gap.at).toBe(true);
    expect(await history.verify()).toMatchObject({ sound: true });
  });
});

/**
 * At the end the record has what the API has, and of each Subnet that holds its block one tenure that lasts.
 */
async function expectStates(api: ScriptedApi): Promise<void> {
  const objects = await raw.selectFrom("history_objects").selectAll().execute();
  const pairs = (all: readonly { uid: string; revision: string }[]) =>
    all.map(({ uid, revision }) => `${uid} ${revision}`).sort();
  expect(pairs(objects)).toEqual(pairs(api.living));
  const open = await raw.selectFrom("history_tenures").selectAll().where("open_mark", "=", 1).execute();
  const holding = api.living.filter(({ phase }) => phase === "Allocated" || phase === "Released");
  expect(open.map(({ uid, claim_uid }) => `${uid} ${claim_uid}`).sort()).toEqual(
    holding.map(({ uid, claimUid }) => `${uid} ${claimUid}`).sort(),
  );
  const days = await raw.selectFrom("history_pool_days").select("change").execute();
  expect(days.reduce((sum, { change }) => sum + Number(change), 0)).toBe(holding.length * 256);
}

test("PX-17 a list of a leader that was paused is dropped when another one has recorded more meanwhile", async () => {
  const api = new ScriptedApi(seededRandom(7));
  const [one, two] = [await open(), await open()];
  for (let steps = 0; steps < 20; steps++) api.step();
  await one.recordList(STREAM, api.list(), undefined);
  const [basis] = await one.checkpoints(STREAM);
  const stale = api.list();
  for (let steps = 0; steps < 20; steps++) api.step();
  await two.record(STREAM, api.after(stale.revision));
  const before = await recorded();
  await expect(one.recordList(STREAM, stale, basis)).rejects.toThrow(StaleListError);
  expect(await recorded()).toEqual(before);
  expect(await one.verify()).toMatchObject({ sound: true });
});

test("PX-17 a server that went back to a backup is recorded as a gap, and what it has again as restored", async () => {
  const api = new ScriptedApi(seededRandom(11));
  const history = await open();
  for (let steps = 0; steps < 20; steps++) api.step();
  const backup = api.list();
  await history.recordList(STREAM, backup, undefined);
  for (let steps = 0; steps < 60; steps++) api.step();
  await history.record(STREAM, api.after(backup.revision));
  const [basis] = await history.checkpoints(STREAM);
  await history.recordList(STREAM, backup, basis);
  const { decisions } = await history.ask({ since: "0000", limit: 1_000 });
  expect(decisions.filter(({ what }) => what === "gap")).toMatchObject([
    { reason: expect.stringContaining("went back") },
  ]);
  expect(decisions.some(({ what }) => what === "restored")).toBe(true);
  const objects = await raw.selectFrom("history_objects").selectAll().execute();
  expect(objects.map(({ uid }) => uid).sort()).toEqual(backup.objects.map(({ facts }) => facts.uid).sort());
  expect(await history.verify()).toMatchObject({ sound: true });
});
