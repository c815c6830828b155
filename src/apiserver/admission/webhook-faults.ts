/**
 * Faults of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration beyond what its schema says, found when
 * it is written, so that a webhook which can never be called is not stored.
 */
import type { AnyObject } from "../../api/object.ts";
import type { Cause } from "../resource.ts";
import { forbidden, invalid, notSupported, required } from "../schema/causes.ts";
import { isJsonObject, type JsonObject } from "../schema/json-value.ts";
import { compileCondition } from "./match-conditions.ts";

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  failurePolicy: ["Fail", "Ignore"],
  matchPolicy: ["Equivalent", "Exact"],
  reinvocationPolicy: ["IfNeeded", "Never"],
  sideEffects: ["None", "NoneOnDryRun"],
};
const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];

export function webhookFaults(configuration: AnyObject): readonly Cause[] {
  const faults: Cause[] = [];
  const webhooks = Array.isArray(configuration.webhooks) ? configuration.webhooks : [];
  webhooks.forEach((webhook, i) => {
    if (isJsonObject(webhook)) checkWebhook(webhook, `webhooks[${i}]`, faults);
  });
  return faults;
}

function checkWebhook(webhook: JsonObject, path: string, faults: Cause[]): void {
  const { name, timeoutSeconds, admissionReviewVersions: versions } = webhook;
  if (typeof name !== "string" || name.split(".").filter((part) => part !== "").length < 3) {
    faults.push(
      invalid(`${path}.name`, name, "should be a domain with at least three segments separated by dots"),
    );
  }
  for (const [field, allowed] of Object.entries(CHOICES)) {
    const value = webhook[field];
    if (value !== undefined && !allowed.includes(String(value))) {
      faults.push(notSupported(`${path}.${field}`, value, allowed));
    }
  }
  if (typeof timeoutSeconds === "number" && (timeoutSeconds < 1 || timeoutSeconds > 30)) {
    faults.push(
      invalid(`${path}.timeoutSeconds`, timeoutSeconds, "the timeout value must be between 1 and 30 seconds"),
    );
  }
  if (!Array.isArray(versions) || !versions.includes("v1")) {
    faults.push(invalid(`${path}.admissionReviewVersions`, versions, "must include at least one of v1"));
  }
  checkClient(webhook.clientConfig, `${path}.clientConfig`, faults);
  const rules = Array.isArray(webhook.rules) ? webhook.rules : [];
  rules.forEach((rule, i) => {
    if (isJsonObject(rule)) checkRule(rule, `${path}.rules[${i}]`, faults);
  });
  const conditions = Array.isArray(webhook.matchConditions) ? webhook.matchConditions : [];
  conditions.forEach((condition, i) => {
    if (!isJsonObject(condition)) return;
    const compiled = compileCondition(String(condition.expression ?? ""));
    if (compiled.ok) return;
    faults.push(invalid(`${path}.matchConditions[${i}].expression`, condition.expression, compiled.error));
  });
}

function checkClient(clientConfig: unknown, path: string, faults: Cause[]): void {
  const { url, service } = isJsonObject(clientConfig) ? clientConfig : {};
  if ((url === undefined) === (service === undefined)) {
    faults.push(required(path, "exactly one of url or service is required"));
    return;
  }
  if (service !== undefined) {
    const { name, namespace } = isJsonObject(service) ? service : {};
    if (typeof name !== "string" || name === "")
      faults.push(required(`${path}.service.name`, "service name is required"));
    if (typeof namespace !== "string" || namespace === "") {
      faults.push(required(`${path}.service.namespace`, "service namespace is required"));
    }
    return;
  }
  const parsed = URL.canParse(String(url)) ? new URL(String(url)) : undefined;
  if (parsed === undefined) faults.push(invalid(`${path}.url`, url, "url must be a valid URL"));
  else if (parsed.protocol !== "https:") {
    faults.push(
      invalid(
        `${path}.url`,
        url,
        "'https' is the only allowed URL scheme; desired format: https://host[/path]",
      ),
    );
  } else if (parsed.username !== "" || parsed.hash !== "" || parsed.search !== "") {
    faults.push(
      forbidden(
        `${path}.url`,
        "user information, query parameters and fragments are not permitted in the URL",
      ),
    );
  }
}

function checkRule(rule: JsonObject, path: string, faults: Cause[]): void {
  for (const field of ["operations", "apiGroups", "apiVersions", "resources"]) {
    const values = rule[field];
    if (!Array.isArray(values) || values.length === 0) faults.push(required(`${path}.${field}`));
    else if (values.length > 1 && values.includes("*") && field !== "resources") {
      faults.push(invalid(`${path}.${field}`, values, "if '*' is present, must not specify other values"));
    }
  }
  const operations = Array.isArray(rule.operations) ? rule.operations : [];
  operations.forEach((operation, i) => {
    if (!OPERATIONS.includes(operation))
      faults.push(notSupported(`${path}.operations[${i}]`, operation, OPERATIONS));
  });
  if (rule.scope !== undefined && !SCOPES.includes(String(rule.scope))) {
    faults.push(notSupported(`${path}.scope`, rule.scope, SCOPES));
  }
}
