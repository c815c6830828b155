/**
 * CRDs for tests, after the CronTab example of the Kubernetes documentation.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { ServedResource } from "../resource.ts";
import { compileCrd } from "./crd.ts";

export function crdWith(schema: object, more: object = {}): AnyObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "crontabs.stable.example.com" },
    spec: {
      group: "stable.example.com",
      scope: "Namespaced",
      names: {
        plural: "crontabs",
        singular: "crontab",
        kind: "CronTab",
        shortNames: ["ct"],
        categories: ["all"],
      },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more }],
    },
  };
}

export function compile(spec: object, more: object = {}): ServedResource {
  const compiled = compileCrd(crdWith({ type: "object", properties: { spec } }, more));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error, null, 1));
  return compiled.value[0] as ServedResource;
}

export const cron = {
  type: "object",
  required: ["image"],
  properties: {
    cronSpec: {
      type: "string",
      pattern: "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$",
      default: "5 0 * * *",
    },
    image: { type: "string", minLength: 1, maxLength: 5 },
    replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 },
    mode: { type: "string", enum: ["On", "Off"] },
    network: { type: "string", format: "cidr" },
  },
};
