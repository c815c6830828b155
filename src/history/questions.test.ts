/** Every question has one answer, whichever index finds it: that of a reader of all rows. */
import { inspect } from "node:util";
import type { Kysely } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../balancers/ledger/database.ts";
import { onEachDatabase } from "../balancers/ledger/testing/on-each-database.ts";
import { contains, parsePrefix } from "../ipam/index.ts";
import { randomBelow, seededRandom, systemKernel } from "../kernel/index.ts";
import { type History, openHistory } from "./history.ts";
import { ask, type Question } from "./questions.ts";
import { blockSubject, type Subject } from "./subject.ts";
import type { HistoryTables, TenureRow } from "./tables.ts";
import { ScriptedApi } from "./testing/scripted-api.ts";

function isAbout({ cidr, pool, cluster_id, claim, name }: TenureRow, subject: Subject | undefined): boolean {
  if (subject === undefined) return true;
  if (subject.by !== "block") {
    const values = { pool, cluster: cluster_id, claim, subnet: name };
    return subject.by === "name"
      ? Object.values(values).includes(subject.name)
      : values[subject.by] === subject.name;
  }
  const own = parsePrefix(cidr);
  return own.ok && (contains(own.value, subject.prefix) || contains(subject.prefix, own.value));
}

function lasted({ from_at, to_at }: TenureRow, { at, until }: Question): boolean {
  if (at === undefined) return true;
  const begun = until === undefined ? from_at <= at : from_at < until;
  return begun && (to_at === null || to_at > at);
}

onEachDatabase((database) => {
  let history: History;
  let db: Kysely<HistoryTables>;
  beforeEach(async () => {
    history = await openHistory({ target: database.target, kernel: systemKernel });
    db = await openDatabase<HistoryTables>(database.target);
    const api = new ScriptedApi(seededRandom(21));
    for (let steps = 0; steps < 400; steps++) api.step();
    await history.record("cluster-a", api.log);
  });
  afterEach(async () => {
    await history.close();
    await db.destroy();
  });

  test("PX-17 a question is answered alike by the index of its subject, by that of times, and by a reader of all rows", async () => {
    const tenures = await db.selectFrom("history_tenures").selectAll().execute();
    const rows = await db.selectFrom("history_rows").selectAll().execute();
    const random = seededRandom(1);
    const times = tenures.flatMap(({ from_at, to_at }) => (to_at === null ? [from_at] : [from_at, to_at]));
    const subjects: readonly (Subject | undefined)[] = [
      undefined,
      blockSubject("10.0.0.0/8"),
      blockSubject("10.0.7.0/24"),
      blockSubject("10.0.7.77"),
      blockSubject("10.0.64.0/18"),
      blockSubject("0.0.0.0/0"),
      blockSubject("2001:db8::/32"),
      { by: "pool", name: "corp" },
      { by: "cluster", name: "c-3" },
      { by: "name", name: "c-4" },
      { by: "subnet", name: tenures[5]?.name ?? "" },
      { by: "claim", name: "nobody" },
    ];
    expect(tenures.length).toBeGreaterThan(100);
    for (const subject of subjects) {
      for (let nth = 0; nth < 4; nth++) {
        const at = nth === 0 ? undefined : times[randomBelow(random, times.length)];
        const until =
          nth === 3 && at !== undefined ? new Date(Date.parse(at) + 60_000).toISOString() : undefined;
        const question: Question = { subject, at, until, limit: 10_000 };
        const expected = tenures.filter((each) => isAbout(each, subject) && lasted(each, question));
        for (const many of [1, 1_000_000]) {
          const { tenures: found } = await ask(db, question, many);
          const seqs = found.map(({ tenure }) => tenure.from_seq).sort((a, b) => a - b);
          expect(seqs, `${inspect(subject)} ${at} ${until} ${many}`).toEqual(
            expected.map(({ from_seq }) => Number(from_seq)).sort((a, b) => a - b),
          );
        }
      }
      const since = times[randomBelow(random, times.length)] ?? "";
      const answers = [1, 1_000_000].map((many) => ask(db, { subject, since, limit: 10_000 }, many));
      const [byTime, bySubject] = await Promise.all(answers);
      expect(byTime?.decisions).toEqual(bySubject?.decisions);
      if (subject === undefined)
        expect(byTime?.decisions.length).toBe(rows.filter(({ at }) => at >= since).length);
    }
  });

  test("PX-17 an answer that is cut is the newest part, and reports it", async () => {
    const whole = await ask(db, { subject: { by: "pool", name: "corp" }, limit: 10_000 });
    expect(whole.isCut).toBe(false);
    for (const many of [1, 1_000_000]) {
      const cut = await ask(db, { subject: { by: "pool", name: "corp" }, limit: 10 }, many);
      expect(cut.isCut).toBe(true);
      expect(cut.tenures.map(({ tenure }) => tenure.from_at)).toEqual(
        whole.tenures.slice(0, 10).map(({ tenure }) => tenure.from_at),
      );
    }
    expect(await history.ask({ subject: { by: "claim", name: "nobody" }, limit: 10 })).toMatchObject({
      isCut: false,
    });
  });
});
