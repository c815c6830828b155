import { expect, test } from "vitest";
import { linesOf } from "./log-lines.ts";
import { timeOf, timeZoneOf, UTC } from "./log-times.ts";

const NEAR = Date.parse("2026-11-28T08:30:00Z");
const reading = { zone: UTC, nearMs: NEAR };
const iso = (line: string, zone = UTC) => {
  const ms = timeOf(line, { ...reading, zone });
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

test.each([
  ["2026-11-28T08:01:02Z up", "2026-11-28T08:01:02.000Z"],
  ["2026-11-28T08:01:02.123456789Z up", "2026-11-28T08:01:02.123Z"],
  ["2026-11-28T15:02:03+07:00 level=error", "2026-11-28T08:02:03.000Z"],
  ["2026-11-28T15:02:03+0700 level=error", "2026-11-28T08:02:03.000Z"],
  ["2026-11-28 02:02:03.5 -0600 x", "2026-11-28T08:02:03.500Z"],
  ["2026-11-28 08:00:00,250 ERROR x", "2026-11-28T08:00:00.250Z"],
  ["2026-11-28 08:00:00.123+00 LOG:  x", "2026-11-28T08:00:00.123Z"],
  ["2026-11-28 08:00:00 UTC [7] LOG", "2026-11-28T08:00:00.000Z"],
  ["2026/11/28 08:00:00 main.go:3: x", "2026-11-28T08:00:00.000Z"],
  ["I1128 08:01:02.123456       1 main.go:12] started", "2026-11-28T08:01:02.123Z"],
  ["E1128 08:01:02 main.go:12] failed", "2026-11-28T08:01:02.000Z"],
  ["Nov 28 08:01:02 host kernel: x", "2026-11-28T08:01:02.000Z"],
  ["<34>Nov  2 08:01:02 host x", "2026-11-02T08:01:02.000Z"],
  ["Sat Nov 28 08:01:02 2026 x", "2026-11-28T08:01:02.000Z"],
  ['10.0.0.1 - - [28/Nov/2026:15:01:02 +0700] "GET /"', "2026-11-28T08:01:02.000Z"],
  ["Date: Sat, 28 Nov 2026 08:01:02 GMT", "2026-11-28T08:01:02.000Z"],
  ['{"level":"error","ts":1795852862.5,"msg":"x"}', "2026-11-28T08:01:02.500Z"],
  ['{"ts":1.7958528625e+09,"msg":"x"}', "2026-11-28T08:01:02.500Z"],
  ['{"ts":1795852862500000000}', "2026-11-28T08:01:02.500Z"],
  ["2026-11-28 15:01:02.500 WIB [7] LOG:  x", "2026-11-28T08:01:02.500Z"],
  ["2026-11-28 09:01:02 CET [7] ERROR", "2026-11-28T08:01:02.000Z"],
  ["2026-11-28 08:01:02 POST /x", "2026-11-28T08:01:02.000Z"],
  ["2026-11-28 08:01:02 INFO x", "2026-11-28T08:01:02.000Z"],
  ['{"ts":1795852862500}', "2026-11-28T08:01:02.500Z"],
  ['{"time":"2026-11-28T08:01:02Z"}', "2026-11-28T08:01:02.000Z"],
])("RC-07 the time of the line %s is known", (line, expected) => {
  expect(iso(line)).toBe(expected);
});

test.each([
  "no time at all",
  "2026-11-28 08:01:02 IST of which there are several",
  "2026-13-28T08:00:00Z",
  "2026-02-31 08:00:00",
  "version 10.11.2026-08 of 192.0.2.64",
  "took 08:01:02 of processing",
  "E4040 not a time",
])("RC-07 the line %s names no time, and gets none", (line) => {
  expect(iso(line)).toBeUndefined();
});

test("RC-07 a time without a zone is read in the one that is given, across a change of it", () => {
  const berlin = timeZoneOf("Europe/Berlin");
  expect(iso("2026-11-28 09:00:00 x", berlin)).toBe("2026-11-28T08:00:00.000Z");
  expect(iso("2026-07-28 09:00:00 x", berlin)).toBe("2026-07-28T07:00:00.000Z");
  expect(iso("2026-10-25 03:30:00 x", berlin)).toBe("2026-10-25T02:30:00.000Z");
  expect(iso("2026-11-28 15:00:00 x", timeZoneOf("+07:00"))).toBe("2026-11-28T08:00:00.000Z");
  expect(iso("2026-11-28T08:00:00Z x", berlin)).toBe("2026-11-28T08:00:00.000Z");
  for (const bad of ["Mars/Olympus", "+7", "+25:00", ""]) expect(timeZoneOf(bad)).toBeUndefined();
});

test("RC-07 a line of December without a year is read in January as one of the year before", () => {
  const ms = timeOf("I1231 23:59:00 x", { zone: UTC, nearMs: Date.parse("2027-01-01T00:10:00Z") });
  expect(new Date(ms ?? 0).toISOString()).toBe("2026-12-31T23:59:00.000Z");
});

const QUERY = {
  name: "webhook.log",
  fromMs: Date.parse("2026-11-28T08:00:00Z"),
  toMs: Date.parse("2026-11-28T09:00:00Z"),
  zone: UTC,
  subjects: ["192.0.2.64", "gpu/inference"],
};
const AT = "2026-11-28T09:00:00.000Z";

test("RC-07 a line of another time is not evidence of this one, and is counted", () => {
  const { lines, leftOut } = linesOf("2019-11-28T08:10:00Z error\n2026-11-28T08:10:00Z error\n", QUERY, AT);
  expect(lines).toEqual([
    { at: "2026-11-28T08:10:00.000Z", origin: "webhook.log:2", text: "2026-11-28T08:10:00Z error" },
  ]);
  expect(leftOut?.message).toContain("1 line not of the time of the incident");
});

test("RC-07 lines without a time are quoted without one", () => {
  const { lines, leftOut } = linesOf("panic: x\n\tmain.go:3\n", QUERY, AT);
  expect(lines.map(({ at }) => at)).toEqual(["", ""]);
  expect(leftOut).toBeUndefined();
});

test("RC-07 a stack goes with the line that it is of", () => {
  const text = "2019-11-28T08:10:00Z panic\n\tat old.go\n2026-11-28T08:10:00Z panic\n\tat new.go";
  expect(linesOf(text, QUERY, AT).lines.map((one) => one.text.trim())).toEqual([
    "2026-11-28T08:10:00Z panic",
    "at new.go",
  ]);
});

test("RC-07 the one error among many fillers is kept wherever it stands, and so is what names a subject", () => {
  const filler = (n: number) => `2026-11-28T08:20:${String(n).padStart(2, "0")}Z tick`;
  const fillers = Array.from({ length: 60 }, (_, n) => filler(n));
  const text = [
    "2026-11-28T08:01:00Z level=error msg=x",
    ...fillers,
    "2026-11-28T08:30:00Z saw 192.0.2.64",
  ].join("\n");
  const { lines, leftOut } = linesOf(text, { ...QUERY, most: 10 }, AT);
  expect(lines).toHaveLength(10);
  expect(lines[0]?.text).toContain("level=error");
  expect(lines.at(-1)?.text).toContain("192.0.2.64");
  expect(leftOut?.message).toContain("52 lines");
});

test("RC-07 what is asked for is kept, and the rest counted", () => {
  const text = "2026-11-28T08:01:00Z a\n2026-11-28T08:02:00Z b";
  const { lines, leftOut } = linesOf(text, { ...QUERY, matches: (line) => line.endsWith("b") }, AT);
  expect(lines.map(({ origin }) => origin)).toEqual(["webhook.log:2"]);
  expect(leftOut?.message).toContain("1 line that did not match");
});

test("RC-07 a secret that goes over several lines of a log does not stay in any of them", () => {
  const key = "-----BEGIN RSA PRIVATE KEY-----\nS3cr3tS3cr3t\nS3cr3tS3cr3t\n-----END RSA PRIVATE KEY-----";
  const text = `${key}\nkeep\npassword: |\n  S3cr3t x\nstringData:\n  token: S3cr3t\nkeep`;
  const { lines } = linesOf(text, QUERY, AT);
  expect(lines.map((line) => line.text).join("\n")).not.toContain("S3cr3t");
  expect(lines.filter((line) => line.text === "keep")).toHaveLength(2);
});
