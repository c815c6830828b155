/** B: rules in CEL whose cost is in what they call, in what they build, or in how they are written. */
import { kindRow } from "../kind-attack.ts";
import type { Row } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const numbers = (count: number) => times(count, (i) => i);
const LIST = { type: "array", items: { type: "integer" } };
const TEXTS = { type: "array", items: { type: "string" } };

interface CelAttack {
  readonly id: string;
  readonly what?: string;
  readonly rule: string | (() => string);
  readonly a: () => unknown;
  readonly of?: object;
  readonly more?: object;
}

function celRow({ id, what, rule, a, of = LIST, more = {} }: CelAttack): Row {
  const text = () => (typeof rule === "string" ? rule : rule());
  return kindRow({
    id: `B-cel-${id}`,
    kind: "cel",
    what: what ?? `the rule ${text().slice(0, 70).trimEnd()}`,
    schema: () => ({
      type: "object",
      properties: { a: of, b: { type: "string" } },
      "x-kubernetes-validations": [{ rule: text(), ...more }],
    }),
    specs: () => [{ a: a(), b: "b" }],
  });
}

const words = (count: number) => times(count, (i) => `w${i}`);

const calls: readonly CelAttack[] = [
  { id: "distinct-50000", rule: "self.a.distinct().size() > 0", a: () => numbers(50_000) },
  { id: "distinct-texts", rule: "self.a.distinct().size() > 0", of: TEXTS, a: () => words(100_000) },
  { id: "sets-equivalent", rule: "sets.equivalent(self.a, self.a)", a: () => numbers(100_000) },
  { id: "sets-contains", rule: "sets.contains(self.a, self.a)", a: () => numbers(100_000) },
  {
    id: "sets-intersects",
    rule: "sets.intersects(self.a, self.a.map(x, -x - 1))",
    a: () => numbers(100_000),
  },
  { id: "index-of", rule: "self.a.all(x, self.a.indexOf(x) >= 0)", a: () => numbers(60_000) },
  { id: "last-index-of", rule: "self.a.all(x, self.a.lastIndexOf(x) >= 0)", a: () => numbers(60_000) },
  { id: "in", rule: "self.a.all(x, x in self.a)", a: () => numbers(60_000) },
  { id: "equal-lists", rule: "self.a.all(x, self.a == self.a)", a: () => numbers(60_000) },
  { id: "is-sorted", rule: "self.a.all(x, self.a.isSorted())", a: () => numbers(60_000) },
  { id: "sum", rule: "self.a.all(x, self.a.sum() >= 0)", a: () => numbers(60_000) },
  { id: "min-max", rule: "self.a.all(x, self.a.max() >= self.a.min())", a: () => numbers(60_000) },
  { id: "slice", rule: "self.a.all(x, self.a.slice(0, x).size() == x)", a: () => numbers(60_000) },
  { id: "sort", rule: "self.a.all(x, self.a.sort().size() > 0)", a: () => numbers(20_000) },
  {
    id: "flatten",
    rule: "[self.a,self.a,self.a,self.a].flatten().map(x, [x,x]).flatten().size() > 0",
    a: () => numbers(100_000),
  },
  { id: "reverse", rule: "self.a.all(x, self.a.reverse().size() > 0)", a: () => numbers(20_000) },
  {
    id: "concat-lists",
    rule: "self.a.all(x, (self.a + self.a + self.a).size() > 0)",
    a: () => numbers(60_000),
  },
  {
    id: "size-text",
    rule: "self.a.all(x, self.a[0].size() > 0)",
    of: TEXTS,
    a: () => ["é".repeat(500_000), ...words(50_000)],
  },
  {
    id: "matches-nested",
    rule: 'self.a.all(x, !x.matches("^(a+)+$"))',
    of: TEXTS,
    a: () => [`${"a".repeat(40)}!`],
  },
  {
    id: "matches-own",
    what: "a pattern that the object itself brings",
    rule: "self.a.all(x, self.a.exists(y, x.matches(y)))",
    of: TEXTS,
    a: () => times(2_000, (i) => `(x{1,500}y{1,500})${i}`),
  },
  {
    id: "matches-long",
    rule: 'self.a.all(x, x.matches(".*x.*y.*z"))',
    of: TEXTS,
    a: () => ["x".repeat(1_000_000)],
  },
  {
    id: "find-all",
    rule: 'self.a.all(x, x.findAll("a*b?").size() >= 0)',
    of: TEXTS,
    a: () => ["ac".repeat(500_000)],
  },
  {
    id: "split",
    rule: 'self.a.all(x, self.a[0].split("").size() > 0)',
    of: TEXTS,
    a: () => ["ab".repeat(100_000), ...words(5_000)],
  },
  {
    id: "replace",
    rule: 'self.a.all(x, self.a[0].replace("a", self.a[0].substring(0, 50)).size() > 0)',
    of: TEXTS,
    a: () => ["a".repeat(300_000), ...words(100)],
  },
  {
    id: "replace-nested",
    what: "replacements that make the text longer, five in a row",
    rule: 'self.a[0].replace("a", "aaaaaaaaaa").replace("a", "aaaaaaaaaa").replace("a", "aaaaaaaaaa").replace("a", "aaaaaaaaaa").replace("a", "aaaaaaaaaa").size() > 0',
    of: TEXTS,
    a: () => ["a".repeat(10_000)],
  },
  { id: "join", rule: "self.a.all(x, self.a.join(x).size() > 0)", of: TEXTS, a: () => words(20_000) },
  {
    id: "contains",
    rule: 'self.a.all(x, self.a.all(y, !(x + y).contains("zz")))',
    of: TEXTS,
    a: () => times(300, (i) => "ab".repeat(1_000) + i),
  },
  {
    id: "index-of-text",
    rule: `self.a.all(x, x.indexOf("${"a".repeat(1_000)}b") < 0)`,
    of: TEXTS,
    a: () => times(3, () => "a".repeat(500_000)),
  },
  { id: "format", rule: '"%.100000000f".format([1.0]).size() > 0', a: () => [1] },
  {
    id: "ascii",
    rule: "self.a.all(x, self.a[0].lowerAscii().upperAscii().size() > 0)",
    of: TEXTS,
    a: () => ["a".repeat(1_000_000), ...words(20_000)],
  },
  {
    id: "quantity",
    rule: "self.a.all(x, isQuantity(x) || true)",
    of: TEXTS,
    a: () => ["1".repeat(1_000_000), `1e${"9".repeat(1_000)}`],
  },
  {
    id: "url",
    rule: "self.a.all(x, isURL(x) || true)",
    of: TEXTS,
    a: () => [`http://a/${"%41".repeat(500_000)}`],
  },
  {
    id: "ip",
    rule: "self.a.all(x, isIP(x) || isCIDR(x) || true)",
    of: TEXTS,
    a: () => [":".repeat(1_000_000), "1.".repeat(500_000)],
  },
  {
    id: "duration",
    rule: 'self.a.all(x, x == "" || duration(x) > duration("0s") || true)',
    of: TEXTS,
    a: () => [`${"1h".repeat(300_000)}x`],
  },
  {
    id: "timestamp",
    rule: "self.a.all(x, timestamp(x) < timestamp(x) || true)",
    of: TEXTS,
    a: () => [`2026-01-01T00:00:00.${"0".repeat(1_000_000)}Z`],
  },
  { id: "int-text", rule: "self.a.all(x, int(x) > 0 || true)", of: TEXTS, a: () => ["1".repeat(2_000_000)] },
];

