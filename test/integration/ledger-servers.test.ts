/**
 * The ledger on servers as they are found: certificates, session settings of others, and servers that hang.
 */
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/balancers/ledger/database.ts";
import { codeOf, isTooSlow, kindOf } from "../../src/balancers/ledger/failure.ts";
import { type Ledger, LedgerError, type LedgerTarget, openLedger } from "../../src/balancers/ledger/index.ts";
import {
  createTestDatabase,
  sayWhatIsLeftOut,
  testServers,
} from "../../src/balancers/ledger/testing/test-databases.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { type OwnServer, startOwnServer, targetOf } from "./own-database-server.ts";

sayWhatIsLeftOut();

const STAMP = { actor: "test", reason: "a test" };
const ODD = String.raw`it's \' a "name" \\ 日本 🙂`;
const USAGE = {
  cluster: "c1",
  ip: "192.0.2.1",
  family: 4 as const,
  serviceUid: "u",
  namespace: "shop",
  service: "web",
  poolId: undefined,
  poolName: "",
  state: "discovered" as const,
};
const SHORTER = { mysql: "set session max_statement_time = 0.1", postgres: "set statement_timeout = 100" };
const SLOW = {
  mysql:
    "select count(*) from information_schema.columns a, information_schema.columns b, information_schema.columns c",
  postgres: "select count(*) from generate_series(1, 100000000)",
};
const SETTINGS = {
  mysql:
    "--sql-mode=NO_BACKSLASH_ESCAPES --character-set-server=latin1 --collation-server=latin1_swedish_ci --default-time-zone=+07:00 --skip-character-set-client-handshake --autocommit=0 --max-allowed-packet=1M --init-connect=set/**/sql_safe_updates=1,foreign_key_checks=0,sql_select_limit=1,sql_auto_is_null=1 --default-storage-engine=MyISAM",
  postgres:
    "-c timezone=Asia/Jakarta -c standard_conforming_strings=off -c default_transaction_isolation=serializable",
};

function open(target: LedgerTarget): Promise<Ledger> {
  const retry = { attempts: 1, firstDelayMs: 1, longestDelayMs: 1 };
  return openLedger({ target, kernel: systemKernel, retry });
}

async function failureOf(target: LedgerTarget): Promise<LedgerError> {
  const ledger = await open(target).catch((error: unknown) => error);
  if (ledger instanceof LedgerError) return ledger;
  await (ledger as Ledger).close();
  throw new Error("it connected");
}

