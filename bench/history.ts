/**
 * A history of a million tenures and a million decisions, and how long each question takes. `--address
 * ADDRESS` asks a server instead of SQLite: an empty database, which is filled first.
 *
 * The rows are made up by a seed and not chained: what is measured is reading. Most blocks are in pools of
 * their own size; one pool has a quarter of all tenures, and one block has changed hands 20,000 times, so
 * that no index is good for every question.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../src/balancers/ledger/database.ts";
import type { LedgerTarget } from "../src/balancers/ledger/index.ts";
import { parseHistoryAddress } from "../src/history/address.ts";
import { blockSubject, openHistory, type Question } from "../src/history/index.ts";
import type { HistoryTables } from "../src/history/tables.ts";
import { randomBelow, seededRandom, systemClock, systemKernel } from "../src/kernel/index.ts";
import { fill, LAST_MS, TENURES } from "./history/fill.ts";
import { type BenchReport, median, target } from "./report.ts";

const RUNS = 15;
const MOST_MS = 100;
const LIMIT = 100;

const random = seededRandom(2);
const anyTime = () => new Date(LAST_MS - randomBelow(random, 3 * 365 * 86_400) * 1_000).toISOString();
const anyBlock = () => `10.${randomBelow(random, 200)}.${randomBelow(random, 256)}.0/24`;
const ago = (days: number) => new Date(LAST_MS - days * 86_400_000).toISOString();
const block = (text: string) => blockSubject(text);
const name = (by: "pool" | "cluster" | "claim" | "name", of: string) => ({ by, name: of }) as const;

/** What a person asks, and what an index finds hardest. */
const QUESTIONS: Readonly<Record<string, () => Partial<Question>>> = {
  "who has an address": () => ({ subject: block(anyBlock().replace("0/24", "77")) }),
  "who had an address then": () => ({ subject: block(anyBlock().replace("0/24", "77")), at: anyTime() }),
  "who had an address that day": () => {
    const at = anyTime();
    return { subject: block(anyBlock()), at, until: new Date(Date.parse(at) + 86_400_000).toISOString() };
  },
  "an IPv6 block then": () => ({
    subject: block(`2001:db8:${randomBelow(random, 4096).toString(16)}::/48`),
    at: anyTime(),
  }),
  "a /16 then": () => ({ subject: block(`10.${randomBelow(random, 200)}.0.0/16`), at: anyTime() }),
  "a /8 then": () => ({ subject: block("10.0.0.0/8"), at: anyTime() }),
  "a /8 now": () => ({ subject: block("10.0.0.0/8") }),
  "a block that changed hands 20,000 times": () => ({ subject: block("10.250.0.0/24"), at: anyTime() }),
  "a pool": () => ({ subject: name("pool", `pool-${randomBelow(random, 500)}`) }),
  "a pool then": () => ({ subject: name("pool", `pool-${randomBelow(random, 500)}`), at: anyTime() }),
  "the largest pool": () => ({ subject: name("pool", "busy") }),
  "the largest pool then": () => ({ subject: name("pool", "busy"), at: anyTime() }),
  "the largest pool on its first day": () => ({ subject: name("pool", "busy"), at: ago(3 * 365 - 1) }),
  "a cluster": () => ({ subject: name("cluster", `cluster-${randomBelow(random, 5_000)}`) }),
  "a cluster then": () => ({
    subject: name("cluster", `cluster-${randomBelow(random, 5_000)}`),
    at: anyTime(),
  }),
  "a claim": () => ({ subject: name("claim", `claim-${randomBelow(random, TENURES)}`) }),
  "a name of any kind": () => ({ subject: name("name", `cluster-${randomBelow(random, 5_000)}`) }),
  "a name that is nowhere": () => ({ subject: name("name", "nowhere"), at: anyTime() }),
  "everything then": () => ({ at: anyTime() }),
  "what changed this week": () => ({ since: ago(7) }),
  "what changed this week in a pool": () => ({ subject: name("pool", "busy"), since: ago(7) }),
  "what changed this year in a /16": () => ({ subject: block("10.7.0.0/16"), since: ago(365) }),
  "what changed ever in a /8": () => ({ subject: block("10.0.0.0/8"), since: ago(3_000) }),
};

export async function run(flags: readonly string[]): Promise<BenchReport> {
  const at = flags.indexOf("--address");
  const folder = mkdtempSync(join(tmpdir(), "bench-history-"));
  const address = at < 0 ? `sqlite:${join(folder, "history.db")}` : (flags[at + 1] ?? "");
  const parsed = parseHistoryAddress(address);
  if (!parsed.ok) throw new Error(parsed.error);
  try {
    return await measure(parsed.value);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(where: LedgerTarget): Promise<BenchReport> {
  const history = await openHistory({ target: where, kernel: systemKernel });
  const db = await openDatabase<HistoryTables>(where);
  const began = systemClock.monotonicMs();
  await fill(db, where.dialect);
  const figures: Record<string, { value: number; unit: string }> = {
    "filling a million tenures and a million decisions": {
      value: (systemClock.monotonicMs() - began) / 1000,
      unit: "s",
    },
  };
  await db.destroy();
  const slowest: number[] = [];
  for (const [text, question] of Object.entries(QUESTIONS)) {
    const times: number[] = [];
    for (let nth = 0; nth < RUNS; nth++) {
      const asked = { limit: LIMIT, ...question() };
      const start = systemClock.monotonicMs();
      await history.ask(asked);
      times.push(systemClock.monotonicMs() - start);
    }
    figures[text] = { value: median(times), unit: `ms (most ${Math.round(Math.max(...times))})` };
    slowest.push(median(times));
  }
  await history.close();
  return {
    suite: "history",
    figures,
    targets: [target("slowest question, in ms", Math.max(...slowest), "<=", MOST_MS)],
  };
}
