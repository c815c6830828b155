import { expect, test } from "vitest";
import { webhookConfiguration } from "./webhook-configuration.ts";

const target = { url: "https://127.0.0.1:9443/validate" };

function webhookOf(configuration: object): object | undefined {
  return (configuration as { readonly webhooks: readonly object[] }).webhooks[0];
}

test("an operator of some namespaces is asked about those alone", () => {
  const webhook = webhookOf(webhookConfiguration(target, { namespaces: ["team-a", "team-b"] }));
  expect(webhook).toMatchObject({
    namespaceSelector: {
      matchExpressions: [
        { key: "kubernetes.io/metadata.name", operator: "In", values: ["team-a", "team-b"] },
      ],
    },
  });
  expect(webhookOf(webhookConfiguration(target))).not.toHaveProperty("namespaceSelector");
});
