/** A1, A2: what is nested deeper than any reader follows. */
import { played } from "../answers.ts";
import { ANYS, CONFIG_MAPS, CRDS, configMap, definition, patch, post } from "../any-kind.ts";
import type { Attacker, Sent } from "../attacker.ts";
import { field, META, PROTOBUF, protobufConfigMap } from "../protobuf-body.ts";
import { type Row, TARGET_MS } from "../row.ts";

type Shape = "arrays" | "objects" | "mixed";

const PAIRS: Readonly<Record<Shape, readonly [string, string]>> = {
  arrays: ["[", "]"],
  objects: ['{"a":', "}"],
  mixed: ['[{"a":', "}]"],
};

/** JSON, and flow-style YAML. */
export function nested(depth: number, shape: Shape = "arrays"): string {
  const [open, close] = PAIRS[shape];
  const times = shape === "mixed" ? depth / 2 : depth;
  return `${open.repeat(times)}1${close.repeat(times)}`;
}

const anyText = (name: string, value: string) =>
  `{"apiVersion":"atk.io/v1","kind":"Any","metadata":{"name":"${name}"},"spec":{"a":${value}}}`;

/** What is made first, for a patch to work on. */
async function makeAny(attacker: Attacker): Promise<string> {
  const name = attacker.name();
  await attacker.prepare(post(ANYS, anyText(name, '{"b":1}')));
  return `${ANYS}/${name}`;
}

function deepRow(id: string, what: string, sent: (attacker: Attacker) => Promise<Sent> | Sent): Row {
  return {
    id: `A1-${id}`,
    kind: "depth",
    what,
    limitMs: TARGET_MS,
    play: async (attacker) => played(await attacker.send(await sent(attacker))),
  };
}

const DEPTHS = [1_900, 5_000, 12_000, 1_000_000];
const SHAPES: readonly Shape[] = ["arrays", "objects", "mixed"];

const created: readonly Row[] = DEPTHS.flatMap((depth) =>
  SHAPES.filter((shape) => depth < 1e6 || shape === "arrays").map((shape) =>
    deepRow(`json-${shape}-${depth}`, `an object whose spec is ${depth} ${shape} deep`, (attacker) =>
      post(ANYS, anyText(attacker.name(), nested(depth, shape))),
    ),
  ),
);

const inYaml: readonly Row[] = [
  deepRow("yaml-flow-5000", "YAML with 5,000 brackets", (attacker) =>
    post(ANYS, anyText(attacker.name(), nested(5_000)), { type: "application/yaml" }),
  ),
  deepRow("yaml-flow-1000000", "YAML with a million brackets", (attacker) =>
    post(ANYS, anyText(attacker.name(), nested(1e6)), { type: "application/yaml" }),
  ),
  deepRow("yaml-dashes-12000", "YAML with 12,000 lists in a line", (attacker) => {
    const text = `apiVersion: atk.io/v1\nkind: Any\nmetadata: {name: ${attacker.name()}}\nspec:\n  a:\n    ${"- ".repeat(12_000)}1\n`;
    return post(ANYS, text, { type: "application/yaml" });
  }),
  deepRow("yaml-indents-2000", "YAML indented 2,000 times", (attacker) => {
    const lines = Array.from({ length: 2_000 }, (_, i) => `${" ".repeat(i + 2)}a:`).join("\n");
    const text = `apiVersion: atk.io/v1\nkind: Any\nmetadata: {name: ${attacker.name()}}\nspec:\n${lines} 1\n`;
    return post(ANYS, text, { type: "application/yaml" });
  }),
];

