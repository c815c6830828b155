import { expect, test } from "vitest";
import { Warnings } from "./warnings.ts";

test("warnings come once each, none longer than 256 characters, and 4 KiB in all", () => {
  const warnings = new Warnings();
  for (const text of ["a", "b", "a", "x".repeat(1_000)]) warnings.add(text);
  expect(warnings.texts).toEqual(["a", "b", "x".repeat(256)]);
  for (let i = 0; i < 200_000; i++) warnings.add(`unknown field "spec.field-${i}"`);
  expect(warnings.texts.join("").length).toBeLessThanOrEqual(4 * 1024);
  expect(warnings.texts.length).toBeGreaterThan(100);
});
