/**
 * Rules in CEL:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules,
 * …/#transition-rules, https://kubernetes.io/docs/reference/using-api/cel/
 */
import { describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { useKinds } from "./kinds.ts";

const api = useCluster();
const kinds = useKinds(api);
const named = (name: string) => ({ namespace: api.namespace, name });
const text = { type: "string" };
const number = { type: "integer" };
const object = (of: string, name: string, spec: object): AnyObject => ({
  apiVersion: `${api.group}/v1`,
  kind: of,
  metadata: named(name),
  spec: spec as never,
});

describe("rules", () => {
  const rule = (expression: string, more: object = {}) => ({
    "x-kubernetes-validations": [{ rule: expression, ...more }],
  });
  const spec = {
    low: number,
    high: number,
    forbidden: { ...text, ...rule("self != 'no'", { message: "not this", reason: "FieldValueForbidden" }) },
    spoken: { ...number, ...rule("self < 10", { messageExpression: "'got ' + string(self)" }) },
    pointed: {
      type: "object",
      properties: { a: number, b: number },
      ...rule("!has(self.a) || self.a > 0", { fieldPath: ".a", message: "a is positive" }),
    },
    fixed: { ...text, ...rule("self == oldSelf", { message: "fixed" }) },
    grows: {
      ...number,
      ...rule("!oldSelf.hasValue() || self >= oldSelf.value()", { optionalOldSelf: true, message: "grows" }),
    },
    words: {
      type: "array",
      maxItems: 5,
      items: { ...text, maxLength: 20 },
      ...rule("self.all(w, w.startsWith('w'))"),
    },
    names: { type: "object", maxProperties: 5, additionalProperties: number, ...rule("!('x' in self)") },
    pattern: { ...text, maxLength: 50, ...rule("self.matches('^[a-z]+$')") },
    address: { ...text, maxLength: 50, ...rule("isIP(self) && ip(self).family() == 4") },
    block: { ...text, maxLength: 50, ...rule("isCIDR(self) && cidr(self).prefixLength() <= 24") },
    parts: {
      type: "array",
      maxItems: 5,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: {
        type: "object",
        required: ["k"],
        properties: {
          k: { ...text, maxLength: 20 },
          v: { ...number, ...rule("self >= oldSelf", { message: "up" }) },
        },
      },
    },
  };
  let ruled: Promise<Resource<AnyObject>> | undefined;
  const define = () => {
    const schema = {
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: spec,
          ...rule("!has(self.low) || !has(self.high) || self.low <= self.high"),
        },
      },
      ...rule("self.metadata.name != 'unwanted'", { message: "another name, please" }),
    };
    ruled ??= kinds.define({ kind: "Ruled", schema });
    return ruled;
  };
  const create = async (name: string, given: object, dryRun = true) =>
    api.client.create(await define(), object("Ruled", name, given), { dryRun });
  const patch = async (name: string, change: object) =>
    api.client.patch(await define(), named(name), "merge", { spec: change });
  const causesOf = async (promise: Promise<unknown>) => {
    const error = await refusal(promise);
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    return error.details?.causes ?? [];
  };

  test.each<[string, object]>([
    ["spec", { low: 2, high: 1 }],
    ["spec.words", { words: ["wa", "b"] }],
    ["spec.names", { names: { x: 1 } }],
    ["spec.pattern", { pattern: "A" }],
    ["spec.address", { address: "2001:db8::1" }],
    ["spec.address", { address: "nowhere" }],
    ["spec.block", { block: "192.0.2.0/25" }],
  ])("of %s refuse %j", async (field, given) => {
    expect((await causesOf(create("bad", given))).map((cause) => cause.field)).toContain(field);
  });

  test("let through what keeps them", async () => {
    const good = {
      low: 1,
      high: 2,
      words: ["wa", "wb"],
      names: { y: 1 },
      pattern: "a",
      address: "192.0.2.1",
      block: "192.0.2.0/24",
    };
    expect((await create("good", good)).spec).toEqual(good);
  });

  test("speak by message, by expression, and with a reason of their own", async () => {
    expect(await causesOf(create("bad", { forbidden: "no" }))).toEqual([
      expect.objectContaining({
        reason: "FieldValueForbidden",
        field: "spec.forbidden",
        message: expect.stringContaining("not this"),
      }),
    ]);
    const [spoken] = await causesOf(create("bad", { spoken: 11 }));
    expect(spoken).toMatchObject({ reason: "FieldValueInvalid", message: expect.stringContaining("got 11") });
    const [low] = await causesOf(create("bad", { low: 2, high: 1 }));
    expect(low?.message).toContain("failed rule: !has(self.low) || !has(self.high) || self.low <= self.high");
  });

  test("point at the field that they name", async () => {
    expect(await causesOf(create("bad", { pointed: { a: 0 } }))).toEqual([
      expect.objectContaining({ field: "spec.pointed.a", message: expect.stringContaining("a is positive") }),
    ]);
  });

  test("see the name of the object", async () => {
    expect(await causesOf(create("unwanted", {}))).toEqual([
      expect.objectContaining({ message: expect.stringContaining("another name, please") }),
    ]);
  });

  test("about changes compare with what was, entry by entry", async () => {
    await create(
      "moves",
      {
        fixed: "a",
        grows: 5,
        parts: [
          { k: "x", v: 1 },
          { k: "y", v: 5 },
        ],
      },
      false,
    );
    expect((await causesOf(patch("moves", { fixed: "b" }))).map((cause) => cause.field)).toEqual([
      "spec.fixed",
    ]);
    expect((await causesOf(patch("moves", { grows: 4 }))).map((cause) => cause.field)).toEqual([
      "spec.grows",
    ]);
    await patch("moves", { grows: 6 });
    const swapped = [
      { k: "y", v: 6 },
      { k: "x", v: 2 },
      { k: "z", v: 0 },
    ];
    expect((await patch("moves", { parts: swapped })).spec).toMatchObject({ parts: swapped });
    const causes = await causesOf(patch("moves", { parts: [{ k: "y", v: 1 }] }));
    expect(causes.map((cause) => cause.message)).toEqual([expect.stringContaining("up")]);
    await patch("moves", { fixed: null });
    await patch("moves", { fixed: "c" });
  });
});
