import { expect, test } from "vitest";
import type { AnyObject } from "../../../../kube/object.ts";
import type { Cause } from "../../../status-error.ts";
import type { StructuralSchema } from "../structural-schema.ts";
import { compileExpression } from "./expression.ts";
import { kubernetesEnvironment } from "./library.ts";
import { compileCelRules } from "./rules.ts";

function check(spec: StructuralSchema, value: unknown, old?: unknown, more?: { costly: boolean }): string[] {
  const compileFaults: Cause[] = [];
  const cel = compileCelRules({ type: "object", properties: { spec } }, "schema", compileFaults, more);
  if (compileFaults.length > 0) return compileFaults.map((fault) => `${fault.field}: ${fault.message}`);
  const faults: Cause[] = [];
  const wrap = (each: unknown) => ({ metadata: { name: "a" }, spec: each }) as unknown as AnyObject;
  cel?.(wrap(value), old === undefined ? undefined : wrap(old), faults);
  return faults.map((fault) => `${fault.field}: ${fault.message}`);
}

const rule = (text: string, more: object = {}) => [{ rule: text, ...more }];

// The examples of "Validation rules", Kubernetes documentation of custom resource definitions.
const replicas: StructuralSchema = {
  type: "object",
  "x-kubernetes-validations": [
    {
      rule: "self.minReplicas <= self.replicas",
      message: "replicas should be greater than or equal to minReplicas.",
    },
    {
      rule: "self.replicas <= self.maxReplicas",
      messageExpression: "'at most ' + string(self.maxReplicas)",
      fieldPath: ".replicas",
    },
  ],
  properties: {
    replicas: { type: "integer" },
    minReplicas: { type: "integer" },
    maxReplicas: { type: "integer" },
  },
};

test("a rule that holds is silent, one that does not speaks its message", () => {
  expect(check(replicas, { minReplicas: 1, replicas: 2, maxReplicas: 3 })).toEqual([]);
  expect(check(replicas, { minReplicas: 3, replicas: 2, maxReplicas: 1 })).toEqual([
    `spec: Invalid value: "object": replicas should be greater than or equal to minReplicas.`,
    `spec.replicas: Invalid value: "object": at most 1`,
  ]);
});

test("a field that is missing is an error of the rule", () => {
  expect(check(replicas, { minReplicas: 3, replicas: 4 })).toEqual([
    `spec: Invalid value: "object": no such key: maxReplicas evaluating rule: self.replicas <= self.maxReplicas`,
  ]);
});

test("a transition rule needs an old value, and runs although nothing changed", () => {
  const immutable: StructuralSchema = {
    type: "string",
    "x-kubernetes-validations": rule("self == oldSelf", {
      message: "is immutable",
      reason: "FieldValueForbidden",
    }),
  };
  const spec = { type: "object", properties: { cidr: immutable } };
  expect(check(spec, { cidr: "a" })).toEqual([]);
  expect(check(spec, { cidr: "a" }, {})).toEqual([]);
  expect(check(spec, { cidr: "a" }, { cidr: "a" })).toEqual([]);
  expect(check(spec, { cidr: "b" }, { cidr: "a" })).toEqual(["spec.cidr: Forbidden: is immutable"]);
});

test("an optional old value lets a transition rule run on create", () => {
  const grows: StructuralSchema = {
    type: "integer",
    "x-kubernetes-validations": rule("self >= oldSelf.orValue(5)", { optionalOldSelf: true }),
  };
  const spec = { type: "object", properties: { size: grows } };
  expect(check(spec, { size: 4 })).toEqual([
    "spec.size: Invalid value: 4: failed rule: self >= oldSelf.orValue(5)",
  ]);
  expect(check(spec, { size: 4 }, { size: 3 })).toEqual([]);
});

test("items of a keyed list find their old value wherever they stand", () => {
  const spec: StructuralSchema = {
    type: "object",
    properties: {
      ports: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string" }, port: { type: "integer" } },
          "x-kubernetes-validations": rule("self.port == oldSelf.port"),
        },
      },
    },
  };
  const old = {
    ports: [
      { name: "a", port: 1 },
      { name: "b", port: 2 },
    ],
  };
  expect(
    check(
      spec,
      {
        ports: [
          { name: "c", port: 9 },
          { name: "b", port: 2 },
          { name: "a", port: 1 },
        ],
      },
      old,
    ),
  ).toEqual([]);
  expect(check(spec, { ports: [{ name: "b", port: 3 }] }, old)).toEqual([
    `spec.ports[0]: Invalid value: "object": failed rule: self.port == oldSelf.port`,
  ]);
});

