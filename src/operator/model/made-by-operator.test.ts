import { describe, expect, test } from "vitest";
import { allocated, subnet } from "../testing/objects.ts";
import { FIELD_MANAGER, isMadeByOperator, keepsManagedFields } from "./made-by-operator.ts";

const CREATED = "2026-01-01T00:00:10Z";

function subnetOf(entry: object) {
  const fieldsV1 = { "f:spec": { "f:cidr": {}, "f:poolRef": {} } };
  const written = { manager: FIELD_MANAGER, operation: "Update", time: CREATED, fieldsV1, ...entry };
  return subnet("a", "prod", "10.0.0.0/24", {
    metadata: { creationTimestamp: CREATED, managedFields: [{ manager: "kubectl" }, written] },
  });
}

describe("a Subnet that an operator made (PX-11)", () => {
  test.each<[string, object, boolean]>([
    ["by its name, at its creation", {}, true],
    ["in the second before its creation", { time: "2026-01-01T00:00:09Z" }, true],
    ["and a backup brought back with its notes", { time: "2026-01-01T00:00:08Z" }, false],
    ["is not one that somebody else made", { manager: "velero-server" }, false],
    ["is not one of which it wrote the labels", { fieldsV1: { "f:metadata": {} } }, false],
    ["is not one that it handed over", { fieldsV1: { "f:spec": { "f:claimRef": {} } } }, false],
    ["is not one of which it wrote the status", { subresource: "status" }, false],
    ["is not one that was applied", { operation: "Apply" }, false],
    ["needs a time", { time: undefined }, false],
  ])("PX-11 %s", (_, entry, expected) => {
    expect(isMadeByOperator(subnetOf(entry))).toBe(expected);
  });

  test("PX-11 without a note it is unknown", () => {
    expect(isMadeByOperator(subnet("a", "prod", "10.0.0.0/24"))).toBe(false);
  });

  test("PX-11 SL-01 the notes are kept until the Subnet is decided in this life", () => {
    expect(keepsManagedFields(subnetOf({}))).toBe(true);
    const metadata = { uid: "11111111-0000-4000-8000-000000000000" };
    const decided = (life: string) =>
      subnet("a", "prod", "10.0.0.0/24", { metadata, status: allocated({ life }) });
    expect(keepsManagedFields(decided("u22222222"))).toBe(true);
    expect(keepsManagedFields(decided("u11111111"))).toBe(false);
  });
});
