/** Schemas that are large or odd, and values that cost more under them than they are long. */
import { codesOf, played } from "../answers.ts";
import { ANYTHING, CRDS, definition, objectOf, pathOf, post } from "../any-kind.ts";
import type { Answer } from "../attacker.ts";
import { defineUnlessRefused, type KindAttack, kindRow } from "../kind-attack.ts";
import { type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const properties = (count: number, schema: object) =>
  Object.fromEntries(times(count, (i) => [`p${i}`, schema]));
const object = (of: object) => ({ type: "object", properties: of });
const LIST_MAP = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["k"],
  items: { type: "object", required: ["k"], properties: { k: { type: "string" } } },
};

const attacks: readonly KindAttack[] = [
  {
    id: "S-properties-50000",
    what: "a schema of 50,000 properties",
    schema: () => object(properties(50_000, { type: "string", default: "x" })),
    specs: () => [{}, {}],
  },
  {
    id: "S-enum-lists",
    what: "an enum of 50,000 over a list of 100,000",
    schema: () =>
      object({ a: { type: "array", items: { type: "string", enum: times(50_000, (i) => `e${i}`) } } }),
    specs: () => [{ a: times(100_000, () => "no") }],
  },
  {
    id: "S-enum-objects",
    what: "an enum of 5,000 objects over as many",
    schema: () =>
      object({
        a: {
          type: "array",
          items: {
            "x-kubernetes-preserve-unknown-fields": true,
            type: "object",
            enum: times(5_000, (i) => ({ x: i })),
          },
        },
      }),
    specs: () => [{ a: times(5_000, (i) => ({ x: -i })) }],
  },
  {
    id: "S-set-300000",
    what: "a set of 300,000 elements",
    schema: () =>
      object({ a: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } } }),
    specs: () => [{ a: times(300_000, String) }],
  },
  {
    id: "S-set-doubles",
    what: "a set of 300,000 equal elements",
    schema: () =>
      object({ a: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } } }),
    specs: () => [{ a: times(300_000, () => "x") }],
  },
  {
    id: "S-set-objects",
    what: "a set of 50,000 objects",
    schema: () =>
      object({
        a: {
          type: "array",
          "x-kubernetes-list-type": "set",
          items: {
            type: "object",
            "x-kubernetes-map-type": "atomic",
            properties: { x: { type: "integer" } },
          },
        },
      }),
    specs: () => [{ a: times(50_000, (i) => ({ x: i })) }],
  },
  {
    id: "S-unique-items",
    what: "uniqueItems over 30,000 objects",
    schema: () => object({ a: { type: "array", uniqueItems: true, items: ANYTHING } }),
    specs: () => [{ a: times(30_000, (x) => ({ x })) }],
  },
  {
    id: "S-list-map-100000",
    what: "a list of 100,000 by key",
    schema: () => object({ a: LIST_MAP }),
    specs: () => [{ a: times(100_000, (i) => ({ k: `k${i}` })) }],
  },
  {
    id: "S-list-map-doubles",
    what: "a list of 100,000 with one key",
    schema: () => object({ a: LIST_MAP }),
    specs: () => [{ a: times(100_000, () => ({ k: "k" })) }],
  },
  {
    id: "S-required-20000",
    what: "20,000 required fields, in 200 objects without them",
    schema: () =>
      object({ a: { type: "array", items: { type: "object", required: times(20_000, (i) => `r${i}`) } } }),
    specs: () => [{ a: times(200, () => ({})) }],
  },
  {
    id: "S-wrong-types",
    what: "500,000 elements of the wrong type",
    schema: () => object({ a: { type: "array", items: { type: "string" } } }),
    specs: () => [{ a: times(500_000, () => 1) }],
  },
  {
    id: "S-all-of-5000",
    what: "5,000 times allOf over 1,000 elements",
    schema: () =>
      object({
        a: { type: "array", items: { type: "integer", allOf: times(5_000, (i) => ({ maximum: i })) } },
      }),
    specs: () => [{ a: times(1_000, (i) => i) }],
  },
  {
    id: "S-one-of",
    what: "oneOf in anyOf in not, 4 deep with 10 each",
    schema: () => object({ a: { type: "integer", ...choices(4) } }),
    specs: () => [{ a: 5 }],
  },
  {
    id: "S-nested-lists",
    what: "defaults in lists of lists",
    schema: () =>
      object({
        a: {
          type: "array",
          items: {
            type: "array",
            items: object(properties(200, { type: "string", default: "x".repeat(100) })),
          },
        },
      }),
    specs: () => [{ a: times(100, () => times(200, () => ({}))) }],
  },
  {
    id: "S-default-1mb",
    what: "a default of 1 MB in each of 1,000 elements",
    schema: () =>
      object({
        a: { type: "array", items: object({ d: { type: "string", default: "x".repeat(1_000_000) } }) },
      }),
    specs: () => [{ a: times(1_000, () => ({})) }],
  },
  {
    id: "S-multiple-of",
    what: "multiples of the smallest number",
    schema: () => object({ a: { type: "array", items: { type: "number", multipleOf: 5e-324 } } }),
    specs: () => [{ a: times(100_000, (i) => i / 7) }],
  },
  {
    id: "S-max-length",
    what: "lengths of 300 texts that have letters of four bytes",
    schema: () => object({ a: { type: "array", items: { type: "string", maxLength: 10 } } }),
    specs: () => [{ a: times(300, () => "😀".repeat(2_000)) }],
  },
  {
    id: "S-additional",
    what: "additionalProperties with 200,000 keys",
    schema: () => object({ a: { type: "object", additionalProperties: { type: "string", minLength: 5 } } }),
    specs: () => [{ a: Object.fromEntries(times(200_000, (i) => [`k${i}`, "v"])) }],
  },
  {
    id: "S-pruned",
    what: "200,000 keys that are pruned",
    schema: () => object({}),
    specs: () => [Object.fromEntries(times(200_000, (i) => [`k${i}`, "v"]))],
  },
  {
    id: "S-proto-names",
    what: "properties called __proto__, constructor, toString",
    schema: () =>
      JSON.parse(
        '{"type":"object","properties":{"__proto__":{"type":"string","default":"x"},"constructor":{"type":"string"},"toString":{"type":"integer","default":5}}}',
      ) as object,
    specs: () => [{}, JSON.parse('{"__proto__":5,"constructor":{"prototype":{}}}')],
  },
  {
    id: "S-columns-500",
    what: "500 columns over 30 objects as a Table",
    schema: () => ANYTHING,
    version: () => ({
      additionalPrinterColumns: times(500, (i) => ({
        name: `c${i}`,
        type: "string",
        jsonPath: ".spec.a[*].b",
      })),
    }),
    specs: () => times(30, () => ({ a: times(500, () => ({ b: "x" })) })),
    listedAs: TABLE,
  },
  {
    id: "S-column-paths",
    what: "columns that look for everything below",
    schema: () => ANYTHING,
    version: () => ({
      additionalPrinterColumns: times(20, (i) => ({
        name: `c${i}`,
        type: "string",
        jsonPath: ".spec..a..b..c",
      })),
    }),
    specs: () => [{ a: times(300, () => ({ a: times(100, () => ({ b: { c: 1 } })) })) }],
    listedAs: TABLE,
  },
  {
    id: "S-column-path-long",
    what: "a column whose path is 300,000 letters long",
    schema: () => ANYTHING,
    version: () => ({
      additionalPrinterColumns: [
        { name: "c", type: "string", jsonPath: ".a".repeat(150_000) },
        { name: "d", type: "string", jsonPath: "[".repeat(300_000) },
      ],
    }),
    specs: () => [{ a: 1 }],
    listedAs: TABLE,
  },
  {
    id: "S-selectable-fields",
    what: "100 selectable fields",
    schema: () => object(properties(100, { type: "string" })),
    version: () => ({ selectableFields: times(100, (i) => ({ jsonPath: `.spec.p${i}` })) }),
    specs: () => [{ p1: "a" }],
  },
  {
    id: "S-scale",
    what: "a scale whose paths lead to odd places",
    schema: () => ANYTHING,
    version: () => ({
      subresources: {
        scale: {
          specReplicasPath: ".spec.__proto__.constructor",
          statusReplicasPath: ".status.a",
          labelSelectorPath: ".status.b",
        },
        status: {},
      },
    }),
    specs: () => [{ a: 1 }],
  },
];