test("a transition rule where no old value can be found is refused with the CRD", () => {
  const spec: StructuralSchema = {
    type: "object",
    properties: {
      list: {
        type: "array",
        maxItems: 9,
        items: { type: "string", maxLength: 9, "x-kubernetes-validations": rule("self == oldSelf") },
      },
    },
  };
  expect(check(spec, {})).toEqual([
    `schema.properties[spec].properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema`,
  ]);
});

test.each([
  ["self.nope == 1", "compilation failed: no such key: nope"],
  ["self.size ==", "compilation failed"],
  ["self.size", "must evaluate to a bool"],
  ["self.size == 'x'", "compilation failed: no such overload: int == string"],
])("a rule that does not compile is refused with the CRD: %s", (text, detail) => {
  const spec: StructuralSchema = {
    type: "object",
    properties: { size: { type: "integer" } },
    "x-kubernetes-validations": rule(text),
  };
  const [fault] = check(spec, {});
  expect(fault).toContain("schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value:");
  expect(fault).toContain(detail);
});

test("whole numbers are int or double as the schema defines", () => {
  const spec: StructuralSchema = {
    type: "object",
    properties: {
      ratio: { type: "number" },
      count: { type: "integer" },
      port: { "x-kubernetes-int-or-string": true },
    },
    "x-kubernetes-validations": [
      { rule: "self.ratio < 1.5 && type(self.ratio) == double" },
      { rule: "self.count / 2 == 1" },
      { rule: "type(self.port) == int ? self.port > 0 : self.port == 'http'" },
    ],
  };
  expect(check(spec, { ratio: 1, count: 3, port: 80 })).toEqual([]);
  expect(check(spec, { ratio: 1, count: 3, port: "http" })).toEqual([]);
});

test("names that are not identifiers are written with escapes", () => {
  const spec: StructuralSchema = {
    type: "object",
    properties: {
      "x-prop": { type: "integer" },
      namespace: { type: "string" },
      redact__d: { type: "string" },
    },
    "x-kubernetes-validations": rule(
      "self.x__dash__prop > 0 && self.__namespace__ == 'a' && self.redact__underscores__d == 'b'",
    ),
  };
  expect(check(spec, { "x-prop": 1, namespace: "a", redact__d: "b" })).toEqual([]);
});

test("maps, lists, sets of objects and nullable fields", () => {
  const spec: StructuralSchema = {
    type: "object",
    properties: {
      labels: { type: "object", additionalProperties: { type: "integer" } },
      list: { type: "array", items: { type: "object", properties: { a: { type: "string" } } } },
      maybe: { type: "string", nullable: true },
      since: { type: "string", format: "date-time" },
    },
    "x-kubernetes-validations": [
      { rule: "self.labels.all(key, self.labels[key] > 0)" },
      { rule: "'a' in self.labels" },
      { rule: "self.list.exists(x, x.a == 'z')" },
      { rule: "self.list[0] == self.list[1]" },
      { rule: "!has(self.maybe)" },
      { rule: "self.since > timestamp('2020-01-01T00:00:00Z')" },
    ],
  };
  const value = {
    labels: { a: 1 },
    list: [{ a: "z" }, { a: "z" }],
    maybe: null,
    since: "2021-01-01T00:00:00Z",
  };
  expect(check(spec, value)).toEqual([]);
});

test("what did not change is not judged again", () => {
  const spec: StructuralSchema = {
    type: "object",
    properties: {
      a: { type: "string", "x-kubernetes-validations": rule("self == 'ok'") },
      b: { type: "string" },
    },
  };
  expect(check(spec, { a: "bad", b: "2" }, { a: "bad", b: "1" })).toEqual([]);
  expect(check(spec, { a: "bad" }, { a: "worse" })).toHaveLength(1);
});

