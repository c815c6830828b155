import fc from "fast-check";
import { createPatch } from "rfc6902";
import { expect, test } from "vitest";
import { freezeJson } from "../../kinds/schema/json-value.ts";
import { applyJsonPatch } from "./json-patch.ts";

function patched(document: unknown, ...operations: object[]): unknown {
  const result = applyJsonPatch(freezeJson(document), operations);
  return result.ok ? result.value : `${result.error.kind}: ${result.error.message}`;
}

// RFC 6902, appendix A.
test.each([
  ["A.1", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
  [
    "A.2",
    { foo: ["bar", "baz"] },
    [{ op: "add", path: "/foo/1", value: "qux" }],
    { foo: ["bar", "qux", "baz"] },
  ],
  ["A.3", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
  ["A.4", { foo: ["bar", "qux", "baz"] }, [{ op: "remove", path: "/foo/1" }], { foo: ["bar", "baz"] }],
  [
    "A.5",
    { baz: "qux", foo: "bar" },
    [{ op: "replace", path: "/baz", value: "boo" }],
    { baz: "boo", foo: "bar" },
  ],
  [
    "A.6",
    { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
    [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
    { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
  ],
  [
    "A.7",
    { foo: ["all", "grass", "cows", "eat"] },
    [{ op: "move", from: "/foo/1", path: "/foo/3" }],
    { foo: ["all", "cows", "eat", "grass"] },
  ],
  [
    "A.8",
    { baz: "qux", foo: ["a", 2, "c"] },
    [{ op: "test", path: "/foo/1", value: 2 }],
    { baz: "qux", foo: ["a", 2, "c"] },
  ],
  [
    "A.10",
    { foo: "bar" },
    [{ op: "add", path: "/child", value: { grandchild: {} } }],
    { foo: "bar", child: { grandchild: {} } },
  ],
  ["A.14", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
  [
    "A.16",
    { foo: ["bar"] },
    [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
    { foo: ["bar", ["abc", "def"]] },
  ],
])("RFC 6902 %s", (_name, document, operations, expected) => {
  expect(patched(document, ...operations)).toEqual(expected);
});

test.each([
  [{ op: "test", path: "/a", value: 2 }, "unprocessable: testing value /a failed: test failed"],
  [
    { op: "remove", path: "/x" },
    'unprocessable: remove operation does not apply: doc is missing path: "/x": missing value',
  ],
  [
    { op: "replace", path: "/list/7", value: 1 },
    "unprocessable: replace operation does not apply: doc is missing key: /list/7: missing value",
  ],
  [
    { op: "add", path: "/x/y", value: 1 },
    'unprocessable: add operation does not apply: doc is missing path: "/x/y": missing value',
  ],
  [
    { op: "add", path: "/list/7", value: 1 },
    "unprocessable: add operation does not apply: Unable to access invalid index: 7: invalid index referenced",
  ],
  [
    { op: "add", path: "/list/01", value: 1 },
    "unprocessable: add operation does not apply: Unable to access invalid index: 01: invalid index referenced",
  ],
  [
    { op: "move", from: "/list", path: "/list/0" },
    "unprocessable: move operation does not apply: /list/0 lies in /list",
  ],
  [{ op: "add", path: "a", value: 1 }, 'unprocessable: add operation has no valid "path": "a"'],
  [{ op: "swap", path: "/a" }, 'unprocessable: Unexpected kind: operation 0 of the JSON patch has op "swap"'],
])("a patch that does not apply reports why: %j", (operation, message) => {
  expect(patched({ a: 1, list: [1] }, operation)).toBe(message);
});

test("what the library that kube-apiserver uses takes is taken", () => {
  expect(patched({ a: 1 }, { op: "replace", path: "/x", value: 1 })).toEqual({ a: 1, x: 1 });
  expect(patched({ a: 1 }, { op: "add", path: "/x" })).toEqual({ a: 1, x: null });
});

test("member names that mean something to JavaScript are plain names", () => {
  const labels = patched(JSON.parse('{"constructor":"x"}'), { op: "test", path: "/constructor", value: "x" });
  expect(labels).toEqual(JSON.parse('{"constructor":"x"}'));
  const added = patched({}, { op: "add", path: "/__proto__", value: { polluted: true } }) as object;
  expect(Object.keys(added)).toEqual(["__proto__"]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(patched({}, { op: "remove", path: "/toString" })).toContain("missing");
});

test("a patch of too many operations is refused whole", () => {
  const operations = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a", value: 1 }));
  expect(patched({ a: 1 }, ...operations)).toBe(
    "too-large: The allowed maximum operations in a JSON patch is 10000, got 10001",
  );
});

test("a patch that another library made leads from one document to the other", () => {
  const json = fc.object({
    maxDepth: 3,
    values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
  });
  fc.assert(
    fc.property(json, json, (from, to) => {
      const [before, after] = JSON.parse(JSON.stringify([from, to]));
      fc.pre(!/"(__proto__|constructor|prototype)"/.test(JSON.stringify([before, after])));
      const result = applyJsonPatch(freezeJson(before), createPatch(before, after));
      expect(result).toEqual({ ok: true, value: after });
    }),
    { numRuns: 200 },
  );
});

test("copies are limited by what they add up to, as for CVE-2019-1002100", () => {
  const doubling = Array.from({ length: 26 }, (_, i) => ({ op: "copy", from: "/a", path: `/a/n${i}` }));
  expect(applyJsonPatch({ a: { text: "x" } }, doubling)).toMatchObject({
    ok: false,
    error: { kind: "too-large", message: expect.stringContaining("copy more than 100000 values") },
  });
  const big = { a: "x".repeat(1024 * 1024), b: [] };
  const copies = (count: number) =>
    applyJsonPatch(
      big,
      Array.from({ length: count }, () => ({ op: "copy", from: "/a", path: "/b/-" })),
    );
  expect(copies(2).ok).toBe(true);
  expect(copies(4)).toMatchObject({
    error: { kind: "too-large", message: expect.stringContaining("3145728") },
  });
});

test("no operation makes the object deeper than one may be", () => {
  const nest = (levels: number) => {
    let value: unknown = 1;
    for (let i = 0; i < levels; i++) value = { a: value };
    return value;
  };
  const at = (levels: number) => "/a".repeat(levels);
  const patches = [
    [{ op: "add", path: `${at(150)}/b`, value: nest(150) }],
    [{ op: "replace", path: at(150), value: nest(150) }],
    [{ op: "copy", from: "/a", path: `${at(150)}/b` }],
    [
      { op: "add", path: "/b", value: nest(150) },
      { op: "move", from: "/b", path: `${at(150)}/b` },
    ],
  ];
  for (const patch of patches) {
    expect(applyJsonPatch(nest(200), patch)).toMatchObject({
      error: { kind: "too-large", message: expect.stringContaining("256 levels") },
    });
  }
});

test("shifting a long list again and again has an end", () => {
  const list = new Array(100_000).fill(1);
  const patch = Array.from({ length: 10_000 }, () => ({ op: "add", path: "/0", value: 1 }));
  expect(applyJsonPatch(list, patch)).toMatchObject({ error: { kind: "too-large" } });
  expect(applyJsonPatch([], patch).ok).toBe(false);
  expect(applyJsonPatch([], patch.slice(0, 1000)).ok).toBe(true);
});

test("messages do not repeat what was sent at any length", () => {
  const path = `/${"x".repeat(100_000)}`;
  const faults = [
    applyJsonPatch({}, [{ op: "remove", path }]),
    applyJsonPatch({}, [{ op: "replace", path: `${path}/y`, value: 1 }]),
    applyJsonPatch({}, [{ op: path, path: "" }]),
    applyJsonPatch({}, [{ op: "test", path, value: 1 }]),
  ];
  for (const fault of faults) {
    expect(fault).toMatchObject({ ok: false });
    expect(JSON.stringify(fault).length).toBeLessThan(3_000);
  }
});
