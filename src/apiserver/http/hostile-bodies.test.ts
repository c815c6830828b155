/** What a body may hold, whichever way it comes in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_DEPTH, MAX_VALUES } from "../depth.ts";
import { type RequestParts, type ServerFixture, serverFixture } from "../testing/server-fixture.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const MAPS = "/api/v1/namespaces/default/configmaps";
const ANYS = "/apis/atk.io/v1/namespaces/default/anys";

let fixture: ServerFixture;
const ask = (path: string, parts: RequestParts) => fixture.request(path, parts);
const patch = (name: string, kind: string, body: unknown, query = "") =>
  ask(`${ANYS}/${name}${query}`, {
    method: "PATCH",
    body: JSON.stringify(body),
    headers: { "content-type": `application/${kind}` },
  });

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

const definition = (kind: string, spec: object) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${kind.toLowerCase()}s.atk.io` },
  spec: {
    group: "atk.io",
    scope: "Namespaced",
    names: { kind, plural: `${kind.toLowerCase()}s` },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
      },
    ],
  },
});
const free = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const any = (name: string, spec: unknown) => ({
  apiVersion: "atk.io/v1",
  kind: "Any",
  metadata: { name },
  spec,
});

beforeAll(async () => {
  fixture = await serverFixture();
  expect((await ask(CRDS, { method: "POST", body: definition("Any", free) })).code).toBe(201);
  expect((await ask(ANYS, { method: "POST", body: any("a", { a: {} }) })).code).toBe(201);
});
afterAll(() => fixture.stop());

describe("depth", () => {
  test("an object of the greatest depth is kept, and comes back through every verb", async () => {
    const deepest = any("deepest", { a: nested(MAX_DEPTH - 2) });
    expect((await ask(ANYS, { method: "POST", body: deepest })).code).toBe(201);
    const read = await ask(`${ANYS}/deepest`, {});
    expect((await ask(`${ANYS}/deepest`, { method: "PUT", body: read.text })).code).toBe(200);
    const labels = { metadata: { labels: { a: "b" } } };
    expect((await patch("deepest", "merge-patch+json", labels)).code).toBe(200);
    const applied = await patch("deepest", "apply-patch+yaml", any("deepest", { b: 1 }), "?fieldManager=f");
    expect(applied.code).toBe(200);
    expect((await ask(`${ANYS}/deepest`, { method: "DELETE" })).code).toBe(200);
  });

  test.each([
    MAX_DEPTH + 1,
    3_000,
    12_000,
    1_000_000,
  ])("%i levels are refused by every way in", async (levels) => {
    const deep = "[".repeat(levels) + "]".repeat(levels);
    const body = JSON.stringify(any("deep", "@")).replace('"@"', `{"a":${deep}}`);
    const told = { code: 400, json: { message: expect.stringMatching(/256 levels|limit for YAML/) } };
    expect(await ask(ANYS, { method: "POST", body })).toMatchObject(told);
    const yaml = { "content-type": "application/yaml" };
    expect(await ask(ANYS, { method: "POST", body: `# YAML\n${body}`, headers: yaml })).toMatchObject({
      code: 400,
    });
    for (const kind of ["merge-patch+json", "apply-patch+yaml", "json-patch+json"]) {
      const sent = kind === "json-patch+json" ? `[{"op":"add","path":"/spec/b","value":${deep}}]` : body;
      const answer = await ask(`${ANYS}/a?fieldManager=x`, {
        method: "PATCH",
        body: sent,
        headers: { "content-type": `application/${kind}` },
      });
      expect(answer).toMatchObject(
        levels === MAX_DEPTH + 1 ? { code: expect.toSatisfy((code) => code === 400 || code === 422) } : told,
      );
    }
    expect((await ask(MAPS, { method: "POST", body: "{}" })).code).toBe(422);
  });

  test("a schema that is nested too deeply is refused, its default too", async () => {
    const deepDefault = definition("Deep", { ...free, default: nested(300) });
    expect(await ask(CRDS, { method: "POST", body: deepDefault })).toMatchObject({ code: 400 });
  });

  test("operations that together nest too deeply are refused", async () => {
    const half = nested(150);
    const operations = [
      { op: "add", path: "/spec/x", value: half },
      { op: "add", path: "/spec/y", value: { in: half } },
      { op: "move", from: "/spec/x", path: `/spec/y/in${"/0/a".repeat(70)}` },
    ];
    expect(await patch("a", "json-patch+json", operations)).toMatchObject({ code: 413 });
  });
});

describe("what is passed over", () => {
  const warningsOf = (answer: { headers: Readonly<Record<string, unknown>> }) =>
    String(answer.headers.warning ?? "");

  test("a field that is there twice, and a number that is kept as another one, are warnings by default", async () => {
    const body = `{"apiVersion":"atk.io/v1","kind":"Any","metadata":{"name":"w"},"spec":{"b":1,"b":9007199254740993}}`;
    const warned = await ask(`${ANYS}?dryRun=All`, { method: "POST", body });
    expect(warned.code).toBe(201);
    expect(warningsOf(warned)).toContain('duplicate field \\"spec.b\\"');
    expect(warningsOf(warned)).toContain("is kept as 9007199254740992");
    const strict = await ask(`${ANYS}?dryRun=All&fieldValidation=Strict`, { method: "POST", body });
    expect(strict).toMatchObject({
      code: 400,
      json: { message: expect.stringContaining("duplicate field") },
    });
    const ignored = await ask(`${ANYS}?dryRun=All&fieldValidation=Ignore`, { method: "POST", body });
    expect(warningsOf(ignored)).toBe("");
  });

  test("of very many unknown fields a few are reported and the rest is counted", async () => {
    const fields = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`unknown${i}`, i]));
    const answer = await ask(MAPS, { method: "POST", body: { metadata: { name: "many" }, ...fields } });
    expect(answer.code).toBe(201);
    expect(warningsOf(answer).length).toBeLessThan(8_000);
    expect(warningsOf(answer)).toMatch(/and \d+ more of the same/);
  });

  test("a number that is infinite in JavaScript is refused, and a time that no calendar has", async () => {
    const body = `{"apiVersion":"atk.io/v1","kind":"Any","metadata":{"name":"i"},"spec":{"n":1e400}}`;
    expect(await ask(ANYS, { method: "POST", body })).toMatchObject({
      code: 400,
      json: { message: expect.stringContaining("1e400") },
    });
  });
});

describe("how much", () => {
  test("too many values are refused before they are parsed", async () => {
    const body = `{"a":[${"1,".repeat(MAX_VALUES)}1]}`;
    for (const type of ["application/json", "application/yaml"]) {
      const answer = await ask(MAPS, { method: "POST", body, headers: { "content-type": type } });
      expect(answer).toMatchObject({
        code: 413,
        json: { message: expect.stringContaining(String(MAX_VALUES)) },
      });
    }
  });

  test("long YAML is read elsewhere, and what is wrong with it is reported alike", async () => {
    const headers = { "content-type": "application/yaml" };
    const text = (data: string) => `metadata: {name: long}\ndata:\n${data}`;
    const lines = Array.from({ length: 2_000 }, (_, i) => `  key${i}: value`);
    const made = await ask(`${MAPS}?dryRun=All`, { method: "POST", body: text(lines.join("\n")), headers });
    expect(made).toMatchObject({ code: 201, json: { data: { key1999: "value" } } });
    const twice = text([...lines, "  key7: again"].join("\n"));
    const strict = await ask(`${MAPS}?fieldValidation=Strict`, { method: "POST", body: twice, headers });
    expect(strict).toMatchObject({
      code: 400,
      json: { message: expect.stringContaining('line 2003: key "key7" already set in map') },
    });
    expect(await ask(MAPS, { method: "POST", body: "- ".repeat(50_000), headers })).toMatchObject({
      code: 400,
    });
  });

  test("defaults of a schema do not make an object of any size", async () => {
    const item = { type: "object", properties: { d: { ...free, default: { text: "x".repeat(100_000) } } } };
    const listed = { type: "object", properties: { l: { type: "array", items: item } } };
    expect((await ask(CRDS, { method: "POST", body: definition("Big", listed) })).code).toBe(201);
    const body = {
      apiVersion: "atk.io/v1",
      kind: "Big",
      metadata: { name: "b" },
      spec: { l: Array.from({ length: 10_000 }, () => ({})) },
    };
    expect(await ask("/apis/atk.io/v1/namespaces/default/bigs", { method: "POST", body })).toMatchObject({
      code: 413,
      json: { message: expect.stringContaining("defaults") },
    });
  });

  test("faults are worded up to a hundred, however many there are", async () => {
    const finalizers = Array.from({ length: 50_000 }, () => "a b");
    const answer = await ask(MAPS, { method: "POST", body: { metadata: { name: "f", finalizers } } });
    expect(answer.code).toBe(422);
    expect((answer.json.details as { causes: unknown[] }).causes.length).toBeLessThanOrEqual(101);
  });
});