const loops: readonly CelAttack[] = [
  { id: "all-in-all", rule: "self.a.all(x, self.a.all(y, x + y >= 0))", a: () => numbers(50_000) },
  {
    id: "four-deep",
    rule: "self.a.all(w, self.a.all(x, self.a.all(y, self.a.all(z, w + x + y + z >= 0))))",
    a: () => numbers(300),
  },
  { id: "map-in-map", rule: "self.a.map(x, self.a.map(y, [x, y])).size() > 0", a: () => numbers(3_000) },
  {
    id: "filter-exists-one",
    rule: "self.a.filter(x, self.a.exists_one(y, x == y)).size() > 0",
    a: () => numbers(30_000),
  },
  {
    id: "growing-list",
    what: "a list that doubles with each of 20 maps",
    rule: () =>
      `${times(20, () => "[").join("")}self.a${times(20, () => "].map(x, x + x)[0]").join("")}.size() > 0`,
    a: () => numbers(100),
  },
  {
    id: "growing-text",
    what: "a text that doubles with each of 24 maps",
    rule: () =>
      `${times(24, () => "[").join("")}self.b${times(24, () => "].map(x, x + x)[0]").join("")}.size() > 0`,
    a: () => [1],
  },
  {
    id: "doubled-by-hand",
    what: "one sum written 2^12 times",
    rule: () => `${times(4_096, () => "self.a").join(" + ")}.size() > 0`,
    a: () => numbers(10_000),
  },
  {
    id: "message",
    what: "a message expression that costs more than the rule",
    rule: "false",
    a: () => numbers(60_000),
    more: { messageExpression: "self.a.all(x, self.a.indexOf(x) >= 0) ? 'a' : 'b'" },
  },
  {
    id: "message-1mb",
    what: "a message of 3 MB",
    rule: "false",
    a: () => numbers(10),
    of: LIST,
    more: { message: "m".repeat(2_000_000) },
  },
];

