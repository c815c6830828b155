import { expect, test } from "vitest";
import type { ServedResource } from "../../kinds/resource.ts";
import { verbsFixture } from "../../testing/verbs-fixture.ts";
import { KindTexts } from "./kind-texts.ts";
import { OpenApiV2Text, openApiV2 } from "./openapi-v2.ts";
import { OpenApiV3 } from "./openapi-v3.ts";

async function kinds(count: number): Promise<ServedResource[]> {
  const { widgets } = await verbsFixture();
  return Array.from({ length: count }, (_, i) => ({ ...widgets, plural: `w${i}s`, kind: `W${i}` }));
}

test("a kind is read once until it is no longer served", async () => {
  const made: string[] = [];
  const [a, b] = (await kinds(2)) as [ServedResource, ServedResource];
  const texts = new KindTexts(({ kind }) => {
    made.push(kind);
    return { [kind]: {} };
  });
  for (const each of [a, b, a, b]) texts.of(each);
  expect(made).toEqual(["W0", "W1"]);
  texts.keepOnly(new Set([b]));
  for (const each of [a, b]) texts.of(each);
  expect(made).toEqual(["W0", "W1", "W0"]);
});

test("however large kinds are, and however many, what is kept of them is bounded", async () => {
  const texts = new KindTexts(({ kind }) => ({ [kind]: { description: "d".repeat(200_000) } }));
  const huge = new KindTexts(({ kind }) => ({ [kind]: { description: "d".repeat(3_000_000) } }));
  for (const each of await kinds(100)) texts.of(each);
  for (const each of await kinds(3)) huge.of(each);
  expect(texts.kept).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(texts.kept).toBeGreaterThan(4 * 1024 * 1024);
  expect(huge.kept).toBe(0);
});

test("OpenAPI v2 in pieces is the document", async () => {
  const all = await kinds(3);
  const text = [...new OpenApiV2Text("v1").pieces(all)].join("");
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(openApiV2(all, "v1"))));
});

test("a document of OpenAPI v3 has another hash when one of its kinds changes, and the same when another group does", async () => {
  const [a, b] = (await kinds(2)) as [ServedResource, ServedResource];
  const other = { ...b, group: "other.example.com" };
  const documents = new OpenApiV3("v1");
  const hashOf = (...served: ServedResource[]) => {
    documents.serve(served);
    return documents.document("apis/example.com/v1")?.hash;
  };
  const hash = hashOf(a, other);
  expect(hash).toMatch(/^[0-9A-F]{128}$/);
  expect(hashOf(a, { ...other, kind: "Changed" })).toBe(hash);
  expect(hashOf(a, b, other)).not.toBe(hash);
  expect(hashOf({ ...a, schema: { type: "object", description: "changed" } })).not.toBe(hash);
  expect(JSON.parse([...(documents.document("apis/example.com/v1")?.pieces() ?? [])].join(""))).toMatchObject(
    {
      openapi: "3.0.0",
      components: { schemas: { "com.example.v1.W0": { description: "changed" } } },
    },
  );
});
