import { expect, test } from "vitest";
import { parse } from "yaml";
import { yamlText } from "../kernel/yaml-text.ts";
import { jsonText, withoutManagedFields } from "./output.ts";

test("an object is printed without who set which field, and is otherwise as it was", () => {
  const metadata = { name: "web", namespace: "fleet", uid: "u", generation: 2 };
  const object = { apiVersion: "v1", kind: "Thing", spec: { size: 1 } };
  const managed = { ...object, metadata: { ...metadata, managedFields: [{ manager: "plexaubnet" }] } };
  expect(withoutManagedFields(managed)).toEqual({ ...object, metadata });
  expect(managed.metadata.managedFields).toHaveLength(1);
});

test("PX-10 what is printed for programs means the same, and holds nothing for a terminal to obey", () => {
  const hostile = "a\x1b]0;t\x07\u009b31m\u202eb\u{e0041}\ud83d\nnext\ttab\r";
  const data = { [`key${hostile}`]: hostile, list: [hostile, "plain\nlines\n"], name: "été 👩‍💻" };
  const obeyed = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;
  for (const [text, read] of [
    [jsonText(data), (json: string) => JSON.parse(json)],
    [yamlText(data), (yaml: string) => parse(yaml)],
  ] as const) {
    expect(text.replaceAll("\n", "")).not.toMatch(obeyed);
    expect(read(text)).toEqual(data);
    expect(text).toContain("été 👩‍💻");
  }
  expect(yamlText({ text: "plain\nlines\n" })).toBe("text: |\n  plain\n  lines\n");
});
