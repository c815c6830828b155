import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { leastSize } from "./pattern-size.ts";

const PATTERNS = [
  "",
  "a",
  "abc",
  "a{3}",
  "a{2,5}",
  "a{2,}",
  "(a{3}b){4}",
  "(?:a|bc)+d?",
  "[a-z]{10}",
  "[]a]{3}",
  "[^]x]{3}",
  "[[:alpha:]]{4}",
  "[a\\]]{4}",
  "\\d{7}",
  "\\p{L}{6}",
  "\\x{10FFFF}{6}",
  "\\Q{5}a(\\E",
  "a{,5}",
  "a{0}",
  "(a{0}){9}",
  "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
  "x*y+z?{",
  "(((a{5}){5}){5})",
  "a\\{5}",
  "{3}",
];

test.each(PATTERNS)("PX-09: what %s has at the least is not more than it has", (pattern) => {
  const least = leastSize(pattern);
  let size = Number.POSITIVE_INFINITY;
  try {
    size = RE2JS.compile(pattern).programSize();
  } catch {
    // What is not a pattern may be reported in any words.
  }
  expect(least).toBeLessThanOrEqual(size);
});

test("PX-09: counts in braces multiply", () => {
  expect(leastSize("(a{1000})".repeat(1_000))).toBe(1_000_000);
  expect(leastSize("((a{100}){100}){100}")).toBe(1_000_000);
  expect(leastSize("a{3}b{4}")).toBe(7);
});
