/** What a hand in the database leaves behind: `--verify` names the first row that does not fit. */
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../balancers/ledger/database.ts";
import { createTestDatabase, type TestDatabase } from "../balancers/ledger/testing/test-databases.ts";
import { seededRandom, systemKernel } from "../kernel/index.ts";
import { type History, openHistory } from "./history.ts";
import type { HistoryRow } from "./row.ts";
import type { HistoryTables } from "./tables.ts";
import { ScriptedApi } from "./testing/scripted-api.ts";

let database: TestDatabase;
let history: History;
let raw: Kysely<HistoryTables>;
beforeEach(async () => {
  database = await createTestDatabase({ name: "SQLite", dialect: "sqlite", url: "sqlite:" });
  history = await openHistory({ target: database.target, kernel: systemKernel });
  raw = await openDatabase<HistoryTables>(database.target);
  const api = new ScriptedApi(seededRandom(3));
  await history.recordList("cluster-a", api.list(), undefined);
  for (let steps = 0; steps < 120; steps++) api.step();
  await history.record("cluster-a", api.log);
});
afterEach(async () => {
  await history.close();
  await raw.destroy();
  await database.dispose();
});

const COLUMNS: readonly (readonly [column: keyof HistoryRow, value: string | number | null])[] = [
  ["life", 7],
  ["recorded_at", "2026-01-01T00:00:00.000Z"],
  ["at", "2026-01-01T00:00:00.000Z"],
  ["after_at", "2026-01-01T00:00:00.000Z"],
  ["kind", "SubnetClaim"],
  ["uid", "another"],
  ["namespace", "another"],
  ["name", "another"],
  ["what", "bound"],
  ["revision", "1"],
  ["origin", "list"],
  ["cidr", "10.9.9.0/24"],
  ["first_key", "40a090900"],
  ["last_key", null],
  ["pool", "another"],
  ["cluster_id", "another"],
  ["purpose", "pods"],
  ["claim", "another"],
  ["claim_uid", null],
  ["hold", "made-up"],
  ["actor", "mallory"],
  ["actor_from", "user"],
  ["reason", "because"],
  ["hash", "0".repeat(64)],
];

describe("PX-17 a row is named", () => {
  test.each(COLUMNS)("whose %s was changed", async (column, value) => {
    await raw
      .updateTable("history_rows")
      .set({ [column]: value })
      .where("seq", "=", 40)
      .execute();
    expect(await history.verify()).toMatchObject({ sound: false, stream: "cluster-a", seq: 40 });
  });

  test("that was deleted", async () => {
    await raw.deleteFrom("history_rows").where("seq", "=", 40).execute();
    expect(await history.verify()).toMatchObject({ sound: false, seq: 40, why: "the row is missing." });
  });

  test("that was deleted, with those behind it moved up", async () => {
    await raw.deleteFrom("history_rows").where("seq", "=", 40).execute();
    for (let seq = 41; seq < 60; seq++)
      await raw
        .updateTable("history_rows")
        .set({ seq: seq - 1 })
        .where("seq", "=", seq)
        .execute();
    expect(await history.verify()).toMatchObject({ sound: false, seq: 40 });
  });

  test("that was inserted", async () => {
    const [row] = await raw.selectFrom("history_rows").selectAll().where("seq", "=", 40).execute();
    await sql`update history_rows set seq = -seq where seq >= 41`.execute(raw);
    await sql`update history_rows set seq = 1 - seq where seq < 0`.execute(raw);
    await raw
      .insertInto("history_rows")
      .values({ ...(row as HistoryRow), seq: 41, revision: "40-and-a-half" })
      .execute();
    expect(await history.verify()).toMatchObject({ sound: false, seq: 41 });
  });

  test("that changed places with another one", async () => {
    for (const [from, to] of [
      [40, -1],
      [45, 40],
      [-1, 45],
    ] as const)
      await raw.updateTable("history_rows").set({ seq: to }).where("seq", "=", from).execute();
    expect(await history.verify()).toMatchObject({ sound: false, seq: 40 });
  });

  test("of the end that was cut off", async () => {
    const { seq } = await raw.selectFrom("history_streams").selectAll().executeTakeFirstOrThrow();
    await raw
      .deleteFrom("history_rows")
      .where("seq", ">", seq - 5)
      .execute();
    expect(await history.verify()).toMatchObject({ sound: false, seq: seq - 4 });
  });

  test("of a chain whose end was deleted", async () => {
    await raw.deleteFrom("history_streams").execute();
    expect(await history.verify()).toMatchObject({ sound: false, stream: "cluster-a", seq: 1 });
  });

  test("whose tenure was changed, deleted or made up", async () => {
    const [tenure] = await raw
      .selectFrom("history_tenures")
      .selectAll()
      .where("open_mark", "is", null)
      .execute();
    const seq = tenure?.from_seq;
    const its = () => raw.updateTable("history_tenures").where("from_seq", "=", seq ?? 0);
    for (const change of [
      { claim: "another" },
      { to_at: "2026-05-03T00:00:00.000Z" },
      { cluster_id: "another" },
    ]) {
      await its().set(change).execute();
      expect(await history.verify(), JSON.stringify(change)).toMatchObject({ sound: false, seq });
      await its()
        .set(tenure ?? {})
        .execute();
    }
    expect(await history.verify()).toMatchObject({ sound: true });
    await raw
      .deleteFrom("history_tenures")
      .where("from_seq", "=", seq ?? 0)
      .execute();
    expect(await history.verify()).toMatchObject({ sound: false, seq });
  });

  test("whose tenure was ended by hand", async () => {
    const lasting = raw.selectFrom("history_tenures").selectAll().where("open_mark", "=", 1);
    const { from_seq: seq } = await lasting.executeTakeFirstOrThrow();
    const ended = { open_mark: null, to_at: "2026-05-03T00:00:00.000Z" };
    await raw.updateTable("history_tenures").set(ended).where("from_seq", "=", seq).execute();
    expect(await history.verify()).toMatchObject({ sound: false, seq });
  });
});

test("PX-17 a history that was written again is found by the hash of a row that was noted elsewhere", async () => {
  const noted = await raw.selectFrom("history_rows").select(["seq", "hash"]).where("seq", "=", 40).execute();
  expect(await history.verify(noted)).toMatchObject({ sound: true });
  await sql`delete from history_rows`.execute(raw);
  await sql`delete from history_streams`.execute(raw);
  await sql`delete from history_tenures`.execute(raw);
  await sql`delete from history_objects`.execute(raw);
  await sql`delete from history_checkpoints`.execute(raw);
  const api = new ScriptedApi(seededRandom(4));
  for (let steps = 0; steps < 120; steps++) api.step();
  await history.record("cluster-a", api.log);
  expect(await history.verify()).toMatchObject({ sound: true });
  expect(await history.verify(noted)).toMatchObject({ sound: false, seq: 40 });
});
