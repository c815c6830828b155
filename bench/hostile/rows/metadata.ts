/** B, G: what every object has, in unexpected numbers and forms. */
import { codesOf, played } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, patch, post } from "../any-kind.ts";
import type { Answer, Attacker } from "../attacker.ts";
import { type Row, TARGET_MS } from "../row.ts";

const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));

function metadataRow(id: string, what: string, ...all: (() => object)[]): Row {
  return {
    id: `M-${id}`,
    kind: "metadata",
    what,
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const answers: Answer[] = [];
      for (const metadata of all) {
        answers.push(await attacker.send(post(CONFIG_MAPS, configMap(attacker.name(), {}, metadata()))));
      }
      return played(...answers);
    },
  };
}

const OWNER = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u" };
const ENTRY = {
  manager: "m",
  operation: "Update",
  apiVersion: "v1",
  time: "2026-01-01T00:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1: {},
};
const owners =
  (...list: unknown[]) =>
  () => ({ ownerReferences: list });
const entries =
  (...list: unknown[]) =>
  () => ({ managedFields: list });

const numbers: readonly Row[] = [
  metadataRow("owners-700000", "700,000 empty owners", () => ({
    ownerReferences: times(700_000, () => ({})),
  })),
  metadataRow("owners-30000", "30,000 owners that are as they should be", () => ({
    ownerReferences: times(30_000, (i) => ({ ...OWNER, uid: `u-${i}`, name: `o-${i}` })),
  })),
  metadataRow("owners-controllers", "20,000 owners that all control", () => ({
    ownerReferences: times(20_000, (i) => ({ ...OWNER, uid: `u-${i}`, controller: true })),
  })),
  metadataRow("finalizers-350000", "350,000 finalizers that are not allowed", () => ({
    finalizers: times(350_000, () => "a b"),
  })),
  metadataRow("finalizers-good-150000", "150,000 finalizers that are allowed", () => ({
    finalizers: times(150_000, (i) => `a.io/f${i}`),
  })),
  metadataRow("labels-240000", "240,000 labels that are not allowed", () => ({
    labels: Object.fromEntries(times(240_000, (i) => [`${i} `, "v"])),
  })),
  metadataRow("labels-good-150000", "150,000 labels that are allowed", () => ({
    labels: Object.fromEntries(times(150_000, (i) => [`l${i}`, "v"])),
  })),
  metadataRow("labels-long", "a label whose name and value are 1 MB long each", () => ({
    labels: { [`${"a".repeat(1e6)}/${"-".repeat(100)}`]: "b-".repeat(500_000) },
  })),
  metadataRow("labels-no-text", "150,000 labels that are numbers", () => ({
    labels: Object.fromEntries(times(150_000, (i) => [`l${i}`, i])),
  })),
  metadataRow("annotations-240000", "240,000 annotations that are not allowed", () => ({
    annotations: Object.fromEntries(times(240_000, (i) => [`${i} `, "v"])),
  })),
  metadataRow("annotations-3mb", "annotations of 2.9 MB", () => ({
    annotations: { a: "x".repeat(2_900_000) },
  })),
  metadataRow("managed-300000", "300,000 empty entries of managedFields", () => ({
    managedFields: times(300_000, () => ({})),
  })),
  metadataRow("managed-12000", "12,000 managers", () => ({
    managedFields: times(12_000, (i) => ({
      ...ENTRY,
      manager: `m${i}`,
      fieldsV1: { "f:data": { [`f:k${i}`]: {} } },
    })),
  })),
  metadataRow("managed-keys", "managedFields of 150,000 fields", () => ({
    managedFields: [
      { ...ENTRY, fieldsV1: { "f:data": Object.fromEntries(times(150_000, (i) => [`f:k${i}`, {}])) } },
    ],
  })),
  metadataRow("managed-key-deep", "managedFields whose key is JSON of 100,000 brackets", () => ({
    managedFields: [
      {
        ...ENTRY,
        fieldsV1: { "f:data": { [`k:${"[".repeat(100_000)}`]: {}, [`v:${"[".repeat(100_000)}`]: {} } },
      },
    ],
  })),
];