const inPatches: readonly Row[] = [
  deepRow("json-patch-value-6000", "a JSON patch that adds 6,000 brackets", async (attacker) => {
    const path = await makeAny(attacker);
    return patch(path, `[{"op":"add","path":"/spec/c","value":${nested(6_000)}}]`, "json");
  }),
  deepRow("json-patch-built", "JSON patches that nest what is there, 12 × 1,000 levels", async (attacker) => {
    const path = await makeAny(attacker);
    const steps = Array.from({ length: 12 }, (_, i) => {
      const from = JSON.stringify(i === 0 ? "/spec/a" : "/spec/t");
      return `{"op":"add","path":"/spec/u","value":${nested(1_000, "objects")}},{"op":"copy","from":${from},"path":"/spec/u${"/a".repeat(1_000)}"},{"op":"move","from":"/spec/u","path":"/spec/t"}`;
    });
    return patch(path, `[${steps.join(",")}]`, "json");
  }),
  deepRow("json-patch-pointer", "a pointer of 100,000 tokens", async (attacker) => {
    const path = await makeAny(attacker);
    return patch(path, `[{"op":"add","path":"/spec${"/a".repeat(100_000)}","value":1}]`, "json");
  }),
  deepRow("merge-patch-12000", "a merge patch 12,000 deep", async (attacker) => {
    const path = await makeAny(attacker);
    return patch(path, `{"spec":${nested(12_000, "objects")}}`, "merge");
  }),
  deepRow("strategic-patch-12000", "a strategic merge patch 12,000 deep", async (attacker) => {
    const name = attacker.name();
    await attacker.prepare(post(CONFIG_MAPS, configMap(name, { a: "b" })));
    return patch(`${CONFIG_MAPS}/${name}`, `{"data":${nested(12_000, "objects")}}`, "strategic");
  }),
  deepRow("apply-6000", "an applied object 6,000 deep", (attacker) => {
    const name = attacker.name();
    return patch(`${ANYS}/${name}`, anyText(name, nested(6_000, "objects")), "apply");
  }),
  deepRow("apply-lists-6000", "an applied object of 6,000 lists", (attacker) => {
    const name = attacker.name();
    return patch(`${ANYS}/${name}`, anyText(name, nested(6_000)), "apply");
  }),
];

const managed = (fieldsV1: string) =>
  `[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":${fieldsV1}}]`;

const elsewhere: readonly Row[] = [
  deepRow("config-map-unknown-9000", "a ConfigMap with an unknown field 9,000 deep", (attacker) =>
    post(
      CONFIG_MAPS,
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${attacker.name()}"},"x":${nested(9_000, "objects")}}`,
    ),
  ),
  deepRow("managed-fields-9000", "managedFields 9,000 deep", (attacker) =>
    post(
      CONFIG_MAPS,
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${attacker.name()}","managedFields":${managed(nested(9_000, "objects"))}}}`,
    ),
  ),
  deepRow("protobuf-json-9000", "protobuf whose managedFields hold JSON 9,000 deep", (attacker) => {
    const entry = Buffer.concat([
      field(1, "m"),
      field(6, "FieldsV1"),
      field(7, field(1, nested(9_000, "objects"))),
    ]);
    return post(CONFIG_MAPS, protobufConfigMap(attacker.name(), [field(META.managedFields, entry)], []), {
      type: PROTOBUF,
    });
  }),
  deepRow("crd-default-9000", "a CRD with a default 9,000 deep", () => {
    const text = JSON.stringify(
      definition("deepdefaults", {
        type: "object",
        properties: { a: { "x-kubernetes-preserve-unknown-fields": true, default: "HERE" } },
      }),
    );
    return post(CRDS, text.replace('"HERE"', nested(9_000)));
  }),
  deepRow("crd-schema-5000", "a CRD whose schema is 5,000 levels of properties", () => {
    const text = JSON.stringify(definition("deepschemas", "HERE" as unknown as object));
    const open = '{"type":"object","properties":{"a":'.repeat(5_000);
    return post(CRDS, text.replace('"HERE"', `${open}{"type":"string"}${"}}".repeat(5_000)}`));
  }),
  deepRow("crd-schema-not-5000", "a CRD whose schema is 5,000 times `not`", () => {
    const text = JSON.stringify(definition("deepnots", { type: "object", not: "HERE" }));
    return post(CRDS, text.replace('"HERE"', `${'{"not":'.repeat(5_000)}{}${"}".repeat(5_000)}`));
  }),
  deepRow("delete-options-12000", "delete options 12,000 deep", async (attacker) => {
    const path = await makeAny(attacker);
    return { method: "DELETE", path, body: `{"preconditions":${nested(12_000)}}` };
  }),
  deepRow("review-12000", "an access review 12,000 deep", () =>
    post(
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      `{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":${nested(12_000)}}}`,
    ),
  ),
  deepRow("continue-8000", "a continue token that holds JSON 8,000 deep", () => {
    const token = Buffer.from(nested(6_000)).toString("base64url");
    return { path: `${CONFIG_MAPS}?limit=1&continue=${token}` };
  }),
  deepRow("read-after", "an object of 1,900 levels read as YAML, table and in a list", async (attacker) => {
    const name = attacker.name();
    await attacker.send(post(ANYS, anyText(name, nested(1_900, "objects"))));
    await attacker.send({ path: ANYS, accept: "application/yaml" });
    await attacker.send({ path: ANYS, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
    return { path: `${ANYS}/${name}`, accept: "application/yaml" };
  }),
];

export const DEPTH_ROWS: readonly Row[] = [...created, ...inYaml, ...inPatches, ...elsewhere];
