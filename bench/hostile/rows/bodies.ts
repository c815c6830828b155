/** B: bodies that take more time than their size suggests, in each format. */
import { gzipSync } from "node:zlib";
import { played, playedOrCut } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, post } from "../any-kind.ts";
import type { Attacker, Sent } from "../attacker.ts";
import { field, META, numberField, PROTOBUF, protobufConfigMap } from "../protobuf-body.ts";
import { type Kind, type Row, TARGET_MS } from "../row.ts";

export function bodyRow(
  id: string,
  what: string,
  sent: (attacker: Attacker) => Sent,
  kind: Kind = "body",
): Row {
  return {
    id: `B-${id}`,
    kind,
    what,
    limitMs: TARGET_MS,
    play: async (attacker) => played(await attacker.send(sent(attacker))),
  };
}

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const keys = (count: number, value: unknown = 1) => Object.fromEntries(times(count, (i) => [`k${i}`, value]));

const unknownFields: readonly Row[] = [4_000, 17_000, 240_000].flatMap((count) =>
  (["Warn", "Strict", "Ignore"] as const)
    .filter((validation) => count === 240_000 || validation === "Warn")
    .map((validation) =>
      bodyRow(
        `unknown-${validation.toLowerCase()}-${count}`,
        `${count} unknown fields, fieldValidation=${validation}`,
        (attacker) =>
          post(`${CONFIG_MAPS}?fieldValidation=${validation}`, {
            ...configMap(attacker.name(), {}),
            ...keys(count),
          }),
      ),
    ),
);

const unknownElsewhere: readonly Row[] = [
  bodyRow("unknown-metadata", "100,000 unknown fields of metadata", (attacker) =>
    post(CONFIG_MAPS, configMap(attacker.name(), {}, keys(100_000))),
  ),
  bodyRow("unknown-long-names", "200 unknown fields with names of 10,000 characters", (attacker) =>
    post(CONFIG_MAPS, {
      ...configMap(attacker.name(), {}),
      ...Object.fromEntries(times(200, (i) => [`${i}${"n".repeat(10_000)}`, 1])),
    }),
  ),
  bodyRow(
    "unknown-lines",
    "unknown fields whose names have line ends and letters no header takes",
    (attacker) =>
      post(CONFIG_MAPS, { ...configMap(attacker.name(), {}), "a\r\nb": 1, "→\u0000": 1, "\ud800": 1 }),
  ),
  bodyRow("duplicates", "one field 300,000 times", (attacker) =>
    post(
      CONFIG_MAPS,
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${attacker.name()}"},"data":{${'"a":"b",'.repeat(300_000)}"a":"c"}}`,
    ),
  ),
  bodyRow("duplicates-strict", "300,000 fields, each twice, fieldValidation=Strict", (attacker) => {
    const twice = times(75_000, (i) => `"k${i}":"1","k${i}":"2"`).join(",");
    return post(
      `${CONFIG_MAPS}?fieldValidation=Strict`,
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${attacker.name()}"},"data":{${twice}}}`,
    );
  }),
];

const yaml = (text: string) => ({ body: text, type: "application/yaml" });
const yamlAny = (name: string, spec: string) =>
  `apiVersion: atk.io/v1\nkind: Any\nmetadata: {name: ${name}}\nspec:\n${spec}`;

function yamlRow(id: string, what: string, spec: () => string): Row {
  return bodyRow(`yaml-${id}`, what, (attacker) => ({
    method: "POST",
    path: ANYS,
    ...yaml(yamlAny(attacker.name(), spec())),
  }));
}

