import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { webhookFaults } from "./webhook-faults.ts";

const sound = {
  name: "a.example.com",
  clientConfig: { url: "https://example.com/hook" },
  rules: [
    { operations: ["CREATE"], apiGroups: ["*"], apiVersions: ["v1"], resources: ["pods", "pods/status"] },
  ],
  sideEffects: "None",
  admissionReviewVersions: ["v1", "v1beta1"],
  matchConditions: [{ name: "c", expression: "has(object.metadata.labels)" }],
};

function faults(more: object): string[] {
  const configuration = { webhooks: [{ ...sound, ...more }] } as unknown as AnyObject;
  return webhookFaults(configuration).map((cause) => `${cause.field}: ${cause.message}`);
}

test("a sound configuration has no faults", () => {
  expect(faults({})).toEqual([]);
});

test.each([
  [{ name: "a" }, "webhooks[0].name: Invalid value"],
  [{ sideEffects: "Some" }, 'webhooks[0].sideEffects: Unsupported value: "Some"'],
  [{ failurePolicy: "Maybe" }, "webhooks[0].failurePolicy: Unsupported value"],
  [{ timeoutSeconds: 31 }, "webhooks[0].timeoutSeconds: Invalid value: 31"],
  [{ admissionReviewVersions: ["v1beta1"] }, "webhooks[0].admissionReviewVersions: Invalid value"],
  [
    { clientConfig: {} },
    "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
  ],
  [{ clientConfig: { url: "http://example.com" } }, "webhooks[0].clientConfig.url: Invalid value"],
  [{ clientConfig: { url: "https://example.com?a=b" } }, "webhooks[0].clientConfig.url: Forbidden"],
  [
    { clientConfig: { service: { name: "a" } } },
    "webhooks[0].clientConfig.service.namespace: Required value",
  ],
  [
    { rules: [{ ...sound.rules[0], operations: ["PATCH"] }] },
    "webhooks[0].rules[0].operations[0]: Unsupported value",
  ],
  [
    { rules: [{ ...sound.rules[0], apiGroups: ["*", "apps"] }] },
    "webhooks[0].rules[0].apiGroups: Invalid value",
  ],
  [
    { matchConditions: [{ name: "c", expression: "object." }] },
    "webhooks[0].matchConditions[0].expression: Invalid value",
  ],
])("%j is refused", (more, expected) => {
  expect(faults(more).join("\n")).toContain(expected);
});
