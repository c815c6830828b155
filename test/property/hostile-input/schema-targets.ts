/** What definitions bring: patterns, CEL expressions, schemas. */

import { compileCondition } from "../../../src/apiserver/kinds/builtin/match-conditions.ts";
import type { ServedResource } from "../../../src/apiserver/kinds/resource.ts";
import { untypedToCel } from "../../../src/apiserver/kinds/schema/cel/typed-values.ts";
import { compileCrd } from "../../../src/apiserver/kinds/schema/index.ts";
import { compilePattern } from "../../../src/apiserver/kinds/schema/pattern.ts";
import type { Draw } from "../draw.ts";
import { anyObject, anyValue, mutated } from "./inputs.ts";
import { type Read, refusedOr } from "./read.ts";

const PATTERN_PARTS = [
  "(",
  ")",
  "*",
  "+",
  "?",
  "{2,5}",
  "{1000}",
  "[",
  "]",
  "[a-z]",
  "|",
  "\\b",
  "\\pL",
  "(?i)",
  "(?:",
  "^",
  "$",
  ".",
  "\\Q",
  "[[:alpha:]]",
  "(?=",
  "\\1",
];

export function pattern(draw: Draw): Read {
  const text = mutated(
    draw,
    draw.pick(["^(a+)+$", "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "(x|y{2,3})*?z", "(?P<n>a)\\.b"]),
    PATTERN_PARTS,
  );
  const subject = draw.pick(["a".repeat(2_000), "xyxyyz", "my-name", "ab".repeat(1_000), "é\ud800"]);
  const compiled = refusedOr(compilePattern(text));
  if (!compiled.isFeasible(subject)) return { size: text.length, value: "not feasible" };
  return {
    size: text.length,
    value: [compiled.test(subject), compiled.find(subject), compiled.findAll(subject, 10)],
  };
}

const CEL_PARTS = [
  "self",
  "object",
  "object.list",
  ".all(x, ",
  ".exists(y, ",
  ".map(z, ",
  ".filter(w, ",
  ")",
  "(",
  "x",
  "y",
  " == ",
  " + ",
  " in ",
  " && ",
  "!",
  "'a'",
  "[1, 2]",
  "{'a': 1}",
  ".distinct()",
  ".indexOf(x)",
  ".size()",
  ".matches('^(a+)+$')",
  ".// c\nmatches('(a*)*b')",
  ".split('')",
  ".join()",
  ".replace('', object.text)",
  "sets.equivalent(",
  "duration(object.text)",
  "quantity(object.text)",
  "[object.text + object.text].map(v, v + v)[0].size()",
  "[0]",
  ".isSorted()",
  ".find('a+')",
  "has(object.text)",
  "? 1 : 2",
  ".sum()",
  "'%s'.format([object.list])",
];
const CEL = [
  "object.list.all(x, object.list.exists(y, x == y))",
  "object.text.matches('^a+$') && object.list.size() > 0",
  "object.list.map(x, x * 2).sum() > 3",
  "object.nested.all(k, k in object.nested)",
];

export function cel(draw: Draw): Read {
  const text = mutated(draw, draw.pick(CEL), CEL_PARTS);
  const compiled = refusedOr(compileCondition(text));
  const object = untypedToCel({
    list: Array.from({ length: draw.pick([3, 300, 3_000]) }, (_, i) => i),
    text: "a".repeat(draw.pick([3, 5_000])),
    nested: anyObject(draw),
  });
  return {
    size: text.length,
    value: refusedOr(compiled.evaluate({ object, oldObject: null, request: object })),
  };
}

export function schema(draw: Draw): Read {
  const keyword = () =>
    draw.pick([
      "type",
      "properties",
      "items",
      "additionalProperties",
      "default",
      "pattern",
      "enum",
      "anyOf",
      "allOf",
      "not",
      "x-kubernetes-list-type",
      "x-kubernetes-list-map-keys",
      "x-kubernetes-validations",
      "x-kubernetes-preserve-unknown-fields",
      "maxLength",
      "format",
      "nullable",
    ]);
  const any = (levels: number): unknown => {
    if (levels === 0 || draw.chance(0.2)) return anyValue(draw, 2);
    const known = {
      type: draw.pick(["object", "array", "string", "integer"]),
      properties: { a: draw.chance(0.7) ? { type: "string" } : any(levels - 1) },
      items: draw.chance(0.5) ? { type: "object" } : any(levels - 1),
    };
    return {
      ...known,
      [keyword()]: draw.chance(0.5) ? any(levels - 1) : [any(levels - 1)],
      [keyword()]: draw.pick([true, "map", "set", "^(a+)+$", [{ rule: "self.a == 'x'" }], { a: {} }]),
    };
  };
  const openAPIV3Schema = { type: "object", properties: { spec: any(3) } };
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "as.x.io" },
    spec: {
      group: "x.io",
      scope: "Cluster",
      names: { plural: "as", kind: "A" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
  const [resource] = refusedOr(compileCrd(crd as never)) as readonly [ServedResource];
  const object = { apiVersion: "x.io/v1", kind: "A", metadata: { name: "a" }, spec: anyValue(draw) };
  const pruned = resource.rules.prune(object as never);
  const complete = resource.rules.applyDefaults(pruned.object);
  return {
    size: JSON.stringify([crd, object]).length,
    value: [pruned.unknown, complete, resource.rules.validate(complete, undefined)],
  };
}
