/**
 * Faults of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration in addition to its schema, found when
 * it is written, so that a webhook which can never be called is not stored.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { labelValueFaults, qualifiedNameFaults } from "../object-name.ts";
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
  for (const field of ["namespaceSelector", "objectSelector"]) {
    faults.push(...selectorFaults(webhook[field], `${path}.${field}`));
  }
  checkClient(webhook.clientConfig, `${path}.clientConfig`, faults);
  const rules = Array.isArray(webhook.rules) ? webhook.rules : [];
  rules.forEach((rule, i) => {
    if (isJsonObject(rule)) checkRule(rule, `${path}.rules[${i}]`, faults);
  });
  const conditions = Array.isArray(webhook.matchConditions) ? webhook.matchConditions : [];
  conditions.forEach((condition, i) => {
    if (!isJsonObject(condition)) return;
    faults.push(...conditionNameFaults(condition.name, `${path}.matchConditions[${i}].name`));
    const compiled = compileCondition(String(condition.expression ?? ""));
    if (compiled.ok) return;
    faults.push(invalid(`${path}.matchConditions[${i}].expression`, condition.expression, compiled.error));
  });
}

function conditionNameFaults(name: unknown, path: string): Cause[] {
  if (typeof name !== "string" || name === "") return [required(path)];
  return qualifiedNameFaults(name).map((why) => invalid(path, name, why));
}

const OPERATORS = ["DoesNotExist", "Exists", "In", "NotIn"];

/** Of a label selector. */
function selectorFaults(selector: unknown, path: string): Cause[] {
  const { matchLabels, matchExpressions } = isJsonObject(selector) ? selector : {};
  const labels = isJsonObject(matchLabels) ? Object.entries(matchLabels) : [];
  const faults = labels.flatMap(([key, value]) => [
    ...qualifiedNameFaults(key).map((why) => invalid(`${path}.matchLabels`, key, why)),
    ...labelValueFaults(String(value)).map((why) => invalid(`${path}.matchLabels`, value, why)),
  ]);
  (Array.isArray(matchExpressions) ? matchExpressions : []).forEach((expression, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    const { key, operator, values } = isJsonObject(expression) ? expression : {};
    const count = Array.isArray(values) ? values.length : 0;
    if (!OPERATORS.includes(String(operator))) {
      faults.push(invalid(`${at}.operator`, operator, "not a valid selector operator"));
    } else if (operator === "In" || operator === "NotIn") {
      const why = "must be specified when `operator` is 'In' or 'NotIn'";
      if (count === 0) faults.push(required(`${at}.values`, why));
    } else if (count > 0) {
      const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      faults.push(forbidden(`${at}.values`, why));
    }
    for (const why of qualifiedNameFaults(String(key ?? ""))) faults.push(invalid(`${at}.key`, key, why));
  });
  return faults;
}

/** A pattern that another one contains is redundant (`pkg/apis/admissionregistration/validation`). */
function resourceFaults(resources: readonly string[], path: string): Cause[] {
  const faults: Cause[] = [];
  const hasAll = resources.includes("*/*");
  resources.forEach((resource, i) => {
    const [name = "", part] = resource.split("/");
    if (resource === "") faults.push(required(`${path}[${i}]`));
    if (resource === "*/*" || part === undefined) return;
    if (name !== "*" && resources.includes(`${name}/*`) && part !== "*") {
      faults.push(
        invalid(`${path}[${i}]`, resource, `if '${name}/*' is present, must not specify ${resource}`),
      );
    }
    if (name !== "*" && resources.includes(`*/${part}`)) {
      faults.push(
        invalid(`${path}[${i}]`, resource, `if '*/${part}' is present, must not specify ${resource}`),
      );
    }
  });
  if (hasAll && resources.length > 1) {
    faults.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes("*") && resources.some((each) => each !== "*" && !each.includes("/"))) {
    const why = "if '*' is present, must not specify other resources without subresources";
    faults.push(invalid(path, resources, why));
  }
  return faults;
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
    } else if (field === "resources") faults.push(...resourceFaults(values.map(String), `${path}.resources`));
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
