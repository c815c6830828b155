/**
 * One target for each thing that reads what a client sends. Each returns what it read, or throws a refusal.
 */
import { parseBody } from "../../../src/apiserver/http/body.ts";
import { parseFieldSelector } from "../../../src/apiserver/reads/field-selector.ts";
import { parseLabelSelector } from "../../../src/apiserver/reads/label-selector.ts";
import { list } from "../../../src/apiserver/reads/list.ts";
import { verbsFixture } from "../../../src/apiserver/testing/verbs-fixture.ts";
import { ManualClock } from "../../../src/kernel/index.ts";
import { anyValue, mutated, mutatedBytes } from "./inputs.ts";
import { jsonPatch, merge, serverSideApply, strategic } from "./patch-targets.ts";
import type { Read, Target } from "./read.ts";
import { cel, pattern, schema } from "./schema-targets.ts";

const clock = new ManualClock();
const JSON_PARTS = [
  "{",
  "}",
  "[",
  "]",
  '"',
  ":",
  ",",
  "\\",
  "\\u0000",
  "1e400",
  "9007199254740993",
  "null",
  '"a":1,',
  "[[",
  '"',
];
const YAML_PARTS = [
  "- ",
  "? ",
  ": ",
  "&a ",
  "*a",
  "[",
  "]",
  "{",
  "}",
  "\n",
  "  ",
  "|",
  ">",
  "#",
  "!!str ",
  "<<: ",
  "---\n",
  "'",
  '"',
  "%",
];
const GOOD = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "a",
    labels: { a: "b" },
    finalizers: ["a.b/c"],
    ownerReferences: [{ uid: "1", name: "o" }],
  },
  data: { key: "value", other: "1" },
};
const GOOD_YAML =
  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: &n a\n  labels: {a: *n}\ndata:\n  text: |\n    x\n";

async function body(text: string, mediaType: string): Promise<Read> {
  const { value, remarks } = await parseBody(Buffer.from(text), mediaType, { clock });
  return { size: text.length, value: { value, remarks } };
}

const field = (number: number, content: Buffer | string) => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const meta = Buffer.concat([
  field(1, "a"),
  field(8, Buffer.from([0x08, 0x80, 0xf2, 0xd6, 0xca, 0x06])),
  field(11, Buffer.concat([field(1, "k"), field(2, "v")])),
  field(13, Buffer.concat([field(4, "uid"), Buffer.from([0x30, 1])])),
  field(14, "a/b"),
  field(17, field(7, field(1, '{"f:data":{}}'))),
]);
const PROTOBUF = Buffer.concat([
  Buffer.from("k8s\0"),
  field(1, Buffer.concat([field(1, "v1"), field(2, "ConfigMap")])),
  field(
    2,
    Buffer.concat([field(1, meta.subarray(0, 100)), field(2, Buffer.concat([field(1, "k"), field(2, "v")]))]),
  ),
]);

const SELECTOR_PARTS = [
  ",",
  "=",
  "==",
  "!=",
  "!",
  " in ",
  " notin ",
  "(",
  ")",
  "a",
  "é",
  " ",
  "\\",
  ">",
  "<",
  "1",
  "/",
];

export async function targets(): Promise<Readonly<Record<string, Target>>> {
  const fixture = await verbsFixture();
  return {
    "a JSON body": (draw) =>
      body(
        mutated(draw, JSON.stringify(draw.chance(0.5) ? GOOD : anyValue(draw)), JSON_PARTS),
        "application/json",
      ),
    "a YAML body": (draw) => body(mutated(draw, GOOD_YAML, YAML_PARTS).slice(0, 4_000), "application/yaml"),
    "a protobuf body": async (draw) => {
      const bytes = mutatedBytes(draw, PROTOBUF);
      const { value } = await parseBody(bytes, "application/vnd.kubernetes.protobuf", { clock });
      return { size: bytes.length, value };
    },
    "a label selector": (draw) => {
      const text = mutated(draw, "a=b,c in (d, e),!f,g>1", SELECTOR_PARTS);
      return { size: text.length, value: parseLabelSelector(text)?.({ a: "b", c: "d", g: "2" }) };
    },
    "a field selector": (draw) => {
      const text = mutated(draw, "metadata.name=a,metadata.namespace!=b", SELECTOR_PARTS);
      const selector = parseFieldSelector(fixture.widgets, text);
      return { size: text.length, value: selector?.matches(GOOD as never) };
    },
    "a continue token": async (draw) => {
      const token = mutated(draw, '{"v":"meta.k8s.io/v1","rv":1,"ns":"","start":"a"}', JSON_PARTS);
      const encoded = draw.chance(0.9) ? Buffer.from(token).toString("base64url") : token;
      const request = fixture.request(
        "",
        `limit=1&continue=${encodeURIComponent(encoded.replaceAll(/[\ud800-\udfff]/g, ""))}`,
      );
      return { size: encoded.length, value: (await list(fixture.context, request)).continue };
    },
    "a JSON patch": jsonPatch,
    "a merge patch": merge,
    "a strategic merge patch": strategic,
    "a server-side apply": serverSideApply,
    "a pattern": pattern,
    "a CEL expression": cel,
    "a schema and an object of it": schema,
  };
}
