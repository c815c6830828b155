/**
 * Whether a webhook is to be called for a request: its rules, its selectors, its conditions, in this order.
 *
 * `matchPolicy` makes no difference here: objects are not converted between versions, so a rule names the version in
 * which the request was made.
 */

import { ok, type Result } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { AdmissionAttributes } from "../context.ts";
import { reviewRequest } from "./review.ts";
import type { Webhook, WebhookRule } from "./webhook.ts";

type Labels = Readonly<Record<string, string>>;

/** @param namespaceLabels Labels of a namespace; undefined: there is no such namespace. */
export function matchWebhook(
  webhook: Webhook,
  attributes: AdmissionAttributes,
  namespaceLabels: (namespace: string) => Labels | undefined,
): Result<boolean, string> {
  if (!webhook.rules.some((rule) => matchesRule(rule, attributes))) return ok(false);
  const namespace = labelsOfNamespace(attributes, namespaceLabels);
  if (namespace !== undefined && !webhook.namespaceSelector(namespace)) return ok(false);
  const { object, oldObject } = attributes;
  if (![object, oldObject].some((each) => each !== undefined && webhook.objectSelector(labelsOf(each)))) {
    return ok(false);
  }
  return webhook.matchConditions(() => ({ object, oldObject, request: reviewRequest(attributes, "") }));
}

function labelsOf(object: AnyObject): Labels {
  return object.metadata.labels ?? {};
}

/** Undefined: the object is in no namespace, and namespace selectors do not concern it. A namespace is in itself. */
function labelsOfNamespace(
  { request, object, oldObject }: AdmissionAttributes,
  namespaceLabels: (namespace: string) => Labels | undefined,
): Labels | undefined {
  const { resource } = request;
  if (resource.group === "" && resource.kind === "Namespace") {
    const namespace = object ?? oldObject;
    return namespace === undefined ? {} : labelsOf(namespace);
  }
  return resource.namespaced ? (namespaceLabels(request.namespace) ?? {}) : undefined;
}

function matchesRule(rule: WebhookRule, { operation, request }: AdmissionAttributes): boolean {
  const { resource, subresource } = request;
  const has = (values: readonly string[], wanted: string) => values.includes("*") || values.includes(wanted);
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, resource.version) &&
    rule.resources.some((pattern) => matchesResource(pattern, resource.plural, subresource)) &&
    (rule.scope === "*" || rule.scope === (resource.namespaced ? "Namespaced" : "Cluster"))
  );
}

/** `pods`, `pods/status`, `pods/*`, `*` (no sub-resources), `*\/status`, `*\/*`. */
function matchesResource(pattern: string, plural: string, subresource: string): boolean {
  const [resource = "", part = ""] = pattern.split("/");
  if (resource !== "*" && resource !== plural) return false;
  // `pods/*` and `*/*` take the resource itself too.
  return part === "*" || part === subresource;
}
