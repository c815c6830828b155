/** A kind that uses what custom resources can do: defaults, validation, rules, status, lists with keys. */
import type { AnyObject, Resource } from "../../src/client/index.ts";

export function widgetsOf(group: string): Resource<AnyObject> {
  return { group, version: "v1", kind: "Widget", plural: "widgets", namespaced: true };
}

const SPEC = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer", minimum: 1, maximum: 100 },
    colour: { type: "string", enum: ["red", "green"], default: "red" },
    tags: { type: "array", items: { type: "string" } },
    owner: {
      type: "string",
      "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "the owner stays" }],
    },
    code: { type: "string", pattern: "^[A-Z]{3}$", minLength: 3, maxLength: 3 },
    anything: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    amount: { "x-kubernetes-int-or-string": true },
    parts: {
      type: "array",
      maxItems: 10,
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, count: { type: "integer", default: 1 } },
      },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
  },
  "x-kubernetes-validations": [
    { rule: "self.size <= 50 || self.colour == 'green'", message: "large widgets are green" },
  ],
};

export function widgetCrd(group: string): AnyObject {
  const status = { type: "object", properties: { phase: { type: "string" }, ready: { type: "boolean" } } };
  const schema = { type: "object", required: ["spec"], properties: { spec: SPEC, status } };
  const version = {
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: schema },
    subresources: { status: {} },
    selectableFields: [{ jsonPath: ".spec.colour" }],
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      versions: [version],
    },
  };
}