const forms: readonly Row[] = [
  metadataRow(
    "owners-forms",
    "owners that are null, numbers, lists, and of odd fields",
    owners(null),
    owners(5),
    owners([]),
    owners({ apiVersion: {}, kind: [], name: 5, uid: null }),
    owners({ ...OWNER, controller: "yes" }),
    owners({ ...OWNER, apiVersion: "a/b/c/d" }),
    owners({ ...OWNER, uid: "__proto__" }),
    () => ({ ownerReferences: {} }),
    () => ({ ownerReferences: "x" }),
  ),
  metadataRow(
    "managed-forms",
    "managedFields of odd forms",
    entries(null),
    entries(5),
    entries({ ...ENTRY, fieldsV1: null }),
    entries({ ...ENTRY, fieldsV1: [] }),
    entries({ ...ENTRY, fieldsV1: { "f:a": 5 } }),
    entries({ ...ENTRY, time: "never" }),
    entries({ ...ENTRY, time: 5 }),
    entries({ ...ENTRY, operation: "Bogus" }),
    entries({ ...ENTRY, manager: {} }),
    entries({ ...ENTRY, fieldsV1: { "k:{": {}, "v:": {}, "i:x": {}, "zz:": {}, "f:__proto__": {} } }),
    () => ({ managedFields: {} }),
  ),
  metadataRow(
    "finalizer-forms",
    "finalizers that are null, numbers, and no list",
    () => ({ finalizers: [null] }),
    () => ({ finalizers: [5, {}] }),
    () => ({ finalizers: "a" }),
    () => ({ finalizers: { length: 5 } }),
  ),
  metadataRow(
    "label-forms",
    "labels and annotations that are lists, texts, and null",
    () => ({ labels: [] }),
    () => ({ labels: "a" }),
    () => ({ labels: { a: null } }),
    () => ({ annotations: 5 }),
    () => ({ annotations: { a: {} } }),
    () => JSON.parse('{"labels":{"__proto__":"x","constructor":"y"}}') as object,
  ),
  metadataRow(
    "time-forms",
    "times, generations and grace that are no such thing",
    () => ({ creationTimestamp: {} }),
    () => ({ deletionTimestamp: "x" }),
    () => ({ deletionTimestamp: "9999999-01-01T00:00:00Z" }),
    () => ({ generation: 1e308 }),
    () => ({ deletionGracePeriodSeconds: -1e300 }),
    () => ({ resourceVersion: {} }),
    () => ({ resourceVersion: "1".repeat(1e6) }),
    () => ({ uid: [] }),
    () => ({ selfLink: 5 }),
  ),
  {
    id: "M-names",
    kind: "metadata",
    what: "names of 1 MB, with line ends, and prefixes of generated ones",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const named = (metadata: object) =>
        attacker.send(post(CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata }));
      const names: unknown[] = [
        "a".repeat(1e6),
        "a-".repeat(5e5),
        "a.".repeat(5e5),
        "a\r\nb",
        "../../x",
        "__proto__",
        "\u0000",
        "😀",
        5,
        {},
        [],
        null,
        true,
      ];
      const answers: Answer[] = [];
      for (const name of names) answers.push(await named({ name }));
      for (const generateName of ["a".repeat(1e6), "-", "\n", 5, {}, "a".repeat(300)])
        answers.push(await named({ generateName }));
      return played(...answers);
    },
  },
];

