import fc from "fast-check";
import { expect, test } from "vitest";
import { equalJson, freezeJson, isJsonObject } from "../../kinds/schema/json-value.ts";
import { applyMergePatch } from "./merge-patch.ts";

// RFC 7396, appendix A, those rows whose patch is an object.
test.each([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("RFC 7396: %j with %j is %j", (document, patch, expected) => {
  expect(applyMergePatch(freezeJson(document), freezeJson(patch))).toEqual({ ok: true, value: expected });
});

test("a patch that is not an object is malformed", () => {
  for (const patch of [null, [], "x", 1]) {
    expect(applyMergePatch({ a: 1 }, patch)).toMatchObject({ ok: false, error: { kind: "malformed" } });
  }
});

/** The merge patch that leads from one document to another; both without nulls. */
function difference(from: unknown, to: unknown): unknown {
  if (!isJsonObject(from) || !isJsonObject(to)) return to;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    if (!Object.hasOwn(from, key)) patch[key] = value;
    else if (!equalJson(from[key], value)) patch[key] = difference(from[key], value);
  }
  return patch;
}

test("a difference leads from one document to the other, and again changes nothing", () => {
  const json = fc.dictionary(
    fc.string({ maxLength: 3 }).filter((key) => key !== "__proto__"),
    fc.object({ maxDepth: 2, values: [fc.string(), fc.integer()] }),
  );
  fc.assert(
    fc.property(json, json, (from, to) => {
      const [before, after] = JSON.parse(JSON.stringify([from, to]));
      fc.pre(!JSON.stringify([before, after]).includes('"__proto__"'));
      const patch = difference(before, after);
      const once = applyMergePatch(before, patch);
      expect(once).toEqual({ ok: true, value: after });
      expect(once.ok && applyMergePatch(once.value, patch)).toEqual(once);
    }),
    { numRuns: 200 },
  );
});
