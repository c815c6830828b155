import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { compileCrd } from "./crd.ts";
import { crdWith } from "./cron-tab-fixture.ts";

function withConversion(conversion: object): AnyObject {
  const crd = crdWith({ type: "object" });
  const spec = crd.spec as { versions: object[] };
  const v2 = { ...spec.versions[0], name: "v2", storage: false };
  return { ...crd, spec: { ...spec, versions: [...spec.versions, v2], conversion } } as AnyObject;
}

function faultsOf(conversion: object): readonly string[] {
  const compiled = compileCrd(withConversion(conversion));
  return compiled.ok
    ? []
    : compiled.error.map(({ field, reason }) => `${field} ${reason.slice("FieldValue".length)}`);
}

const service = { name: "webhook", namespace: "system", path: "/convert" };
const webhook = (clientConfig: object, more: object = {}) => ({
  strategy: "Webhook",
  webhook: { clientConfig, conversionReviewVersions: ["v1"], ...more },
});

test("PX-09: each version knows the webhook that converts it", () => {
  const compiled = compileCrd(withConversion(webhook({ service })));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const conversionWebhook = { clientConfig: { service }, reviewVersions: ["v1"] };
  expect(compiled.value).toEqual([
    expect.objectContaining({ version: "v1", conversionWebhook }),
    expect.objectContaining({ version: "v2", conversionWebhook }),
  ]);
  const alone = compileCrd(withConversion({ strategy: "None" }));
  expect(alone.ok && alone.value.map((each) => each.conversionWebhook)).toEqual([undefined, undefined]);
});

test.each([
  [{ strategy: "None" }, []],
  [{ strategy: "Magic" }, ["spec.conversion.strategy NotSupported"]],
  [{ strategy: "" }, ["spec.conversion.strategy Required"]],
  [
    { ...webhook({ service }), strategy: "None" },
    ["spec.conversion.webhookClientConfig Forbidden", "spec.conversion.conversionReviewVersions Forbidden"],
  ],
  [
    { strategy: "Webhook" },
    ["spec.conversion.webhookClientConfig Required", "spec.conversion.conversionReviewVersions Required"],
  ],
  [webhook({}), ["spec.conversion.webhookClientConfig Required"]],
  [webhook({ service, url: "https://a" }), ["spec.conversion.webhookClientConfig Required"]],
  [webhook({ url: "http://a/b" }), ["spec.conversion.webhookClientConfig.url Invalid"]],
  [
    webhook({ url: "https://u@a/b?c" }),
    ["spec.conversion.webhookClientConfig.url Invalid", "spec.conversion.webhookClientConfig.url Invalid"],
  ],
  [
    webhook({ service: { path: "convert", port: 0 } }),
    [
      "spec.conversion.webhookClientConfig.service.name Required",
      "spec.conversion.webhookClientConfig.service.namespace Required",
      "spec.conversion.webhookClientConfig.service.port Invalid",
      "spec.conversion.webhookClientConfig.service.path Invalid",
    ],
  ],
  [
    webhook({ service }, { conversionReviewVersions: ["v9"] }),
    ["spec.conversion.conversionReviewVersions Invalid"],
  ],
  [
    webhook({ service }, { conversionReviewVersions: ["v1", "v1", "V1"] }),
    [
      "spec.conversion.conversionReviewVersions[1] Invalid",
      "spec.conversion.conversionReviewVersions[2] Invalid",
    ],
  ],
])("PX-09: faults of a conversion: %j", (conversion, expected) => {
  expect(faultsOf(conversion)).toEqual(expected);
});
