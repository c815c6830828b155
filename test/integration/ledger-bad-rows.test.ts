/**
 * One bad value never keeps the rows beside it from being written; what cannot be kept is said in a sentence.
 */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/balancers/ledger/database.ts";
import type { IncidentRecord, UsageDraft } from "../../src/balancers/ledger/index.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import { createTestDatabase, testServers } from "../../src/balancers/ledger/testing/test-databases.ts";
import { writing } from "../../src/balancers/ledger/transaction.ts";
import type { SyncPlan } from "../../src/balancers/sync/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";

const STAMP = { actor: "test", reason: "a test" };
const AT = "2026-01-01T00:00:00.000Z";
const draft = (nth: number, poolName: string): UsageDraft => ({
  cluster: "c1",
  ip: `192.0.2.${nth}`,
  family: 4,
  serviceUid: `u-${nth}`,
  namespace: "shop",
  service: "web",
  poolId: undefined,
  poolName,
  state: "discovered",
});

onEachDatabase((database) => {
  test("RC-02 whatever stands in an annotation, the load balancer and those beside it are recorded", async () => {
    const ledger = await database.open();
    const odd = [
      "x".repeat(70_000),
      "a\0b",
      "\uD800",
      "🙂".repeat(300),
      "'; drop table lb_usages; --",
      "\\",
      "",
    ];
    const drafts = odd.map((poolName, at) => draft(at + 1, poolName));
    await ledger.write({ ...STAMP, actor: "y".repeat(999) }, (writer) =>
      writer.recordUsages([...drafts, draft(100, "good"), draft(100, "good")]),
    );
    const usages = await ledger.usages("c1");
    expect(usages).toHaveLength(odd.length + 1);
    const named = (nth: number) => usages.find(({ ip }) => ip === `192.0.2.${nth}`)?.poolName;
    expect(named(1)).toBe(`${"x".repeat(252)}…`);
    expect(named(2)).toBe("a\uFFFDb");
    expect([...(named(4) ?? "")]).toHaveLength(253);
    expect(named(5)).toBe("'; drop table lb_usages; --");
    await ledger.write(STAMP, (writer) => writer.changeUsage(usages[0]!, { poolName: "z".repeat(999) }));
  });

  test("RC-08 a title that is too long is refused before anything is written, with the limit", async () => {
    const ledger = await database.open();
    const incident = (title: string): IncidentRecord => ({
      ...{ id: "INC-1", cluster: "c1", status: "Investigating", title },
      ...{ openedAt: AT, changedAt: AT, closedAt: undefined, content: {} },
    });
    const save = (title: string) => ledger.write(STAMP, (writer) => writer.saveIncident(incident(title)));
    await expect(save("t".repeat(401))).rejects.toThrow(
      "the title of the incident INC-1 has 401 characters, and the ledger keeps at most 400; nothing was changed, shorten it.",
    );
    expect(await ledger.incidents("c1")).toEqual([]);
    await save("🙂".repeat(400));
    expect((await ledger.openIncidents("c1"))[0]?.title).toBe("🙂".repeat(400));
  });

  test("RC-04 a long plan whose pieces were changed is not taken for what was stored", async () => {
    const ledger = await database.open();
    const plan: SyncPlan = {
      ...{ id: "plan-1", hash: "h", cluster: "c1", mode: "m".repeat(500_000), createdAt: AT },
      ...{ drift: [], steps: [], heldBack: [], refused: [], basis: { ledger: {}, cluster: {} } },
    };
    await ledger.write(STAMP, (writer) => writer.savePlan(plan));
    expect((await ledger.plan("plan-1"))?.plan).toEqual(plan);
    await sql`update stored_texts set body = ${"m".repeat(9)} where position = 1`.execute(database.raw);
    await expect(ledger.plan("plan-1")).rejects.toThrow("is not what was stored");
    await sql`delete from stored_texts where position = 1`.execute(database.raw);
    await expect(ledger.plans("c1")).rejects.toThrow("is not what was stored");
  });
});

test("RC-05 a full disk under SQLite is said as that, and nothing is half done", async () => {
  const database = await createTestDatabase(testServers[0]!);
  const ledger = await database.open();
  const db = await openDatabase(database.target);
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 4}`).execute(db);
  const retry = { attempts: 3, firstDelayMs: 1, longestDelayMs: 1 };
  const context = { db, dialect: "sqlite", kernel: systemKernel, target: "sqlite:test", retry } as const;
  const write = writing(context, "w-1", async (tx) => {
    for (let nth = 0; nth < 100; nth++) {
      await tx
        .insertInto("stored_texts")
        .values({ text_of: "t", position: nth, body: "x".repeat(4_096) })
        .execute();
    }
  });
  await expect(write).rejects.toMatchObject({
    kind: "disk-full",
    message:
      "the disk of the ledger at sqlite:test is full (SQLITE_FULL); nothing was changed, make room and try again.",
  });
  expect(await db.selectFrom("stored_texts").selectAll().execute()).toEqual([]);
  await db.destroy();
  await ledger.close();
  await database.dispose();
});
