/** A ledger as the first version made it, with usage as that one kept it. */
import { sql } from "kysely";
import type { TestDatabase } from "../../src/balancers/ledger/testing/test-databases.ts";

const LINES = `cluster varchar(253) not null, ip varchar(45) not null, family smallint not null,
  service_uid varchar(64) not null, namespace varchar(63) not null, service varchar(253) not null`;

/** In MySQL in a database of latin1, as some are. */
export async function createFirstVersion({ raw, dialect, target }: TestDatabase): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(raw);
  if (target.dialect === "mysql") await run(`alter database ${target.database} character set latin1`);
  const key = {
    sqlite: "id integer primary key autoincrement",
    mysql: "id bigint auto_increment primary key",
    postgres: "id bigserial primary key",
  }[dialect];
  const reference = dialect === "sqlite" ? "integer" : "bigint";
  const long = dialect === "mysql" ? "longtext" : "text";
  await run(`create table ip_pools (${key}, cluster varchar(253) not null, name varchar(253) not null,
    auto_assign smallint not null default 1, avoid_buggy_ips smallint not null default 0, owner varchar(253),
    ticket varchar(253), notes text, retired_at varchar(32), constraint ip_pools_name unique (cluster, name))`);
  await run(`create table ip_pool_ranges (${key}, pool_id ${reference} not null, position integer not null,
    family smallint not null, first_key varchar(32) not null, last_key varchar(32) not null,
    range_text varchar(100) not null, constraint ip_pool_ranges_pool foreign key (pool_id) references ip_pools (id),
    constraint ip_pool_ranges_place unique (pool_id, position))`);
  await run(`create table lb_usages (${key}, ${LINES}, pool_id ${reference}, pool_name varchar(253) not null,
    state varchar(32) not null, first_seen_at varchar(32) not null, changed_at varchar(32) not null,
    missed_rounds integer not null default 0, missed_since varchar(32), owner varchar(253), ticket varchar(253),
    notes text, constraint lb_usages_pool foreign key (pool_id) references ip_pools (id),
    constraint lb_usages_identity unique (cluster, ip, service_uid, family),
    constraint lb_usages_has_pool check (state = 'discovered' or pool_id is not null))`);
  await run("create index lb_usages_state on lb_usages (cluster, state)");
  await run(`create table audit_log (${key}, write_id varchar(64) not null, at varchar(32) not null,
    actor varchar(253) not null, action varchar(64) not null, subject varchar(400) not null, before_json ${long},
    after_json ${long}, reason text not null, plan_hash varchar(64))`);
  await run("create index audit_log_write on audit_log (write_id)");
  await run(`create table sync_plans (id varchar(64) primary key, hash varchar(64) not null, cluster varchar(253) not null,
    state varchar(32) not null, created_at varchar(32) not null, changed_at varchar(32) not null, result text not null,
    content ${long} not null)`);
  await run(`create table incidents (id varchar(64) primary key, cluster varchar(253) not null, status varchar(32) not null,
    title varchar(400) not null, opened_at varchar(32) not null, changed_at varchar(32) not null, closed_at varchar(32),
    open_key varchar(253), content ${long} not null, constraint incidents_open unique (open_key))`);
  await run(
    "create table plexaubnet_migrations (name varchar(255) primary key, timestamp varchar(255) not null)",
  );
  await run(
    "create table plexaubnet_migrations_lock (id varchar(255) primary key, is_locked integer not null default 0)",
  );
  await run("insert into plexaubnet_migrations values ('0001-ledger', '2026-01-01T00:00:00.000Z')");
  await run("insert into plexaubnet_migrations_lock values ('migration_lock', 0)");
}

/** One of each state, and one that was released before it was noticed to be missing. */
export async function insertFirstUsages({ raw }: TestDatabase): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(raw);
  await run("insert into ip_pools (cluster, name) values ('c1', 'public-a')");
  const row = (nth: number, state: string, changed: string, missed: string, owner = "null") =>
    run(`insert into lb_usages (cluster, ip, family, service_uid, namespace, service, pool_id, pool_name, state,
      first_seen_at, changed_at, missed_rounds, missed_since, owner) values ('c1', '192.0.2.${nth}', 4, 'u-${nth}', 'shop',
      'web-${nth}', 1, 'public-a', '${state}', '2026-01-0${nth}T00:00:00.000Z', '${changed}',
      ${missed === "null" ? 0 : 3}, ${missed}, ${owner})`);
  await row(1, "active", "2026-01-02T00:00:00.000Z", "null", "'ops'");
  await row(2, "released", "2026-01-05T00:00:00.000Z", "'2026-01-03T00:00:00.000Z'");
  await row(3, "released", "2026-01-04T00:00:00.000Z", "null");
  await row(4, "missing", "2026-01-05T00:00:00.000Z", "'2026-01-05T00:00:00.000Z'");
}

/** web-1 was released and came back twice; the first version kept one row of it, and wrote the audit log. */
export async function insertFirstRevivals({ raw }: TestDatabase): Promise<void> {
  const revival = async (at: string, changedAt: string, missedSince?: string) => {
    const before = { id: "1", state: "released", changedAt, missedSince, poolName: "public-a" };
    await sql`insert into audit_log (write_id, at, actor, action, subject, before_json, reason)
      values ('w', ${at}, 'test', 'usage.active', 'service/shop/web-1/192.0.2.1', ${JSON.stringify(before)}, 'r')`.execute(
      raw,
    );
  };
  await revival("2026-01-01T05:00:00.000Z", "2026-01-01T02:00:00.000Z", "2026-01-01T01:00:00.000Z");
  await revival("2026-01-01T09:00:00.000Z", "2026-01-01T08:00:00.000Z");
  await sql`insert into audit_log (write_id, at, actor, action, subject, before_json, reason)
    values ('w', '2026-01-01T09:30:00.000Z', 'test', 'usage.active', 's', '{"state":"released"', 'broken')`.execute(
    raw,
  );
}
