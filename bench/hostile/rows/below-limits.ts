/**
 * What a limit of 100,000 values a body lets in, in whatever it can be put: the most work that a request may
 * ask for.
 */
import { played } from "../answers.ts";
import { ANYS, anyObject, CONFIG_MAPS, configMap, patch, post } from "../any-kind.ts";
import type { Attacker, Sent } from "../attacker.ts";
import { type KindAttack, kindRow } from "../kind-attack.ts";
import { field, META, PROTOBUF, protobufConfigMap } from "../protobuf-body.ts";
import { type Kind, type Row, TARGET_MS } from "../row.ts";

const MANY = 90_000;
const times = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
const keys = (value: unknown, count = MANY) => Object.fromEntries(times(count, (i) => [`k${i}`, value]));
const entry = (i: number) => Buffer.concat([field(1, `k${i}`), field(2, "v")]);
const repeated = (of: (i: number) => Buffer) => [Buffer.concat(times(MANY, of))];

function below(id: string, kind: Kind, what: string, ...all: ((name: string) => Sent)[]): Row {
  return {
    id: `N-${id}`,
    kind,
    what: `${what}, 90,000 of them`,
    limitMs: TARGET_MS,
    play: async (attacker: Attacker) => {
      const name = attacker.name();
      const answers = [];
      for (const sent of all) answers.push(await attacker.send(sent(name)));
      return played(...answers);
    },
  };
}

const map =
  (metadata: object, data: object = {}) =>
  (name: string) =>
    post(CONFIG_MAPS, configMap(name, data, metadata));
const proto = (metadata: readonly Buffer[], own: readonly Buffer[]) => (name: string) =>
  post(CONFIG_MAPS, protobufConfigMap(name, metadata, own), { type: PROTOBUF });

const bodies: readonly Row[] = [
  below("keys", "body", "keys of a spec", (name) => post(ANYS, anyObject(name, keys(1)))),
  below("objects", "body", "empty objects", (name) =>
    post(ANYS, anyObject(name, { a: times(MANY, () => ({})) })),
  ),
  below("unknown", "body", "unknown fields", (name) =>
    post(CONFIG_MAPS, { ...configMap(name, {}), ...keys(1) }),
  ),
  below("unknown-strict", "body", "unknown fields that are refused", (name) =>
    post(`${CONFIG_MAPS}?fieldValidation=Strict`, { ...configMap(name, {}), ...keys(1) }),
  ),
  below("data", "body", "keys of a ConfigMap", (name) => map({}, keys("v"))(name)),
  below("data-bad", "body", "values of a ConfigMap that are no text", (name) => map({}, keys(1))(name)),
  below("yaml-keys", "body", "keys in YAML", (name) =>
    post(
      ANYS,
      `apiVersion: atk.io/v1\nkind: Any\nmetadata: {name: ${name}}\nspec:\n${times(MANY, (i) => `  k${i}: 1`).join("\n")}`,
      { type: "application/yaml" },
    ),
  ),
  below(
    "protobuf-map",
    "body",
    "entries of a map in protobuf",
    proto(
      [],
      repeated((i) => field(2, entry(i))),
    ),
  ),
  below(
    "protobuf-labels",
    "body",
    "labels in protobuf",
    proto(
      repeated((i) => field(META.labels, entry(i))),
      [],
    ),
  ),
  below(
    "protobuf-finalizers",
    "body",
    "finalizers in protobuf",
    proto(
      repeated((i) => field(META.finalizers, `a.io/${i}`)),
      [],
    ),
  ),
  below("labels", "metadata", "labels", (name) => map({ labels: keys("v") })(name)),
  below("labels-bad", "metadata", "labels that are not allowed", (name) =>
    map({ labels: keys(" ! ") })(name),
  ),
  below("finalizers", "metadata", "finalizers", (name) =>
    map({ finalizers: times(MANY, (i) => `a.io/f${i}`) })(name),
  ),
  below("finalizers-bad", "metadata", "finalizers that are not allowed", (name) =>
    map({ finalizers: times(MANY, () => "a b") })(name),
  ),
  below("owners-empty", "metadata", "owners without anything", (name) =>
    map({ ownerReferences: times(MANY, () => ({})) })(name),
  ),
  below("managed", "metadata", "managed fields", (name) =>
    map({
      managedFields: [
        {
          manager: "m",
          operation: "Update",
          apiVersion: "v1",
          time: "2026-01-01T00:00:00Z",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:data": Object.fromEntries(times(MANY, (i) => [`f:k${i}`, {}])) },
        },
      ],
    })(name),
  ),
  below(
    "apply",
    "apply",
    "fields applied by two",
    (name) => patch(`${ANYS}/${name}`, anyObject(name, keys(1)), "apply"),
    (name) => ({
      ...patch(`${ANYS}/${name}`, anyObject(name, keys(2)), "apply"),
      path: `${ANYS}/${name}?fieldManager=two`,
    }),
  ),
  below(
    "merge",
    "patch",
    "fields merged onto as many",
    (name) => post(ANYS, anyObject(name, keys(1))),
    (name) => patch(`${ANYS}/${name}`, { spec: keys(null) }, "merge"),
  ),
  below(
    "strategic",
    "patch",
    "data merged strategically onto as many",
    (name) => map({}, keys("v"))(name),
    (name) => patch(`${CONFIG_MAPS}/${name}`, { data: keys(null) }, "strategic"),
  ),
  below(
    "update",
    "body",
    "fields that all change",
    (name) => post(ANYS, anyObject(name, keys(1))),
    (name) => ({ method: "PUT", path: `${ANYS}/${name}`, body: anyObject(name, keys(2)) }),
  ),
  below(
    "read",
    "body",
    "fields read as YAML and as a Table",
    (name) => post(ANYS, anyObject(name, keys(1))),
    (name) => ({ path: `${ANYS}/${name}`, accept: "application/yaml" }),
    () => ({ path: `${ANYS}?includeObject=Object`, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }),
  ),
];

