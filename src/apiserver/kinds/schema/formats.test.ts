import { expect, test } from "vitest";
import { budgetLeft, withinBudget } from "../../work-budget.ts";
import { formatChecks } from "./formats.ts";
import { compilePattern } from "./pattern.ts";

test.each([
  [
    "cidr",
    ["10.0.0.0/8", "10.0.0.1/8", "::/0", "2001:db8::/32", "010.0.0.0/8", "10.0.0.0/08"],
    ["10.0.0.0", "10.0.0.0/33", "::/129", "fe80::%1/64", "10.0.0.0/", "10.0.0.256/8"],
  ],
  ["ipv4", ["0.0.0.0", "255.255.255.255", "01.2.3.4"], ["1.2.3", "256.1.1.1", "::1", "1.2.3.x", "1..2.3"]],
  ["ipv6", ["::", "::ffff:1.2.3.4"], ["1.2.3.4", ":::", "fe80::1%en0"]],
  ["date", ["2024-02-29", "2000-02-29"], ["2023-02-29", "1900-02-29", "2024-13-01", "2024-1-1"]],
  [
    "date-time",
    ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.123+02:00"],
    ["2024-01-02", "2024-01-02T25:00:00Z", "2024-01-02T03:04:05", "2024-01-02T03:04:05+0200"],
  ],
  ["duration", ["1h30m", "1.5s", "-2ms", "0", "3 days"], ["", "1", "1 fortnight"]],
  ["uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567", "g23e4567-e89b-12d3-a456-426614174000"]],
  ["uuid4", ["123e4567-e89b-42d3-a456-426614174000"], ["123e4567-e89b-12d3-a456-426614174000"]],
  ["byte", ["", "YQ==", "YWJj"], ["a", "YQ=", "Y!=="]],
  ["hostname", ["a.example.com", "a"], ["-a", "a..b", ""]],
  ["mac", ["00:11:22:aa:bb:cc", "0011.22aa.bbcc"], ["00:11:22:aa:bb", "00:11:22:aa:bb:zz"]],
  ["email", ["a@example.com"], ["a", "a@", "a b@example.com"]],
  ["hexcolor", ["#fff", "#a0b1c2"], ["#ff", "#ggg"]],
  ["rgbcolor", ["rgb(1, 2,255)"], ["rgb(1,2)", "rgb(1,2,256)"]],
  ["isbn", ["0-306-40615-2", "978-3-16-148410-0"], ["0-306-40615-3"]],
  ["k8s-long-name", ["a.b-c"], ["A", "a..b", "-a"]],
])("format %s", (format, good, bad) => {
  const check = formatChecks.get(format)!;
  for (const text of good) expect([text, check(text)]).toEqual([text, true]);
  for (const text of bad) expect([text, check(text)]).toEqual([text, false]);
});

test("PX-09: a format that Kubernetes does not know is ignored", () => {
  expect([formatChecks.has("ip"), formatChecks.has("datetime")]).toEqual([false, false]);
});

test.each([
  ["^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-b", "-a"],
  ["^\\_\\-[\\w-.]+$", "_-a.b-", "_-!"],
  ["^[[:alpha:]]+$", "abc", "a1"],
  ["(?i)^abc$", "ABC", "abd"],
  ["^(?i)a(b|(?-i)c)$", "AB", "AC"],
  ["^(x(?i)y|z)w$", "Zw", "XYw"],
  ["^(?P<year>\\d{4})$", "2024", "20"],
  ["\\Aab\\z", "ab", "ab\n"],
  ["^\\Qa.b\\E$", "a.b", "axb"],
  ["^\\p{Greek}+$", "αβ", "ab"],
  ["^a{,2}$", "a{,2}", "aa"],
  ["^[]a]$", "]", "b"],
])("pattern %s of RE2", (pattern, match, other) => {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.error);
  expect(compiled.value.test(match)).toBe(true);
  expect(compiled.value.test(other)).toBe(false);
});

test.each([
  ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
  ["(?<!a)b", "invalid named capture: `(?<!a)b`"],
  ["a{1001}", "invalid repeat count: `{1001}`"],
  ["(a{100}){100}", "invalid repeat count"],
  ["}".repeat(300_000), "more than 10000"],
  ["(".repeat(2_000) + ")".repeat(2_000), "nests too deeply"],
  ["(a)\\1", "invalid escape sequence: `\\1`"],
  ["[a", "missing closing ]"],
  ["(a", "error parsing regexp"],
  ["a**", "error parsing regexp"],
])("pattern %.40s is refused as RE2 refuses it", (pattern, message) => {
  const compiled = compilePattern(pattern);
  expect(compiled.ok ? "compiled" : compiled.error).toContain(message);
});

test.each([
  ["^(a+)+$", "a".repeat(40), true],
  ["^(a+)+$", `${"a".repeat(100_000)}!`, false],
  ["(x+x+)+y", "x".repeat(100_000), false],
  ["^(\\w+\\s?)*$", `${"a ".repeat(50_000)}!`, false],
])("pattern %s takes no time that is exponential in the text", (pattern, text, matches) => {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.error);
  const steps = stepsOf(() => expect(compiled.value.test(text)).toBe(matches));
  expect(steps).toBeLessThan(text.length + 20_000);
});

test("a text that is too long for its pattern is not matched at all", () => {
  const compiled = compilePattern("[ab]*a[ab]{900}$");
  if (!compiled.ok) throw new Error(compiled.error);
  expect(compiled.value.isFeasible("a".repeat(100))).toBe(true);
  expect(compiled.value.isFeasible("a".repeat(100_000))).toBe(false);
  expect(() => compiled.value.test("a".repeat(100_000))).toThrow(/too long for a pattern/);
});

/** Units of the work budget that `work` takes. */
function stepsOf(work: () => void): number {
  let left = 0;
  withinBudget(1_000_000_000, () => {
    work();
    left = budgetLeft();
  });
  return 1_000_000_000 - left;
}