for (const { name, dialect, url } of testServers)
  if (dialect !== "sqlite")
    describe.skipIf(url === undefined)(`a server of ${name}`, () => {
      let named: OwnServer;
      let odd: OwnServer;
      beforeAll(async () => {
        const starting = [
          startOwnServer(dialect, ["other.example"]).then((server) => {
            named = server;
          }),
          startOwnServer(dialect, ["localhost", "127.0.0.1"], SETTINGS[dialect]).then((server) => {
            odd = server;
          }),
        ];
        // One that started is stopped, whatever became of the other.
        await Promise.allSettled(starting);
        await Promise.all(starting);
      }, 120_000);
      afterAll(() => {
        for (const server of [named, odd]) server?.stop();
      });

      test.each([
        "localhost",
        "127.0.0.1",
      ])("RC-05 verify-full refuses a certificate for another host than %s", async (host) => {
        const ca = `sslrootcert=${named.caFile}`;
        expect(await failureOf(targetOf(named, host, `sslmode=verify-full&${ca}`))).toMatchObject({
          kind: "tls",
        });
        await (await open(targetOf(named, host, `sslmode=verify-ca&${ca}`))).close();
        await (await open(targetOf(named, host, "sslmode=require"))).close();
        const own = `sslmode=verify-full&sslrootcert=${odd.caFile}`;
        await (await open(targetOf(odd, host, own))).close();
      });

      test("RC-05 an IP as host is looked for among the IPs of the certificate, and not as localhost", async () => {
        const server = await startOwnServer(dialect, ["localhost"]);
        try {
          const options = `sslmode=verify-full&sslrootcert=${server.caFile}`;
          expect(await failureOf(targetOf(server, "127.0.0.1", options))).toMatchObject({ kind: "tls" });
          await (await open(targetOf(server, "localhost", options))).close();
        } finally {
          server.stop();
        }
      });

      test.each([
        "verify-full",
        "verify-ca",
      ])("RC-05 %s without a CA refuses a certificate that no known root has signed", async (mode) => {
        expect(await failureOf(targetOf(odd, "localhost", `sslmode=${mode}`))).toMatchObject({ kind: "tls" });
      });

      test("RC-02 what a server's settings make of quotes, backslashes, characters and zones is not ours to suffer", async () => {
        const ledger = await open(targetOf(odd, "127.0.0.1", ""));
        const incident = {
          id: "INC-1",
          cluster: "c1",
          status: "Investigating",
          title: ODD,
          openedAt: "2026-01-01T00:00:00.000Z",
          changedAt: "2026-01-01T00:00:00.000Z",
          closedAt: undefined,
          content: { said: ODD },
        };
        const usage = { ...USAGE, poolName: `a'b\\', (select 1)) -- ${ODD}` };
        await ledger.write(STAMP, async (writer) => {
          await writer.saveIncident(incident);
          await writer.recordUsages([usage]);
        });
        expect(await ledger.incident("INC-1")).toMatchObject({ title: ODD, content: { said: ODD } });
        expect(await ledger.usages("c1")).toMatchObject([{ poolName: usage.poolName }]);
        await ledger.close();
        const raw = await openDatabase(targetOf(odd, "127.0.0.1", ""));
        const zone = {
          mysql: sql<{ zone: string }>`select @@session.time_zone as zone`,
          postgres: sql<{ zone: string }>`select current_setting('timezone') as zone`,
        }[dialect];
        const { rows } = await zone.execute(raw);
        expect(rows[0]?.zone).toMatch(/^(\+00:00|UTC)$/);
        await raw.destroy();
      });

      test("RC-04 a plan and an incident of many MiB fit a server that takes packets of 1 MiB", async () => {
        const ledger = await open(targetOf(odd, "127.0.0.1", ""));
        const drift = Array.from({ length: 20_000 }, (_, at) => ({
          id: `usage-unrecorded:${at}`,
          kind: "usage-unrecorded" as const,
          subject: `service/shop/web-${at}/192.0.2.1`,
          field: "",
          ledger: undefined,
          cluster: ODD,
          message: "🙂".repeat(at % 50),
        }));
        const basis = { ledger: {}, cluster: {} };
        const plan = {
          ...{ id: "plan-1", hash: "h", cluster: "c1", mode: "sync", createdAt: "2026-01-01T00:00:00.000Z" },
          ...{ drift, steps: [], heldBack: [], refused: [], basis },
        };
        const usages = Array.from({ length: 3_000 }, (_, at) => ({
          ...USAGE,
          cluster: "many",
          serviceUid: `${at}`,
          service: "s".repeat(253),
          poolName: "p'".repeat(126),
        }));
        await ledger.write(STAMP, async (writer) => {
          await writer.savePlan(plan);
          await writer.recordUsages(usages);
          await writer.saveIncident({
            ...{ id: "INC-2", cluster: "c2", status: "Investigating", title: "t", closedAt: undefined },
            ...{ openedAt: plan.createdAt, changedAt: plan.createdAt, content: { drift } },
          });
        });
        const known = JSON.parse(JSON.stringify(plan));
        expect((await ledger.plan("plan-1"))?.plan).toEqual(known);
        expect(await ledger.planEnd("plan-1")).toMatchObject({ hash: "h", state: "pending" });
        expect((await ledger.openIncidents("c2"))[0]?.content).toEqual({ drift: known.drift });
        expect(await ledger.usages("many")).toHaveLength(3_000);
        await ledger.close();
      });

      test("RC-05 a server that hangs is noticed within the time limit, and used again when it goes on", async () => {
        const ledger = await open(targetOf(odd, "127.0.0.1", "query-timeout=2"));
        try {
          await ledger.pools("c1");
          await odd.hang();
          const failure = await ledger.pools("c1").catch((error: unknown) => error);
          expect(failure).toMatchObject({ kind: "unreachable", code: "LEDGER_TIMED_OUT" });
          expect(String(failure)).toContain("does not answer in time");
        } finally {
          odd.goOn();
        }
        await expect.poll(() => ledger.pools("c2").catch(() => "not yet")).toEqual([]);
        await ledger.close();
      });

      test("RC-05 a statement that the server itself ends as too slow is said as that, and not tried again", async () => {
        const db = await openDatabase(targetOf(odd, "127.0.0.1", "query-timeout=2"));
        await sql.raw(SHORTER[dialect]).execute(db);
        const failure = await sql
          .raw(SLOW[dialect])
          .execute(db)
          .catch((error: unknown) => error);
        expect([kindOf(failure), isTooSlow(failure)]).toEqual(["unreachable", true]);
        expect(codeOf(failure)).not.toBe("LEDGER_TIMED_OUT");
        await db.destroy();
      });

      test("RC-05 a ledger whose server hangs can be closed", async () => {
        const ledger = await open(targetOf(odd, "127.0.0.1", "query-timeout=2"));
        await odd.hang();
        try {
          await ledger.close();
        } finally {
          odd.goOn();
        }
      });

      test("RC-01 a user who may only read is shown what an empty database does not have, and can read one that is complete", async () => {
        const database = await createTestDatabase({ name, dialect, url: named.url });
        const { raw, target } = database;
        if (target.dialect === "sqlite") return;
        const user = `reader_${process.pid}`;
        const run = (text: string) => sql.raw(text).execute(raw);
        if (dialect === "mysql") {
          await run(`create or replace user ${user}@'%' identified by 'look'`);
          await run(`grant select on ${target.database}.* to ${user}@'%'`);
        } else {
          await run(`drop role if exists ${user}`);
          await run(`create role ${user} login password 'look'`);
          await run("revoke create on schema public from public");
        }
        const reader = { ...target, user, password: "look" };
        try {
          const failure = await open(reader).catch((error: LedgerError) => error);
          expect(failure).toMatchObject({ kind: "not-allowed" });
          expect(String(failure)).toContain("this user may not make them");
          expect(String(failure)).toContain("grant CREATE");
          await (await database.open()).write(STAMP, (writer) =>
            writer.createPool("c1", { name: "public-a", ranges: ["203.0.113.0/26"] }),
          );
          if (dialect === "postgres") await run(`grant select on all tables in schema public to ${user}`);
          const ledger = await open(reader);
          expect(await ledger.pools("c1")).toHaveLength(1);
          const refused = ledger.write(STAMP, (writer) => writer.recordUsages([USAGE]));
          await expect(refused).rejects.toMatchObject({ kind: "not-allowed" });
          await ledger.close();
        } finally {
          if (dialect === "postgres") await run(`drop owned by ${user}`);
          await run(`drop user ${user}${dialect === "mysql" ? "@'%'" : ""}`);
          await database.dispose();
        }
      });
    });