const written: readonly CelAttack[] = [
  {
    id: "parentheses-50000",
    what: "a rule of 50,000 parentheses",
    rule: () => `${"(".repeat(50_000)}true${")".repeat(50_000)}`,
    a: () => [1],
  },
  {
    id: "nots-500000",
    what: "a rule of 500,000 times not",
    rule: () => `${"!".repeat(500_000)}true`,
    a: () => [1],
  },
  {
    id: "sum-300000",
    what: "a sum of 300,000 parts",
    rule: () => `${"1+".repeat(300_000)}1 > 0`,
    a: () => [1],
  },
  {
    id: "ors-200000",
    what: "200,000 alternatives",
    rule: () => `${"false||".repeat(200_000)}true`,
    a: () => [1],
  },
  {
    id: "ternaries-20000",
    what: "20,000 ternaries, one in another",
    rule: () => `${"true?true:".repeat(20_000)}true`,
    a: () => [1],
  },
  {
    id: "lists-20000",
    what: "a literal 20,000 lists deep",
    rule: () => `${"[".repeat(20_000)}1${"]".repeat(20_000)}.size() > 0`,
    a: () => [1],
  },
  {
    id: "text-2mb",
    what: "a literal of 2 MB",
    rule: () => `"${"x".repeat(2_000_000)}".size() > 0`,
    a: () => [1],
  },
  {
    id: "open-quote",
    what: "a quote of 2 MB that does not end",
    rule: () => `"${"x".repeat(2_000_000)}`,
    a: () => [1],
  },
  {
    id: "members-20000",
    what: "20,000 members of members",
    rule: () => `self${".a".repeat(20_000)} == 1`,
    a: () => [1],
  },
  {
    id: "macros-500",
    what: "macros in macros, 500 deep",
    rule: () => `${times(500, (i) => `self.a.all(x${i}, `).join("")}true${")".repeat(500)}`,
    a: () => [1],
  },
  {
    id: "number",
    what: "a literal of a million digits",
    rule: () => `${"1".repeat(1_000_000)} > 0`,
    a: () => [1],
  },
];

const rules: readonly Row[] = [
  kindRow({
    id: "B-cel-rules-10000",
    kind: "cel",
    what: "10,000 rules on one field",
    schema: () => ({
      type: "object",
      properties: { a: LIST },
      "x-kubernetes-validations": times(10_000, (i) => ({ rule: `self.a.size() != ${i + 10}` })),
    }),
    specs: () => [{ a: [1] }, { a: numbers(20) }],
  }),
  kindRow({
    id: "B-cel-rule-each-100000",
    kind: "cel",
    what: "a rule for each of 100,000 elements, none of which holds",
    schema: () => ({
      type: "object",
      properties: {
        a: {
          type: "array",
          items: {
            type: "integer",
            "x-kubernetes-validations": [{ rule: "self < 0", messageExpression: "'it is ' + string(self)" }],
          },
        },
      },
    }),
    specs: () => [{ a: numbers(100_000) }],
  }),
  kindRow({
    id: "B-cel-unknown-names",
    kind: "cel",
    what: "5,000 rules that do not compile",
    schema: () => ({
      type: "object",
      properties: { a: LIST },
      "x-kubernetes-validations": times(5_000, (i) => ({ rule: `self.nothing${i} +` })),
    }),
  }),
];

export const CEL_ROWS: readonly Row[] = [...[...calls, ...loops, ...written].map(celRow), ...rules];
