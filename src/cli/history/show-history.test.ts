import { describe, expect, test } from "vitest";
import type { HistoryRow, Tenure } from "../../history/index.ts";
import { CommandFailure } from "../failure.ts";
import { csvLines } from "./csv.ts";
import { type HistoryOptions, readTime } from "./history-options.ts";
import { findHistory } from "./open.ts";
import { decisionTable, gapNotes, tenureRecords, tenureTable } from "./report.ts";
import { questionOf } from "./show-history.ts";

const NOW_MS = Date.UTC(2026, 10, 29, 12);
const OPTIONS: HistoryOptions = { limit: 100, output: "table", verify: false };

describe("PX-17 a question", () => {
  test.each<[string, unknown]>([
    ["10.1.2.7", { by: "block", prefix: expect.objectContaining({ family: 4, length: 32 }) }],
    ["10.1.2.0/24", { by: "block", prefix: expect.objectContaining({ length: 24 }) }],
    ["2001:db8::/32", { by: "block", prefix: expect.objectContaining({ family: 6, length: 32 }) }],
    ["eu-west", { by: "name", name: "eu-west" }],
    ["pool/eu-west", { by: "pool", name: "eu-west" }],
    ["cluster/shop", { by: "cluster", name: "shop" }],
    ["claim/web", { by: "claim", name: "web" }],
    ["subnet/web-1", { by: "subnet", name: "web-1" }],
  ])("about %s", (what, subject) => {
    expect(questionOf(what, OPTIONS, NOW_MS).subject).toEqual(subject);
  });

  test("about a day asks for all of it, about a time for that moment, and about long ago for what came since", () => {
    expect(questionOf("web", { ...OPTIONS, at: "2026-05-03" }, NOW_MS)).toMatchObject({
      at: "2026-05-03T00:00:00.000Z",
      until: "2026-05-04T00:00:00.000Z",
    });
    const moment = questionOf("web", { ...OPTIONS, at: "2026-05-03T08:00:00+07:00" }, NOW_MS);
    expect(moment).toMatchObject({ at: "2026-05-03T01:00:00.000Z", until: undefined });
    expect(questionOf(undefined, { ...OPTIONS, since: "7d" }, NOW_MS)).toMatchObject({
      since: "2026-11-22T12:00:00.000Z",
    });
    expect(readTime("90m", NOW_MS)).toEqual({ fromMs: NOW_MS - 90 * 60_000 });
  });

  test.each<[string, string | undefined, Partial<HistoryOptions>, string]>([
    ["host bits", "10.1.2.3/24", {}, "10.1.2.0/24"],
    ["an unknown kind", "node/web", {}, "pool/web"],
    ["no time", "web", { at: "yesterday" }, "2026-05-03"],
    ["no such day", "web", { since: "2026-02-30" }, "2026-05-03"],
    ["two times", "web", { at: "7d", since: "7d" }, "exclude each other"],
  ])("with %s is refused in a sentence with the cure", (_, what, options, cure) => {
    const ask = () => questionOf(what, { ...OPTIONS, ...options }, NOW_MS);
    expect(ask).toThrow(CommandFailure);
    expect(ask).toThrow(cure);
  });
});

const row: HistoryRow = {
  stream: "a",
  seq: 7,
  life: 0,
  recorded_at: "2026-05-03T08:00:00.100Z",
  at: "2026-05-03T08:00:00.000Z",
  after_at: null,
  kind: "Subnet",
  uid: "u",
  namespace: "fleet",
  name: "web-1",
  what: "allocated",
  revision: "12",
  origin: "watch",
  cidr: "10.0.0.0/24",
  first_key: "40a000000",
  last_key: "40a0000ff",
  pool: "prod",
  cluster_id: "=shop",
  purpose: null,
  claim: "web",
  claim_uid: "c",
  hold: "allocated",
  actor: "plexaubnet-operator",
  actor_from: "manager",
  reason: null,
  hash: "0",
};
const ended = {
  ...row,
  what: "deleted",
  actor: "jane",
  actor_from: "user",
  after_at: "2026-05-03T07:00:00.000Z",
};
const tenure: Tenure = {
  tenure: {
    stream: "a",
    from_seq: 7,
    from_at: row.at,
    from_after: null,
    to_seq: 9,
    to_at: "2026-05-04T00:00:00.000Z",
    to_after: "2026-05-03T23:00:00.000Z",
    open_mark: null,
    node: 1,
    uid: "u",
    namespace: "fleet",
    name: "web-1",
    cidr: "10.0.0.0/24",
    first_key: "40a000000",
    last_key: "40a0000ff",
    pool: "prod",
    cluster_id: "=shop",
    purpose: null,
    claim: "web",
    claim_uid: "c",
    hold: "allocated",
  },
  begun: row,
  ended,
  asked: undefined,
};

test("PX-17 a tenure names users, programs as programs, and bounds where the time is not known", () => {
  const [cells = []] = tenureTable([tenure]).rows;
  expect(cells).toContain("2026-05-03T08:00:00Z");
  expect(cells).toContain("2026-05-03T23:00:00Z … 2026-05-04T00:00:00Z");
  expect(cells).toContain("plexaubnet-operator (program)");
  expect(cells).toContain("deleted by jane");
});

test("PX-17 rows of several clusters name their API, those of one do not", () => {
  expect(decisionTable([row, ended]).header).not.toContain("API");
  expect(decisionTable([row, { ...row, stream: "b" }]).header).toContain("API");
});

test("PX-17 CSV has a line of names, and no formula", () => {
  const [names = "", line = ""] = [...csvLines(tenureRecords([tenure]))];
  expect(names.startsWith("cidr,namespace,pool,clusterID")).toBe(true);
  expect(line).toContain("'=shop");
  expect(line.split(",")).toHaveLength(names.split(",").length);
  expect([...csvLines([])]).toEqual([]);
});

test("PX-17 a gap is shown with its bounds", () => {
  const gap = {
    ...row,
    what: "gap",
    name: "",
    after_at: "2026-05-03T07:00:00.000Z",
    reason: "The API forgot.",
  };
  expect(gapNotes([gap])).toEqual(["Gap from 2026-05-03T07:00:00Z to 2026-05-03T08:00:00Z: The API forgot."]);
});

test("PX-17 the history is the one that is named, or that of the environment", () => {
  expect(findHistory("sqlite:a", { PLEXAUBNET_HISTORY: "sqlite:b" })).toBe("sqlite:a");
  expect(findHistory(undefined, { PLEXAUBNET_HISTORY: "sqlite:b", PLEXAUBNET_LEDGER: "sqlite:c" })).toBe(
    "sqlite:b",
  );
  expect(findHistory(undefined, { PLEXAUBNET_LEDGER: "sqlite:c" })).toBe("sqlite:c");
});
