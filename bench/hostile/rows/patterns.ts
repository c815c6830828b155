/**
 * B: patterns that a backtracking engine takes for ever for, patterns that are large, and formats of long
 * texts.
 */
import { kindRow } from "../kind-attack.ts";
import type { Row } from "../row.ts";

function patternRow(id: string, pattern: () => string, value: () => string, what?: string): Row {
  return kindRow({
    id: `B-pattern-${id}`,
    kind: "pattern",
    what: what ?? `the pattern ${pattern().slice(0, 40)} over a value that it does not match`,
    schema: () => ({ type: "object", properties: { a: { type: "string", pattern: pattern() } } }),
    specs: () => [{ a: value() }],
  });
}

const a = (count: number) => `${"a".repeat(count)}!`;

const slow: readonly Row[] = [
  patternRow(
    "nested-27",
    () => "^(a+)+$",
    () => a(27),
  ),
  patternRow(
    "nested-40",
    () => "^(a+)+$",
    () => a(40),
  ),
  patternRow(
    "nested-star",
    () => "^(a*)*$",
    () => a(40),
  ),
  patternRow(
    "either",
    () => "^(a|aa)+$",
    () => a(60),
  ),
  patternRow(
    "either-same",
    () => "^(a|a)*$",
    () => a(40),
  ),
  patternRow(
    "classes",
    () => "^([a-z]+[0-9]*)+$",
    () => a(50),
  ),
  patternRow(
    "words",
    () => "^(\\w+\\s?)*$",
    () => a(50),
  ),
  patternRow(
    "dots",
    () => "^(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x$",
    () => "y".repeat(3_000),
  ),
  patternRow(
    "dots-long",
    () => "(.*)x",
    () => "y".repeat(200_000),
  ),
  patternRow(
    "unanchored",
    () => "a*b",
    () => "a".repeat(300_000),
  ),
  patternRow(
    "spaces",
    () => "\\s+$",
    () => `${" ".repeat(300_000)}x`,
  ),
  patternRow(
    "optional",
    () => `^${"a?".repeat(28)}${"a".repeat(28)}$`,
    () => "a".repeat(28),
  ),
  patternRow(
    "reference",
    () => "^(a+)\\1+$",
    () => a(5_000),
  ),
  patternRow(
    "behind",
    () => "(?<=(a+)+)b",
    () => a(40),
  ),
  patternRow(
    "ahead",
    () => "^(?=(a+)+$)",
    () => a(40),
  ),
  patternRow(
    "host",
    () =>
      "^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])$",
    () => `${"a.".repeat(100_000)}!`,
  ),
];

const large: readonly Row[] = [
  patternRow(
    "braces-300000",
    () => "}".repeat(300_000),
    () => "a",
    "a pattern of 300,000 closing braces",
  ),
  patternRow(
    "open-300000",
    () => "(".repeat(300_000),
    () => "a",
    "a pattern of 300,000 open parentheses",
  ),
  patternRow(
    "groups-20000",
    () => `${"(".repeat(20_000)}a${")".repeat(20_000)}`,
    () => "a",
    "a pattern of 20,000 groups, one in another",
  ),
  patternRow(
    "repeats",
    () => "((((a{1,100}){1,100}){1,100}){1,100})",
    () => a(100),
    "repetitions of repetitions: 10^8",
  ),
  patternRow(
    "repeats-1000",
    () => "(a{1000}){1000}",
    () => a(100),
    "a thousand times a thousand",
  ),
  patternRow(
    "many-repeats",
    () => "(a{1000})".repeat(1_000),
    () => a(100),
    "a thousand repetitions of a thousand",
  ),
  patternRow(
    "letters",
    () => "[\\p{L}\\p{N}]{1000}".repeat(30),
    () => a(100),
    "30,000 times any letter of Unicode",
  ),
  patternRow(
    "words-100000",
    () => Array.from({ length: 100_000 }, (_, i) => `w${i}`).join("|"),
    () => "y".repeat(100_000),
    "a choice of 100,000 words over a text of 100,000 letters",
  ),
  patternRow(
    "classes-100000",
    () => `[${"a-z".repeat(100_000)}]`,
    () => "a",
    "a class of 100,000 ranges",
  ),
  patternRow(
    "over-3mb",
    () => "^[a-z]*$",
    () => "a".repeat(2_900_000),
    "a harmless pattern over a text of 2.9 MB",
  ),
  kindRow({
    id: "B-pattern-2000-of-them",
    kind: "pattern",
    what: "2,000 patterns in a kind, and a value for each",
    schema: () => ({
      type: "object",
      properties: Object.fromEntries(
        Array.from({ length: 2_000 }, (_, i) => [
          `p${i}`,
          { type: "string", pattern: `^(a|b${i})*c{1,50}$` },
        ]),
      ),
    }),
    specs: () => [Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`p${i}`, a(200)]))],
  }),
  kindRow({
    id: "B-pattern-values-200000",
    kind: "pattern",
    what: "a pattern over 200,000 values, none of which matches",
    schema: () => ({
      type: "object",
      properties: { a: { type: "array", items: { type: "string", pattern: "^(x|y)+z$" } } },
    }),
    specs: () => [{ a: Array.from({ length: 200_000 }, () => "xyxyxyxy") }],
  }),
];

/** Each with texts that a careless expression of the format does not get on with. */
const FORMATS = [
  "bsonobjectid",
  "uri",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "cidr",
  "mac",
  "uuid",
  "uuid3",
  "isbn",
  "isbn10",
  "creditcard",
  "ssn",
  "hexcolor",
  "rgbcolor",
  "byte",
  "password",
  "date",
  "duration",
  "datetime",
  "date-time",
  "k8s-short-name",
  "k8s-long-name",
];
const TEXTS = [
  "1".repeat(100_000),
  "a.".repeat(50_000),
  "a-".repeat(50_000),
  ":".repeat(100_000),
  `${"a".repeat(50_000)}@`,
  " ".repeat(100_000),
  `${"1h".repeat(50_000)}!`,
  `${"=".repeat(100_000)}`,
];

const formats: Row = kindRow({
  id: "B-formats",
  kind: "pattern",
  what: "each format over eight texts of 100,000 letters",
  schema: () => ({
    type: "object",
    properties: Object.fromEntries(FORMATS.map((format) => [`f${format}`, { type: "string", format }])),
  }),
  specs: () => TEXTS.map((text) => Object.fromEntries(FORMATS.map((format) => [`f${format}`, text]))),
});

const quantities: Row = kindRow({
  id: "B-int-or-string",
  kind: "pattern",
  what: "a text of a million digits where a number or a text may stand",
  schema: () => ({
    type: "object",
    properties: { a: { "x-kubernetes-int-or-string": true, pattern: "^[0-9]+$" } },
  }),
  specs: () => [{ a: "1".repeat(1e6) }, { a: 1e308 }],
});

export const PATTERN_ROWS: readonly Row[] = [...slow, ...large, formats, quantities];