const yamlBodies: readonly Row[] = [
  ...[2_500, 10_000, 20_000, 250_000].map((count) =>
    yamlRow(`keys-${count}`, `YAML with ${count} keys`, () => times(count, (i) => `  k${i}: 1`).join("\n")),
  ),
  yamlRow(
    "flow-keys",
    "YAML with 100,000 keys in braces",
    () => `  a: {${times(100_000, (i) => `k${i}: 1`).join(", ")}}`,
  ),
  yamlRow("list", "YAML with a list of 400,000", () => `  a:\n${"  - 1\n".repeat(400_000)}`),
  yamlRow(
    "anchors",
    "YAML with 50,000 anchors and as many aliases",
    () => `  a:\n${times(50_000, (i) => `  - &a${i} 1\n  - *a${i}`).join("\n")}`,
  ),
  yamlRow(
    "laughs",
    "a billion laughs",
    () =>
      `  a0: &a0 x\n${times(30, (i) => `  a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`).join("\n")}`,
  ),
  yamlRow(
    "merges",
    "YAML merge keys, one in another",
    () =>
      `  a0: &a0 {x: 1}\n${times(2_000, (i) => `  a${i + 1}: &a${i + 1} {<<: *a${i}, y${i}: 1}`).join("\n")}`,
  ),
  yamlRow("quoted", "a quoted text of 3 MB with escapes", () => `  a: "${"\\u0041".repeat(500_000)}"`),
  yamlRow("folded", "a folded text of a million lines", () => `  a: >-\n${"   x\n".repeat(600_000)}`),
  yamlRow("plain-lines", "a plain text of 600,000 lines", () => `  a: b\n${"    x\n".repeat(500_000)}`),
  yamlRow("comments", "3 MB of comments", () => `${"#\n".repeat(1_500_000)}  a: 1`),
  yamlRow("spaces", "3 MB of blanks", () => `  a: ${" ".repeat(3_000_000)}1`),
  yamlRow("documents", "a million documents", () => `  a: 1\n${"---\n".repeat(700_000)}`),
  yamlRow("tags", "100,000 tags", () => `  a:\n${times(100_000, (i) => `  - !t${i} x`).join("\n")}`),
  yamlRow(
    "key-complex",
    "keys that are lists",
    () => `  ${times(5_000, (i) => `? [${i}]\n  : 1`).join("\n  ")}`,
  ),
  yamlRow("number", "a number of a million digits", () => `  a: ${"1".repeat(1e6)}`),
  yamlRow("sexagesimal", "times of 100,000 parts", () => `  a: 1${":59".repeat(100_000)}`),
  yamlRow("errors", "YAML with 100,000 faults", () => `  a: [${"}, ".repeat(100_000)}`),
  yamlRow("quote-open", "a quote that never ends", () => `  a: "${"x\n  ".repeat(500_000)}`),
];

const proto = (id: string, what: string, body: (name: string) => Buffer) =>
  bodyRow(`protobuf-${id}`, what, (attacker) => post(CONFIG_MAPS, body(attacker.name()), { type: PROTOBUF }));
const entry = (i: number) => Buffer.concat([field(1, `k${i}`), field(2, "v")]);
const repeated = (count: number, of: (i: number) => Buffer) => [Buffer.concat(times(count, of))];

const protobufBodies: readonly Row[] = [
  proto("finalizers-4000", "protobuf with 4,000 finalizers", (name) =>
    protobufConfigMap(
      name,
      repeated(4_000, (i) => field(META.finalizers, `a.io/f${i}`)),
      [],
    ),
  ),
  proto("finalizers-250000", "protobuf with 250,000 finalizers", (name) =>
    protobufConfigMap(
      name,
      repeated(250_000, (i) => field(META.finalizers, `a.io/${i}`)),
      [],
    ),
  ),
  proto("finalizers-empty", "protobuf with 1,500,000 empty finalizers", (name) =>
    protobufConfigMap(
      name,
      repeated(1_500_000, () => field(META.finalizers, "")),
      [],
    ),
  ),
  proto("map-5000", "protobuf with a map of 5,000", (name) =>
    protobufConfigMap(
      name,
      [],
      repeated(5_000, (i) => field(2, entry(i))),
    ),
  ),
  proto("map-200000", "protobuf with a map of 200,000", (name) =>
    protobufConfigMap(
      name,
      [],
      repeated(200_000, (i) => field(2, entry(i))),
    ),
  ),
  proto("labels-200000", "protobuf with 200,000 labels", (name) =>
    protobufConfigMap(
      name,
      repeated(200_000, (i) => field(META.labels, entry(i))),
      [],
    ),
  ),
  proto("owners-500000", "protobuf with 500,000 empty owners", (name) =>
    protobufConfigMap(
      name,
      repeated(500_000, () => field(META.ownerReferences, "")),
      [],
    ),
  ),
  proto("metadata-again", "protobuf with 60,000 times metadata", (name) =>
    protobufConfigMap(
      name,
      [],
      repeated(60_000, () => field(1, field(1, name))),
    ),
  ),
  proto("varints", "protobuf of a million numbers of fields that nobody knows", (name) =>
    protobufConfigMap(
      name,
      [],
      repeated(900_000, () => numberField(15, 1)),
    ),
  ),
  proto("time", "protobuf with a time beyond all times", (name) =>
    protobufConfigMap(name, [field(8, numberField(1, 2 ** 62))], []),
  ),
  proto("nanos", "protobuf with negative nanoseconds", (name) =>
    protobufConfigMap(name, [field(8, Buffer.concat([numberField(1, 5), numberField(2, 2 ** 63)]))], []),
  ),
  proto("keys-proto", "protobuf with the keys __proto__ and constructor", (name) =>
    protobufConfigMap(name, [], [field(2, Buffer.concat([field(1, "__proto__"), field(2, "v")]))]),
  ),
];

