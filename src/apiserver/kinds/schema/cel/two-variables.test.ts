import { expect, test } from "vitest";
import { compileExpression } from "./expression.ts";
import { kubernetesEnvironment } from "./library.ts";

function holds(rule: string): unknown {
  const compiled = compileExpression(kubernetesEnvironment(), rule, "bool");
  return compiled.ok ? compiled.value.evaluate({}) : compiled;
}

test.each([
  "[1, 2, 3].all(i, v, i < v)",
  "!['a', 'b'].all(i, v, v == 'a')",
  "['a', 'b'].exists(i, v, i == 1 && v == 'b')",
  "!{'a': 1}.exists(k, v, k == 'b')",
  "['a', 'b'].existsOne(i, v, v == 'b')",
  "![1, 1].existsOne(i, v, v == 1)",
  "[3, 4].transformList(i, v, i + v) == [3, 5]",
  "[3, 4].transformList(i, v, i > 0, v) == [4]",
  "{'a': 1, 'b': 2}.transformMap(k, v, v * 2)['b'] == 4",
  "{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v).size() == 1",
  "['a', 'b'].transformMapEntry(i, v, {v: i})['b'] == 1",
  "[[1, 2], [3]].all(i, row, row.all(j, v, v > i + j))",
  // A fault does not matter where another item decides.
  "[0, 1].exists(i, v, 1 / v == 1)",
])("PX-09: loops with two variables: %s", (rule) => {
  expect(holds(rule)).toEqual({ ok: true, value: true });
});

test.each([
  ["[0, 2].all(i, v, 1 / v == 0)", "division by zero"],
  ["[1, 2].transformMapEntry(i, v, {'a': v}).size() == 1", "already exists"],
])("PX-09: faults of loops with two variables: %s", (rule, why) => {
  expect(holds(rule)).toEqual({ ok: false, error: expect.stringContaining(why) });
});

test.each([
  "isSemver('1.2.3') && !isSemver('1.2') && !isSemver('01.2.3') && !isSemver('v1.2.3')",
  "isSemver('v1.2', true) && isSemver('01.2.3', true)",
  "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
  "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('2.0.0').isGreaterThan(semver('2.0.0-rc.1'))",
  "semver('1.0.0-alpha').compareTo(semver('1.0.0-alpha.1')) == -1",
  "semver('1.0.0-1').compareTo(semver('1.0.0-a')) == -1",
  "semver('1.0.0+a') == semver('1.0.0+b')",
])("PX-09: versions: %s", (rule) => {
  expect(holds(rule)).toEqual({ ok: true, value: true });
});
