/**
 * What happens to the ledger when its server is killed, when transactions block each other, and when
 * connections are cut: nothing that was answered is lost, nothing is done twice, and no write is without its
 * audit row.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fingerprintOf, type Ledger } from "../../src/balancers/ledger/index.ts";
import {
  createTestDatabase,
  sayWhatIsLeftOut,
  type TestDatabase,
  type TestServer,
  testServers,
} from "../../src/balancers/ledger/testing/test-databases.ts";
import { sleep, systemClock } from "../../src/kernel/index.ts";

sayWhatIsLeftOut();

const ROOT = join(import.meta.dirname, "../..");
const STAMP = { actor: "test", reason: "a test" };
const servers = testServers.filter(({ dialect }) => dialect !== "sqlite");

function pool(name: string) {
  return { name, ranges: ["203.0.113.0/26"], autoAssign: true, avoidBuggyIPs: false };
}

function add(ledger: Ledger, name: string) {
  return ledger.write(STAMP, (writer) => writer.createPool("c1", pool(name)));
}

/** Each pool has the audit row of its creation, once, and each such row its pool. */
async function expectAuditToMatch(ledger: Ledger): Promise<readonly string[]> {
  const names = (await ledger.pools("c1")).map(({ name }) => `pool/${name}`).sort();
  const rows = await ledger.audit({ limit: 10_000 });
  const created = rows.filter(({ action }) => action === "pool.create").map(({ subject }) => subject);
  expect(created.sort()).toEqual(names);
  return names;
}

for (const server of servers)
  describe.skipIf(server.url === undefined)(`faults of ${server.name}`, () => faultsOf(server));

function faultsOf(server: TestServer): void {
  let database: TestDatabase;
  let ledger: Ledger;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    ledger = await database.open();
  });
  afterEach(() => database.dispose());

  test("two transactions that block each other both happen: the one that the server ends is tried again", async () => {
    await add(ledger, "a");
    await add(ledger, "b");
    // A table of two rows is read whole, and locked whole.
    for (let filler = 0; filler < 60; filler++) await add(ledger, `filler-${filler}`);
    const wide = (name: string) => ({ ...pool(name), ranges: ["203.0.113.0/25"] });
    let inside = 0;
    let attempts = 0;
    let meet = () => {};
    const met = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const crosswise = (first: string, second: string) =>
      ledger.write(STAMP, async (writer) => {
        attempts++;
        const before = fingerprintOf(pool(first));
        await writer.updatePool("c1", wide(first), before).catch((error) => rethrowUnlessStale(error));
        if (++inside === 2) meet();
        await met;
        await writer
          .updatePool("c1", wide(second), fingerprintOf(pool(second)))
          .catch((error) => rethrowUnlessStale(error));
      });
    await Promise.all([crosswise("a", "b"), crosswise("b", "a")]);
    expect(attempts).toBeGreaterThan(2);
    const widened = (await ledger.pools("c1")).filter(({ ranges }) => ranges[0] === "203.0.113.0/25");
    expect(widened.map(({ name }) => name)).toEqual(["a", "b"]);
    const updates = (await ledger.audit()).filter(({ action }) => action === "pool.update");
    expect(updates.map(({ subject }) => subject).sort()).toEqual(["pool/a", "pool/b"]);
  });

  test("a connection that is cut within a transaction: the whole of it happens once", async () => {
    let attempts = 0;
    await ledger.write(STAMP, async (writer) => {
      attempts++;
      await writer.createPool("c1", pool("cut"));
      if (attempts === 1) await cutConnections(database);
    });
    expect(attempts).toBe(2);
    expect(await expectAuditToMatch(ledger)).toEqual(["pool/cut"]);
  });

  test("a connection that is cut again and again under load: nothing is lost, nothing is done twice", async () => {
    const answered: string[] = [];
    const write = async (name: string) => {
      await add(ledger, name);
      answered.push(`pool/${name}`);
    };
    const writes = Array.from({ length: 40 }, (_, at) => write(`p${at}`));
    for (let cut = 0; cut < 5; cut++) {
      await sleep(systemClock, 20);
      await cutConnections(database);
    }
    await Promise.allSettled(writes);
    const there = await expectAuditToMatch(ledger);
    for (const name of answered) expect(there).toContain(name);
  });

  test.skipIf(process.env.TEST_DATABASES_DIR === undefined)(
    "the server killed in mid-transaction and started again: no audit row is lost, and the ledger reconnects",
    async () => {
      const crash = () => promisify(execFile)("bash", [join(ROOT, ".ci/databases"), "crash", server.dialect]);
      await add(ledger, "before");
      const answered: string[] = ["pool/before"];
      const write = async (name: string) => {
        await add(ledger, name);
        answered.push(`pool/${name}`);
      };
      let crashed = false;
      const half = ledger.write(STAMP, async (writer) => {
        await writer.createPool("c1", pool("half"));
        if (crashed) return;
        crashed = true;
        await crash();
      });
      await Promise.allSettled([half, ...Array.from({ length: 20 }, (_, at) => write(`p${at}`))]);
      const there = await expectAuditToMatch(ledger);
      for (const name of answered) expect(there).toContain(name);
      await add(ledger, "after");
      expect(await expectAuditToMatch(ledger)).toContain("pool/after");
    },
    60_000,
  );
}

function rethrowUnlessStale(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "StaleError") throw error;
}

/** Cuts every connection to the test's database except its own. */
async function cutConnections({ raw, dialect, target }: TestDatabase): Promise<void> {
  const database = target.dialect === "sqlite" ? "" : target.database;
  if (dialect === "postgres") {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database} and pid <> pg_backend_pid()`.execute(
      raw,
    );
    return;
  }
  const { rows } = await sql<{ id: number }>`select id as id from information_schema.processlist
    where db = ${database} and id <> connection_id()`.execute(raw);
  for (const { id } of rows) await sql`kill ${sql.lit(Number(id))}`.execute(raw).catch(() => {});
}
