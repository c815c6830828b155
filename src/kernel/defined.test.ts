import { expect, test } from "vitest";
import { defined } from "./defined.ts";

test("what is undefined is left out, and hides nothing; what is empty stays", () => {
  const namespace: string | undefined = undefined;
  const kept = defined({ name: "a", namespace, count: 0, text: "", none: null });
  expect(kept).toStrictEqual({ name: "a", count: 0, text: "", none: null });
  expect(Object.keys(kept)).toEqual(["name", "count", "text", "none"]);
  expect({ namespace: "default", ...defined({ namespace }) }).toStrictEqual({ namespace: "default" });
});