const bodies: readonly Row[] = [
  {
    id: "M-no-objects",
    kind: "metadata",
    what: "bodies that are no objects, to each verb and each special endpoint",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const name = attacker.name();
      await attacker.send(post(CONFIG_MAPS, configMap(name, {})));
      const answers: Answer[] = [];
      for (const body of [
        "",
        "5",
        '"x"',
        "null",
        "[]",
        "true",
        "{}",
        '{"metadata":null}',
        '{"metadata":[]}',
        '{"apiVersion":5,"kind":{}}',
        "\u0000",
      ]) {
        for (const sent of everyWay(name)) answers.push(await attacker.send({ ...sent, body }));
      }
      return played(...answers);
    },
  },
  {
    id: "M-options",
    kind: "metadata",
    what: "options of writes in odd forms",
    limitMs: TARGET_MS,
    play: async (attacker) => {
      const queries = [
        "dryRun=x",
        "dryRun=All&dryRun=All",
        `fieldManager=${"m".repeat(10_000)}`,
        "fieldManager=%00%0a",
        "fieldValidation=x",
        "force=maybe",
        "pretty=__proto__",
        "gracePeriodSeconds=1e308",
        "gracePeriodSeconds=-1",
        "propagationPolicy=x",
        "orphanDependents=x",
        "limit=1e308",
        "limit=-1",
        "limit=NaN",
        "continue=%00",
        "continue=e30",
        "continue=bnVsbA",
        `continue=${"A".repeat(10_000)}`,
        "resourceVersion=x",
        "timeoutSeconds=1e999",
        "watch=maybe",
        "%",
        "%zz",
        "a=%ff%fe",
        "&&&&==",
        "labelSelector=%00",
        "fieldSelector=a%3Db%3Dc",
      ];
      const answers: Answer[] = [];
      for (const query of queries) {
        const name = attacker.name();
        answers.push(await attacker.send(post(`${CONFIG_MAPS}?${query}`, configMap(name, {}))));
        answers.push(await attacker.send({ method: "DELETE", path: `${CONFIG_MAPS}/${name}?${query}` }));
        if (!query.startsWith("watch"))
          answers.push(await attacker.send({ path: `${CONFIG_MAPS}?${query}` }));
      }
      return played(...answers);
    },
  },
  {
    id: "M-managers-1500",
    kind: "metadata",
    what: "one object changed by 1,500 managers in turn",
    limitMs: TARGET_MS,
    takesMinutes: true,
    play: async (attacker) => {
      const name = attacker.name();
      await attacker.send(post(ANYS, anyObject(name, { a: 1 })));
      const answers: Answer[] = [];
      for (let i = 0; i < 1_500; i++) {
        const sent = patch(`${ANYS}/${name}`, { spec: { [`f${i}`]: i } }, "merge");
        answers.push(await attacker.send({ ...sent, path: `${sent.path}?fieldManager=manager-${i}` }));
      }
      return { answer: codesOf(answers) };
    },
  },
];

function everyWay(name: string) {
  const path = `${CONFIG_MAPS}/${name}`;
  const json = "application/json-patch+json";
  return [
    post(CONFIG_MAPS, ""),
    { method: "PUT", path },
    { ...patch(path, "", "json"), type: json },
    patch(path, "", "merge"),
    patch(path, "", "strategic"),
    patch(path, "", "apply"),
    post("/api/v1/namespaces/default/serviceaccounts/default/token", ""),
    post("/apis/authentication.k8s.io/v1/tokenreviews", ""),
    post("/apis/authentication.k8s.io/v1/selfsubjectreviews", ""),
    post("/apis/authorization.k8s.io/v1/subjectaccessreviews", ""),
    post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", ""),
    post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ""),
    { method: "PUT", path: "/api/v1/namespaces/default/finalize" },
    { method: "PUT", path: "/api/v1/namespaces/default/status" },
    { method: "DELETE", path: `${CONFIG_MAPS}/there-is-none` },
    { method: "DELETE", path: `${CONFIG_MAPS}?labelSelector=there-is=none` },
  ];
}

/** As its makers know it: the name of every attacker is its own. */
export async function makeMaps(
  attacker: Attacker,
  count: number,
  metadata: (i: number) => object,
): Promise<string[]> {
  const names = times(count, () => attacker.name());
  for (let i = 0; i < count; i += 50) {
    const some = names.slice(i, i + 50);
    await Promise.all(
      some.map((name, n) => attacker.prepare(post(CONFIG_MAPS, configMap(name, {}, metadata(i + n))))),
    );
  }
  return names;
}

export const METADATA_ROWS: readonly Row[] = [...numbers, ...forms, ...bodies];