const jsonBodies: readonly Row[] = [
  bodyRow("json-keys-250000", "250,000 keys of a spec", (attacker) =>
    post(ANYS, anyObject(attacker.name(), keys(250_000))),
  ),
  bodyRow("json-objects-700000", "700,000 empty objects", (attacker) =>
    post(ANYS, anyObject(attacker.name(), { a: times(700_000, () => ({})) })),
  ),
  bodyRow("json-string-3mb", "a text of 3 MB", (attacker) =>
    post(ANYS, anyObject(attacker.name(), { a: "x".repeat(3_000_000) })),
  ),
  bodyRow("json-string-wide", "a text of 3 MB in letters of four bytes", (attacker) =>
    post(ANYS, anyObject(attacker.name(), { a: "😀".repeat(750_000) })),
  ),
  bodyRow("json-string-escapes", "a text of control characters, six times as long in an answer", (attacker) =>
    post(ANYS, anyObject(attacker.name(), { a: "\u0001".repeat(500_000) })),
  ),
  bodyRow("json-number-3mb", "a number of 3 million digits", (attacker) =>
    post(
      ANYS,
      `{"apiVersion":"atk.io/v1","kind":"Any","metadata":{"name":"${attacker.name()}"},"spec":{"a":${"1".repeat(3_000_000)}}}`,
    ),
  ),
  bodyRow("json-fraction-3mb", "a fraction of 3 million digits", (attacker) =>
    post(
      ANYS,
      `{"apiVersion":"atk.io/v1","kind":"Any","metadata":{"name":"${attacker.name()}"},"spec":{"a":0.${"1".repeat(3_000_000)}}}`,
    ),
  ),
  bodyRow("json-numbers-700000", "700,000 numbers beyond all numbers", (attacker) =>
    post(
      ANYS,
      `{"apiVersion":"atk.io/v1","kind":"Any","metadata":{"name":"${attacker.name()}"},"spec":{"a":[${"1e400,".repeat(400_000)}1]}}`,
    ),
  ),
  bodyRow("json-blanks", "3 MB of blanks", (attacker) =>
    post(
      ANYS,
      `${" ".repeat(3_000_000)}{"apiVersion":"atk.io/v1","kind":"Any","metadata":{"name":"${attacker.name()}"}}`,
    ),
  ),
  bodyRow("json-cut", "3 MB that end in the middle", (attacker) =>
    post(ANYS, `{"a":[${'"b",'.repeat(700_000)}`, { headers: { "x-row": attacker.name() } }),
  ),
  bodyRow("json-bytes", "3 MB that are no UTF-8", () => post(ANYS, Buffer.alloc(3_000_000, 0xff))),
  bodyRow("config-map-60000", "a ConfigMap of 60,000 keys", (attacker) =>
    post(CONFIG_MAPS, configMap(attacker.name(), keys(60_000, "v"))),
  ),
  bodyRow("config-map-bad-keys", "a ConfigMap of 200,000 keys that are not allowed", (attacker) =>
    post(CONFIG_MAPS, configMap(attacker.name(), Object.fromEntries(times(200_000, (i) => [`k ${i}`, "v"])))),
  ),
  bodyRow("config-map-bad-values", "a ConfigMap of 200,000 values that are no text", (attacker) =>
    post(CONFIG_MAPS, configMap(attacker.name(), keys(200_000))),
  ),
  bodyRow("secret-base64", "a Secret of 3 MB that is no base64", (attacker) =>
    post("/api/v1/namespaces/default/secrets", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: attacker.name() },
      data: { a: `${"A".repeat(2_900_000)}!` },
    }),
  ),
  {
    id: "B-too-large",
    kind: "body",
    what: "bodies of 3 MiB and a byte, announced and not; gzip of 20 MB",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const large = Buffer.alloc(3 * 1024 * 1024 + 1, 0x20);
      const gzip = { headers: { "content-encoding": "gzip" } };
      return playedOrCut(
        await attacker.send(post(ANYS, large)),
        await attacker.send(
          post(ANYS, large, { headers: { "transfer-encoding": "chunked", "content-length": [] } }),
        ),
        await attacker.send(post(ANYS, gzipSync(Buffer.alloc(2e7, 0x20)), gzip)),
      );
    },
  },
];

export const BODY_ROWS: readonly Row[] = [
  ...unknownFields,
  ...unknownElsewhere,
  ...yamlBodies,
  ...protobufBodies,
  ...jsonBodies,
];