function choices(depth: number): object {
  if (depth === 0) return { minimum: 3 };
  const each = () => choices(depth - 1);
  return depth % 2 === 0 ? { oneOf: times(10, each) } : { anyOf: [...times(9, each), { not: each() }] };
}

const crdBody = (names: object) => {
  const crd = definition("oddnames", ANYTHING) as unknown as { spec: { names: object } };
  return { ...crd, spec: { ...crd.spec, names: { ...crd.spec.names, ...names } } };
};

const definitions: readonly Row[] = [
  {
    id: "S-names",
    kind: "schema",
    what: "kinds with 100,000 short names, categories and names like __proto__",
    limitMs: TARGET_MS,
    play: async (attacker) =>
      played(
        await attacker.send(post(CRDS, crdBody({ shortNames: times(100_000, (i) => `s${i}`) }))),
        await attacker.send(post(CRDS, crdBody({ categories: times(100_000, (i) => `c${i}`) }))),
        await attacker.send(post(CRDS, definition("__proto__", ANYTHING))),
        await attacker.send(post(CRDS, { ...definition("x", ANYTHING), spec: null })),
        await attacker.send(post(CRDS, { ...definition("x", ANYTHING), spec: { versions: [null, 5] } })),
        await attacker.send(
          post(CRDS, {
            ...definition("x", ANYTHING),
            spec: { ...definition("x", ANYTHING).spec, versions: times(20_000, () => ({ name: "v1" })) },
          }),
        ),
      ),
  },
  {
    id: "S-versions-500",
    kind: "schema",
    what: "a kind of 500 versions",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const crd = definition("versioneds", ANYTHING);
      const versions = times(500, (i) => ({ ...crd.spec.versions[0], name: `v${i + 1}`, storage: i === 0 }));
      return played(await defineUnlessRefused(attacker, { ...crd, spec: { ...crd.spec, versions } }));
    },
  },
  {
    id: "S-conversion",
    kind: "schema",
    what: "a kind that is converted by a webhook that there is not",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const crd = definition("converteds", ANYTHING);
      const versions = [crd.spec.versions[0] ?? {}, { ...crd.spec.versions[0], name: "v2", storage: false }];
      const webhook = { clientConfig: { url: "https://127.0.0.1:1/" }, conversionReviewVersions: ["v1"] };
      const spec = { ...crd.spec, versions, conversion: { strategy: "Webhook", webhook } };
      const answers = [await defineUnlessRefused(attacker, { ...crd, spec })];
      answers.push(
        await attacker.send(post(pathOf("converteds"), objectOf("converteds", attacker.name(), { a: 1 }))),
      );
      answers.push(await attacker.send({ path: pathOf("converteds").replace("v1", "v2") }));
      return { answer: codesOf(answers) };
    },
  },
  {
    id: "S-200-kinds",
    kind: "schema",
    what: "200 kinds at once, and the OpenAPI documents after each ten",
    limitMs: TARGET_MS,
    takesMinutes: true,
    play: async (attacker) => {
      const answers: Answer[] = [];
      for (let i = 0; i < 200; i += 10) {
        const schema = object(properties(300, { type: "string", description: "d".repeat(20) }));
        const made = times(10, (n) => attacker.send(post(CRDS, definition(`flock${i + n}s`, schema))));
        answers.push(...(await Promise.all(made)));
        answers.push(await attacker.send({ path: "/openapi/v2" }));
        answers.push(await attacker.send({ path: "/openapi/v3/apis/atk.io/v1" }));
        answers.push(await attacker.send({ path: "/apis/atk.io/v1" }));
      }
      return played(...answers);
    },
  },
  {
    id: "S-openapi-3mb",
    kind: "schema",
    what: "a kind whose schema takes 2.5 MB, changed ten times, and OpenAPI in both versions after each",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const schema = object(properties(20_000, { type: "string", description: "d".repeat(80) }));
      const answers = [await defineUnlessRefused(attacker, definition("larges", schema))];
      for (let i = 0; i < 10; i++) {
        const body = {
          metadata: { annotations: { n: String(i) } },
          spec: { names: { shortNames: [`l${i}`] } },
        };
        const path = `${CRDS}/larges.atk.io`;
        answers.push(
          await attacker.send({ method: "PATCH", path, body, type: "application/merge-patch+json" }),
        );
        answers.push(await attacker.send({ path: "/openapi/v2" }));
        answers.push(await attacker.send({ path: "/openapi/v3/apis/atk.io/v1" }));
      }
      return played(...answers);
    },
  },
];

export const SCHEMA_ROWS: readonly Row[] = [...attacks.map(kindRow), ...definitions];
