import { expect, test } from "vitest";
import { dropNulls } from "./drop-nulls.ts";

const text = { type: "string" };
const schema = {
  type: "object",
  properties: {
    plain: text,
    nullable: { ...text, nullable: true },
    defaulted: { ...text, default: "d" },
    list: { type: "array", items: { type: "object", properties: { plain: text } } },
    map: { type: "object", additionalProperties: text },
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

test("nulls go where they are not allowed and nothing takes their place", () => {
  const value = {
    plain: null,
    nullable: null,
    defaulted: null,
    list: [{ plain: null }, { plain: "a" }],
    map: { a: null, b: "b" },
    open: { any: null },
  };
  expect(dropNulls(value, schema)).toEqual({
    nullable: null,
    defaulted: null,
    list: [{}, { plain: "a" }],
    map: { b: "b" },
    open: { any: null },
  });
  expect(value.plain).toBeNull();
});

test("what has none stays the same value", () => {
  const value = { plain: "a", list: [{ plain: "b" }], map: {}, __proto__: null };
  expect(dropNulls(value, schema)).toBe(value);
});
