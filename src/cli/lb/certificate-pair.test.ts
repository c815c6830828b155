import { expect, test } from "vitest";
import { pairOf } from "./certificate-pair.ts";

test("PX-10 one file of a certificate without the other is refused by name", () => {
  expect(() => pairOf("a", undefined, "--metrics")).toThrow("--metrics-key is missing");
  expect(() => pairOf(undefined, "b", "--webhook")).toThrow("--webhook-cert is missing");
  expect(pairOf(undefined, undefined, "--metrics")).toBeUndefined();
});
