import { expect, test } from "vitest";
import { parseLabelSelector } from "./label-selector.ts";

const labels = { env: "prod", tier: "front", "example.com/size": "10", empty: "" };

test.each([
  ["", true],
  ["env=prod", true],
  ["env==prod", true],
  ["env = prod , tier=front", true],
  ["env!=prod", false],
  ["missing!=x", true],
  ["env in (test, prod)", true],
  ["env in (test)", false],
  ["env notin (test)", true],
  ["missing notin (test)", true],
  ["env", true],
  ["!env", false],
  ["!missing", true],
  ["example.com/size>9", true],
  ["example.com/size<9", false],
  ["empty=", true],
  ["empty", true],
  ["in", false],
  ["env in (prod),!missing,tier notin (back),example.com/size>1", true],
])("%j selects: %s", (text, selected) => {
  expect(parseLabelSelector(text)?.(labels) ?? true).toBe(selected);
});

test.each([
  "a b",
  "env in prod",
  "=x",
  "a,",
  "a=b c",
  "-a=b",
  "a>x",
  "a in (",
  "a=b=c",
])("%j is not a selector", (text) => {
  expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 400 }));
});

test("a selector has so many requirements, and any number of spaces", () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `a${i}`).join(",");
  expect(parseLabelSelector(many(100))?.({})).toBe(false);
  expect(() => parseLabelSelector(many(101))).toThrow("at most 100 requirements");
  const spaced = " ".repeat(10_000);
  expect(parseLabelSelector(`a${spaced}in${spaced}(b,${spaced}c)${spaced}`)?.({ a: "c" })).toBe(true);
  expect(() => parseLabelSelector(`a${spaced}b`)).toThrow("unable to parse requirement");
});
