/** The four kinds of patches. */
import { applyPatch } from "../../../src/apiserver/writes/apply/index.ts";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
} from "../../../src/apiserver/writes/patch/index.ts";
import type { Draw } from "../draw.ts";
import { anyObject, anyValue } from "./inputs.ts";
import { type Read, refusedOr } from "./read.ts";

const LISTS = {
  type: "object",
  properties: {
    a: {
      type: "array",
      items: { type: "object" },
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
    },
    b: { type: "array", items: { type: "string" }, "x-kubernetes-patch-strategy": "merge" },
    spec: {
      type: "object",
      properties: {
        a: {
          type: "array",
          items: { type: "object" },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
        b: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
      },
    },
  },
};

export function jsonPatch(draw: Draw): Read {
  const path = () =>
    Array.from(
      { length: draw.below(5) },
      () => `/${draw.pick(["a", "b", "spec", "0", "-", "~1", "__proto__", "01"])}`,
    ).join("");
  const patch = Array.from({ length: draw.pick([1, 3, 20, 200]) }, () => ({
    op: draw.pick(["add", "remove", "replace", "move", "copy", "test", "x"]),
    path: path(),
    from: path(),
    value: anyValue(draw),
  }));
  const document = anyObject(draw);
  return {
    size: JSON.stringify([document, patch]).length,
    value: refusedOr(applyJsonPatch(document, patch)),
  };
}

export function merge(draw: Draw): Read {
  const [document, patch] = [anyObject(draw), anyValue(draw)];
  return {
    size: JSON.stringify([document, patch]).length,
    value: refusedOr(applyMergePatch(document, patch)),
  };
}

export function strategic(draw: Draw): Read {
  const document = { a: draw.chance(0.5) ? [anyObject(draw), { name: "x" }] : anyValue(draw), b: ["x", "y"] };
  const patch = {
    ...(draw.chance(0.7)
      ? {
          a: Array.from({ length: draw.pick([1, 5, 100]) }, () => ({
            name: draw.pick(["x", "y", 1, null]),
            ...anyObject(draw),
          })),
        }
      : {}),
    ...(draw.chance(0.5) ? { b: [anyValue(draw), "x"] } : {}),
    ...(draw.chance(0.4)
      ? { "$setElementOrder/b": anyValue(draw), "$deleteFromPrimitiveList/b": anyValue(draw) }
      : {}),
    ...(draw.chance(0.2) ? { $retainKeys: anyValue(draw) } : {}),
    ...anyObject(draw),
  };
  return {
    size: JSON.stringify([document, patch]).length,
    value: refusedOr(applyStrategicMergePatch(LISTS, document, patch)),
  };
}

export function serverSideApply(draw: Draw): Read {
  const some = () => ({
    a: [{ name: draw.pick(["x", "y"]), v: anyValue(draw, 2) }, anyValue(draw, 2)],
    b: ["p", anyValue(draw, 1)],
    c: anyValue(draw),
  });
  const object = (spec: unknown) => ({ apiVersion: "v1", kind: "A", metadata: { name: "a" }, spec });
  const base = { schema: LISTS, force: draw.chance(0.5), hasStatus: false, nowText: "2026-01-01T00:00:00Z" };
  const [first, second] = [object(some()), object(some())];
  const live = refusedOr(applyPatch({ ...base, live: undefined, config: first, manager: "one" })).object;
  const value = refusedOr(applyPatch({ ...base, live, config: second, manager: draw.pick(["one", "two"]) }));
  return { size: JSON.stringify([first, second]).length, value: value.object };
}