const array = (items: object, more: object = {}) => ({
  type: "object",
  properties: { a: { type: "array", items, ...more } },
});
const list = (of: (i: number) => unknown) => () => [{ a: times(MANY, of) }];
const LIST_MAP = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] };
const KEYED = { type: "object", required: ["k"], properties: { k: { type: "string" } } };

const kinds: readonly KindAttack[] = [
  {
    id: "N-set",
    what: "a set of 90,000",
    schema: () => array({ type: "string" }, { "x-kubernetes-list-type": "set" }),
    specs: list((i) => `s${i}`),
  },
  {
    id: "N-set-doubles",
    what: "a set of 90,000 that are equal",
    schema: () => array({ type: "string" }, { "x-kubernetes-list-type": "set" }),
    specs: list(() => "s"),
  },
  {
    id: "N-list-map",
    what: "a list of 45,000 by key",
    schema: () => array(KEYED, LIST_MAP),
    specs: () => [{ a: times(45_000, (i) => ({ k: `k${i}` })) }],
  },
  {
    id: "N-wrong-types",
    what: "90,000 elements of the wrong type",
    schema: () => array({ type: "string" }),
    specs: list((i) => i),
  },
  {
    id: "N-enum",
    what: "an enum of 90,000 over a list of as many",
    schema: () => array({ type: "string", enum: times(MANY, (i) => `e${i}`) }),
    specs: list(() => "no"),
  },
  {
    id: "N-pruned",
    what: "90,000 keys that are pruned",
    schema: () => ({ type: "object" }),
    specs: () => [keys("v")],
  },
  {
    id: "N-additional",
    what: "90,000 values that are too short",
    schema: () => ({ type: "object", additionalProperties: { type: "string", minLength: 5 } }),
    specs: () => [keys("v")],
  },
  {
    id: "N-defaults",
    what: "45,000 objects with ten defaults each",
    schema: () =>
      array({
        type: "object",
        properties: Object.fromEntries(times(10, (i) => [`d${i}`, { type: "string", default: "x" }])),
      }),
    specs: () => [{ a: times(45_000, () => ({})) }],
  },
  {
    id: "N-defaults-large",
    what: "20,000 objects with a default of 10 KB each",
    schema: () =>
      array({ type: "object", properties: { d: { type: "string", default: "x".repeat(10_000) } } }),
    specs: () => [{ a: times(20_000, () => ({})) }],
  },
  {
    id: "N-pattern",
    what: "a pattern over 90,000 values",
    schema: () => array({ type: "string", pattern: "^(x|y)+z$" }),
    specs: list(() => "xyxyxyxyxyxy"),
  },
  {
    id: "N-rule-each",
    kind: "cel",
    what: "a rule for each of 90,000 elements",
    schema: () => array({ type: "integer", "x-kubernetes-validations": [{ rule: "self < 0" }] }),
    specs: list((i) => i),
  },
  {
    id: "N-rule-size",
    kind: "cel",
    what: "a rule over 90,000 elements",
    schema: () => ({
      ...array({ type: "integer" }),
      "x-kubernetes-validations": [{ rule: "self.a.all(x, x >= 0)" }],
    }),
    specs: list((i) => i),
  },
];

export const BELOW_LIMIT_ROWS: readonly Row[] = [...bodies, ...kinds.map(kindRow)];
