import { expect, test } from "vitest";
import { ok } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { AdmissionAttributes, Operation } from "../context.ts";
import { compile } from "../kinds/schema/cron-tab-fixture.ts";
import { matchWebhook } from "./match-webhook.ts";
import { webhooksOf } from "./webhook.ts";

const kind = compile({ type: "object", properties: { a: { type: "string" } } });

const object = (spec: object = { a: "1" }, labels: Record<string, string> = {}): AnyObject => ({
  apiVersion: "stable.example.com/v1",
  kind: "CronTab",
  metadata: { name: "a", namespace: "default", labels },
  spec,
});

function attributes(more: Partial<AdmissionAttributes>, request: object): AdmissionAttributes {
  return {
    operation: "CREATE",
    object: object(),
    dryRun: false,
    ...more,
    request: {
      resource: kind,
      namespace: "default",
      name: "",
      subresource: "",
      query: new URLSearchParams(),
      user: { username: "alice", groups: ["dev"] },
      userAgent: "test",
      warn: () => undefined,
      ...request,
    },
  };
}

const rule = (more: object) => ({
  rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], ...more }],
});

test.each<[string, object, boolean, Partial<AdmissionAttributes>, object]>([
  ["every operation", rule({}), true, {}, {}],
  ["another operation", rule({ operations: ["UPDATE", "DELETE"] }), false, {}, {}],
  ["its group and version", rule({ apiGroups: ["stable.example.com"], apiVersions: ["v1"] }), true, {}, {}],
  ["another group", rule({ apiGroups: [""] }), false, {}, {}],
  ["its resource", rule({ resources: ["crontabs"] }), true, {}, {}],
  ["a sub-resource that is not named", rule({ resources: ["*"] }), false, {}, { subresource: "status" }],
  [
    "a sub-resource by its name",
    rule({ resources: ["crontabs/status"] }),
    true,
    {},
    { subresource: "status" },
  ],
  ["any sub-resource", rule({ resources: ["crontabs/*"] }), true, {}, { subresource: "status" }],
  ["the status of any resource", rule({ resources: ["*/status"] }), true, {}, { subresource: "status" }],
  ["namespaced objects", rule({ scope: "Namespaced" }), true, {}, {}],
  ["cluster-wide objects only", rule({ scope: "Cluster" }), false, {}, {}],
  ["a namespace's label", { namespaceSelector: { matchLabels: { team: "net" } } }, true, {}, {}],
  [
    "another namespace",
    { namespaceSelector: { matchExpressions: [{ key: "team", operator: "NotIn", values: ["net"] }] } },
    false,
    {},
    {},
  ],
  [
    "an object's label",
    { objectSelector: { matchLabels: { x: "1" } } },
    true,
    { object: object({}, { x: "1" }) },
    {},
  ],
  [
    "the old object's label",
    { objectSelector: { matchExpressions: [{ key: "x", operator: "Exists" }] } },
    true,
    { operation: "UPDATE" as Operation, oldObject: object({}, { x: "1" }) },
    {},
  ],
  ["an object without the label", { objectSelector: { matchLabels: { x: "1" } } }, false, {}, {}],
  [
    "a condition that holds",
    {
      matchConditions: [
        { name: "c", expression: "object.spec.a == '1' && request.userInfo.username == 'alice'" },
      ],
    },
    true,
    {},
    {},
  ],
  [
    "a condition that does not",
    { matchConditions: [{ name: "c", expression: "oldObject != null" }] },
    false,
    {},
    {},
  ],
])("a webhook for %s", (_name, more, called, given, request) => {
  const configuration = {
    webhooks: [{ name: "a.example.com", ...rule({}), ...more }],
  } as unknown as AnyObject;
  const [webhook] = webhooksOf(configuration);
  const labels = (namespace: string) => (namespace === "default" ? { team: "net" } : undefined);
  expect(matchWebhook(webhook!, attributes(given, request), labels)).toEqual(ok(called));
});
