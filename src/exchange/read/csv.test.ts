import { expect, test } from "vitest";
import { decodeText, describeDecodeFailure } from "../decode-text.ts";
import type { Reading } from "../row.ts";
import { readCsv } from "./csv.ts";
import { readPlainList } from "./plain-list.ts";
import { readSource } from "./read-source.ts";

const said = (reading: Reading) =>
  reading.rows.map(({ origin, block, owner, name, description }) => [
    origin.line,
    block,
    owner,
    name,
    description,
  ]);

test("PX-13 semicolons, quotes, line breaks in cells and CRLF: each row has the line on which it begins", () => {
  const text = 'Prefix;Tenant;Remark\r\n10.0.0.0/24;"A;B";"the ""old""\r\ncore"\r\n\r\n10.0.1.0/24;;x\r\n';
  expect(said(readCsv(text, "plan.csv"))).toEqual([
    [2, "10.0.0.0/24", "A;B", undefined, 'the "old"\ncore'],
    [5, "10.0.1.0/24", undefined, undefined, "x"],
  ]);
});

test.each([
  ["IP Range,Used by\n10.0.0.0/24,web\n", "10.0.0.0/24", "web"],
  ["Subnet\tMask\tCustomer\n10.0.0.0\t24\tweb\n", "10.0.0.0/24", "web"],
  ["network|netmask|owner\n10.0.0.0|255.255.255.0|web\n", "10.0.0.0/255.255.255.0", "web"],
  ["Start Address,End Address,Cluster\n10.0.0.0/8,10.0.0.9/8,web\n", "10.0.0.0-10.0.0.9", "web"],
  ["sep=;\nNetz;Kunde\n10.0.0.0/24;web\n", "10.0.0.0/24", "web"],
  ["Plan of 2026,,\nwhere,what,owner\nhall 1,10.0.0.0/24,web\n", "10.0.0.0/24", "web"],
])("PX-13 the columns of %j are guessed", (text, block, owner) => {
  const [row] = readCsv(text, "plan.csv").rows;
  expect(row).toMatchObject({ block, owner });
});

test("PX-13 columns are overruled by heading or number, and what is not read is shown", () => {
  const text = "Network,Old network,Hall\n10.9.0.0/24,10.0.0.0/24,web\n";
  const columns = new Map([
    ["cidr", "Old network"],
    ["owner", "3"],
  ]);
  const reading = readCsv(text, "plan.csv", { columns });
  expect(reading.rows[0]).toMatchObject({ block: "10.0.0.0/24", owner: "web" });
  expect(reading.columns).toEqual([
    { heading: "Network" },
    { heading: "Old network", field: "cidr" },
    { heading: "Hall", field: "owner" },
  ]);
  expect(() => readCsv(text, "plan.csv", { columns: new Map([["cidr", "Nowhere"]]) })).toThrow(
    "plan.csv: --column cidr=Nowhere names no column: the source has Network, Old network, Hall.",
  );
  expect(() => readCsv(text, "plan.csv", { columns: new Map([["colour", "Hall"]]) })).toThrow(
    /names no field/,
  );
});

test("PX-13 half rows: what breaks off, what has a cell too many, what is missing", () => {
  const text = "Prefix,Cluster,Remark\n10.0.0.0/24\n10.0.1.0/24,web,a,b\n10.0.2.0/24,web\n10.0.3.0/24,we";
  const { rows, faults } = readCsv(text, "plan.csv");
  expect(rows.map(({ block }) => block)).toEqual(["10.0.2.0/24"]);
  expect(faults.map(({ kind, origin }) => [kind, origin.line])).toEqual([
    ["half-row", 2],
    ["half-row", 3],
    ["half-row", 5],
  ]);
  expect(faults[2]?.message).toContain("the source ends in it");
});

test("PX-13 a quote that is never closed is named by its line", () => {
  const text = 'Prefix,Cluster\n10.0.0.0/24,web\n10.0.1.0/24,"web\n10.0.2.0/24,web\n';
  expect(() => readCsv(text, "plan.csv")).toThrow("plan.csv:3 opens a quote that is never closed");
});

test("PX-13 a table without a block reports which columns it has", () => {
  expect(() => readCsv("a,b\n1,2\n", "plan.csv")).toThrow(
    "plan.csv: no column holds blocks: name it, as in --column cidr=HEADING; the source has a, b.",
  );
  expect(() => readCsv("\n\n", "plan.csv")).toThrow("plan.csv has no row");
  expect(() => readCsv("cidr,cluster\n", "plan.csv")).toThrow("plan.csv has a heading and no row");
});

test("PX-13 a column without company under a heading is not a list", () => {
  const read = readSource(Buffer.from("cidr\n10.0.0.0/8\n10.0.0.0/24\n"), "plan.csv");
  expect(read.ok && [read.value.format, read.value.rows.length]).toEqual(["CSV", 2]);
});

test("PX-13 what is too large for a plan ends in a sentence", () => {
  expect(() => readPlainList("10.0.0.0/24\n".repeat(250_001), "list")).toThrow(
    "list has more than 250000 rows",
  );
  expect(() => readCsv(`cidr,cluster\n10.0.0.0/8,${"x".repeat(300_000)}\n`, "plan.csv")).toThrow(
    /more than 262144 bytes/,
  );
});

const PLAN = "Prefix,Cluster,Remark\n10.0.0.0/24,web,Zürich\n";
const utf16 = (text: string, isBig: boolean) => {
  const bytes = Buffer.from(text, "utf16le");
  return isBig ? bytes.swap16() : bytes;
};

test.each([
  ["UTF-8", Buffer.from(PLAN)],
  ["UTF-8 with a mark", Buffer.from(`\ufeff${PLAN}`)],
  ["UTF-16 of Excel", utf16(`\ufeff${PLAN}`, false)],
  ["big-endian UTF-16", utf16(`\ufeff${PLAN}`, true)],
  ["UTF-16 without a mark", utf16(PLAN, false)],
  ["Windows-1252", Buffer.from(PLAN, "latin1")],
])("PX-13 %s is read", (_, bytes) => {
  const read = readSource(bytes, "plan.csv");
  expect(read.ok && read.value.rows).toMatchObject([
    { block: "10.0.0.0/24", owner: "web", description: "Zürich" },
  ]);
});

test.each([
  [[0x50, 0x4b, 3, 4, 0], "plan.csv is a ZIP archive or an Excel workbook: save the sheet as CSV."],
  [[0x1f, 0x8b, 8, 0], "plan.csv is compressed by gzip: unpack it first."],
  [[0x61, 0x0a, 0x62, 0x01, 0x02], "plan.csv:2 has characters that no text has"],
  [
    [0xff, 0xfe, 0x61, 0x00, 0x62],
    "plan.csv is UTF-16 and ends in the middle of a character: export it again.",
  ],
  [[], "plan.csv is empty"],
  [[0x20, 0x0a], "plan.csv is empty"],
])("PX-13 bytes %j are not text, and the sentence names what they are", (bytes, sentence) => {
  const decoded = decodeText(new Uint8Array(bytes));
  expect(!decoded.ok && describeDecodeFailure(decoded.error, "plan.csv")).toContain(sentence);
});
