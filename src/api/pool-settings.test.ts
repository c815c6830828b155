import { expect, test } from "vitest";
import { PARENT_LABEL } from "./group.ts";
import { parentNameOf, readPoolSettings } from "./pool-settings.ts";
import type { SubnetPool } from "./subnet-pool.ts";

interface Parents {
  readonly label?: string;
  readonly reference?: string;
}

function pool({ label, reference }: Parents): SubnetPool {
  return {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "SubnetPool",
    metadata: {
      name: "web",
      namespace: "fleet",
      ...(label === undefined ? {} : { labels: { [PARENT_LABEL]: label } }),
    },
    spec: {
      cidr: "10.0.0.0/16",
      ...(reference === undefined ? {} : { parentRef: { name: reference } }),
    },
  };
}

test.each<[string, Parents, string | undefined]>([
  ["label", { label: "corp" }, "corp"],
  ["reference", { reference: "corp" }, "corp"],
  ["both, the same", { label: "corp", reference: "corp" }, "corp"],
  ["neither", {}, undefined],
  ["a label left empty", { label: "" }, undefined],
  ["a reference left empty", { reference: "" }, undefined],
  ["both left empty", { label: "", reference: "" }, undefined],
  ["an empty label beside a reference", { label: "", reference: "corp" }, "corp"],
  ["an empty reference beside a label", { label: "corp", reference: "" }, "corp"],
])("PS-05 the parent of a pool by %s", (_what, parents, expected) => {
  expect(parentNameOf(pool(parents))).toBe(expected);
  const settings = readPoolSettings(pool(parents));
  expect(settings).toMatchObject({ ok: true, value: { parentName: expected } });
});

test("PS-15 two parents that differ are a fault", () => {
  const settings = readPoolSettings(pool({ label: "corp", reference: "lab" }));
  expect(settings).toMatchObject({ ok: false, error: [{ reason: "ParentMismatch" }] });
});
