import { expect, test } from "vitest";
import type { Usage } from "../../balancers/ledger/index.ts";
import { csvLines, intervalsOf, readInstant } from "./usage-report.ts";

const ms = (text: string) => Date.parse(text);
const usage = (firstSeenAt: string, releasedAt?: string, more: Partial<Usage> = {}): Usage => ({
  id: "1",
  cluster: "c1",
  ip: "192.0.2.1",
  family: 4,
  serviceUid: "u",
  namespace: "shop",
  service: "web",
  poolId: undefined,
  poolName: "public-a",
  state: releasedAt === undefined ? "active" : "released",
  firstSeenAt,
  releasedAt,
  changedAt: firstSeenAt,
  missedRounds: 0,
  missedSince: undefined,
  ...more,
});
const NOVEMBER = { fromMs: ms("2026-11-01"), toMs: ms("2026-12-01") };
const within = (usages: Usage[], period: Parameters<typeof intervalsOf>[1], now: string) =>
  intervalsOf(usages, period, ms(now), ({ poolName }) => poolName).map(({ from, to, seconds }) => [
    from,
    to,
    seconds,
  ]);

test("RC-02 what ended before it began, by clocks that differ, is in the bill with no time at all", () => {
  const usages = [usage("2026-11-10T12:00:00Z", "2026-11-10T11:30:00Z")];
  expect(within(usages, NOVEMBER, "2027-01-01T00:00:00Z")).toEqual([
    ["2026-11-10T12:00:00.000Z", "2026-11-10T12:00:00.000Z", 0],
  ]);
  const december = { fromMs: NOVEMBER.toMs, toMs: undefined };
  expect(within(usages, december, "2027-01-01T00:00:00Z")).toEqual([]);
});

test("RC-02 an interval is clipped to the period, and its seconds are those within it", () => {
  const usages = [
    usage("2026-10-30T00:00:00Z", "2026-11-02T00:00:00Z"),
    usage("2026-11-10T00:00:00Z"),
    usage("2026-10-01T00:00:00Z"),
    usage("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
    usage("2026-12-01T00:00:00Z"),
  ];
  expect(within(usages, NOVEMBER, "2027-01-01T00:00:00Z")).toEqual([
    ["2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z", 86_400],
    ["2026-11-10T00:00:00.000Z", "2026-12-01T00:00:00.000Z", 21 * 86_400],
    ["2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z", 30 * 86_400],
  ]);
});

test("RC-02 in a period that goes on, an open interval has no end yet", () => {
  const usages = [usage("2026-11-10T00:00:00Z"), usage("2026-11-20T00:00:00Z")];
  expect(within(usages, NOVEMBER, "2026-11-20T00:00:00Z")).toEqual([
    ["2026-11-10T00:00:00.000Z", "", 10 * 86_400],
    ["2026-11-20T00:00:00.000Z", "", 0],
  ]);
  expect(within(usages, { fromMs: undefined, toMs: undefined }, "2026-11-21T00:00:00Z")).toHaveLength(2);
});

test("RC-02 one that is missing is billed until it was first missed", () => {
  const gone = usage("2026-11-10T00:00:00Z", undefined, {
    state: "missing",
    missedSince: "2026-11-11T00:00:00Z",
  });
  expect(within([gone], NOVEMBER, "2026-11-20T00:00:00Z")).toEqual([
    ["2026-11-10T00:00:00.000Z", "2026-11-11T00:00:00.000Z", 86_400],
  ]);
});

test("RC-02 the seconds of adjacent periods make up the whole", () => {
  const all = [usage("2026-10-15T12:34:56Z", "2027-02-03T04:05:06Z"), usage("2026-11-30T23:59:59Z")];
  const cuts = ["2026-09-01", "2026-11-01", "2026-12-01", "2027-01-01", "2027-03-01"].map(ms);
  const secondsIn = (fromMs: number, toMs: number) =>
    within(all, { fromMs, toMs }, "2027-03-01T00:00:00Z").reduce(
      (sum, [, , seconds]) => sum + Number(seconds),
      0,
    );
  const parts = cuts.slice(1).map((toMs, at) => secondsIn(cuts[at]!, toMs));
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(secondsIn(cuts[0]!, cuts.at(-1)!));
});

test("RC-02 a cell of CSV is quoted, and none is a formula", () => {
  const odd = usage("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", {
    poolName: '=cmd("x"),1',
    owner: "a\nb",
  });
  const [head, line] = [...csvLines(intervalsOf([odd], NOVEMBER, ms("2027-01-01"), (one) => one.poolName))];
  expect(head).toBe(
    "cluster,namespace,service,serviceUid,ip,family,pool,state,from,to,seconds,owner,ticket\r\n",
  );
  expect(line).toBe(
    `c1,shop,web,u,192.0.2.1,4,"'=cmd(""x""),1",released,2026-11-01T00:00:00.000Z,2026-11-02T00:00:00.000Z,86400,a b,\r\n`,
  );
});

test("RC-02 an end of a period is a day in UTC, or an instant that names its zone", () => {
  expect(readInstant("2026-11-01")).toEqual({ ok: true, value: ms("2026-11-01T00:00:00Z") });
  expect(readInstant("2026-11-01T00:00:00+07:00")).toEqual({ ok: true, value: ms("2026-10-31T17:00:00Z") });
  for (const bad of ["2026-11-01T00:00:00", "2026-02-30", "yesterday", "1", "", "2026-13-01"])
    expect(readInstant(bad).ok, bad).toBe(false);
});
