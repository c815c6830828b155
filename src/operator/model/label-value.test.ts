import { expect, test } from "vitest";
import { isLabelValue, labelFor } from "./label-value.ts";

test("a text that may be a label value is one", () => {
  for (const text of ["prod", "a", "dotted.name-1", "x".repeat(63)]) expect(labelFor(text)).toBe(text);
});

test("PX-03 any other name gets a label value of its own, which distinguishes two of them", () => {
  const texts = ["-", "...", "a-", "-a", "x".repeat(64), "x".repeat(253), `${"x".repeat(100)}y`];
  const labels = texts.map(labelFor);
  for (const label of labels) expect(isLabelValue(label), label).toBe(true);
  expect(new Set(labels).size).toBe(texts.length);
});
