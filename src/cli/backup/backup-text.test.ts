import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { backupText } from "./backup-text.ts";

test("texts that a reader may take for something else are quoted", () => {
  const labels = {
    a: "0o14",
    b: "yes",
    c: "10.0.0.0_24",
    d: "1e5",
    e: "null",
    f: "",
    g: "1:30",
    h: "~",
    i: "web",
  };
  const text = backupText("# A header\n", [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "on", labels } },
  ]);
  expect(text).toContain('a: "0o14"');
  expect(text).toContain('b: "yes"');
  expect(text).toContain("i: web\n");
  for (const version of ["1.1", "1.2"] as const) {
    const [document] = parseAllDocuments(text, { version });
    expect(document?.toJS()).toMatchObject({ metadata: { name: "on", labels } });
  }
});

test("an annotation of several lines stays what it is", () => {
  const annotations = { note: "one\n  two\n", other: "  indented\nend", long: "x ".repeat(200) };
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a", annotations } };
  const text = backupText("# A header\n", [object, object]);
  for (const document of parseAllDocuments(text)) expect(document.toJS()).toEqual(object);
});