test("nested loops over large lists are refused, not run", () => {
  const spec: StructuralSchema = {
    type: "object",
    properties: {
      list: {
        type: "array",
        items: { type: "integer" },
        "x-kubernetes-validations": rule("self.all(a, self.exists_one(b, a == b))"),
      },
    },
  };
  const numbers = (count: number) => ({ list: Array.from({ length: count }, (_, i) => i) });
  expect(check(spec, numbers(2))[0]).toContain("rule: Forbidden: estimated rule cost exceeds budget");
  const costly = { costly: true };
  expect(check(spec, numbers(100), undefined, costly)).toEqual([]);
  expect(check(spec, numbers(2000), undefined, costly)[0]).toContain(
    "spec.list: Forbidden: call cost exceeds limit for rule",
  );
});

test("rules of the whole object see its name", () => {
  const faults: Cause[] = [];
  const schema: StructuralSchema = {
    type: "object",
    "x-kubernetes-validations": rule("self.metadata.name.startsWith('a')"),
  };
  const cel = compileCelRules(schema, "schema", faults);
  expect(faults).toEqual([]);
  cel?.({ metadata: { name: "b" } }, undefined, faults);
  expect(faults).toEqual([
    {
      reason: "FieldValueInvalid",
      field: "<nil>",
      message: `Invalid value: "object": failed rule: self.metadata.name.startsWith('a')`,
    },
  ]);
});

test.each([
  "isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.1') && !isCIDR('010.0.0.0/8')",
  "cidr('192.168.0.5/24').masked() == cidr('192.168.0.0/24')",
  "cidr('192.168.0.0/24').containsIP('192.168.0.255') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.0'))",
  "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
  "cidr('::1/128').prefixLength() == 128 && string(cidr('2001:DB8::/32').ip()) == '2001:db8::'",
  "!cidr('0.0.0.0/0').containsIP('::1')",
  "string(cidr('2001:db8:0:0:1:0:0:1/64').masked()) == '2001:db8::/64'",
  "isIP('::') && !isIP('1.2.3') && !isIP('fe80::1%en0') && !isIP('::ffff:1.2.3.4')",
  "ip('127.0.0.1').isLoopback() && ip('::').isUnspecified() && ip('fe80::1').isLinkLocalUnicast()",
  "ip('ff02::1').isLinkLocalMulticast() && ip('8.8.8.8').isGlobalUnicast() && ip('::1').family() == 6",
  "[1, 2, 3].isSorted() && !['b', 'a'].isSorted() && [1, 2].sum() == 3 && [1.5, 2.5].sum() == 4.0",
  "[3, 1, 2].min() == 1 && ['a', 'c'].max() == 'c' && [1, 2, 2].indexOf(2) == 1 && [1, 2, 2].lastIndexOf(2) == 2",
  "'abc 123'.find('[0-9]+') == '123' && '1 2 3'.findAll('[0-9]', 2) == ['1', '2']",
  "'a-b'.replace('-', '.') == 'a.b' && 'abc'.charAt(1) == 'b' && '%s is %d'.format(['x', dyn(5)]) == 'x is 5'",
  "isURL('https://example.com:80/a?b=c') && url('https://example.com:8080/a').getPort() == '8080'",
  "quantity('1.5Gi').isGreaterThan(quantity('1G')) && quantity('100m').compareTo(quantity('0.1')) == 0",
  "isQuantity('3e2') && !isQuantity('3x') && quantity('3e2').asInteger() == 300",
  "sets.contains([1, 2], [2]) && sets.intersects([1], [1, 3]) && sets.equivalent([1, 2], [2, 1, 1])",
  "'10.0.0.0/8'.matches('^[0-9./]+$') && 'abc'.startsWith('a') && 'abc'.size() == 3",
  "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').hasValue()",
  "format.named('labelValue').hasValue() && format.qualifiedName().validate('a/b/c').value().size() == 1",
  "'ABC'.matches('(?i)^abc$') && 'a.b'.matches(r'^\\Qa.b\\E$')",
  "has({'a': [{'b': 1}]}.a[0].b) && !has({'a': [{'b': 1}]}.a[0].c) && 'has(x)'.contains('has(')",
])("the functions of Kubernetes: %s", (text) => {
  const compiled = compileExpression(kubernetesEnvironment(), text, "bool");
  expect(compiled.ok ? compiled.value.evaluate({}) : compiled.error).toEqual({ ok: true, value: true });
});
