/**
 * One webhook of a configuration, read once: with the defaults of Kubernetes, its selectors and its conditions
 * compiled.
 */
import type { AnyObject } from "../../kube/object.ts";
import { compileConditions, type MatchConditions } from "../kinds/builtin/match-conditions.ts";
import { isJsonObject, type JsonObject, memberOf } from "../kinds/schema/json-value.ts";
import { compileSelector, type SelectorMatch } from "./selector.ts";

export interface Webhook {
  readonly name: string;
  readonly target: WebhookTarget;
  readonly rules: readonly WebhookRule[];
  readonly failurePolicy: "Fail" | "Ignore";
  readonly sideEffects: string;
  readonly timeoutSeconds: number;
  readonly reinvocationPolicy: "Never" | "IfNeeded";
  readonly namespaceSelector: SelectorMatch;
  readonly objectSelector: SelectorMatch;
  readonly matchConditions: MatchConditions;
  readonly reviewVersions: readonly string[];
}

export interface WebhookTarget {
  readonly url: string | undefined;
  readonly service: ServiceReference | undefined;
  /** PEM; undefined: the authorities that this machine trusts. */
  readonly caBundle: string | undefined;
}

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly path: string;
}

export interface WebhookRule {
  readonly operations: readonly string[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: string;
}

const DEFAULT_TIMEOUT_SECONDS = 10;

const known = new WeakMap<AnyObject, readonly Webhook[]>();

/** The webhooks of a Mutating- or ValidatingWebhookConfiguration. Cached by the object, which is immutable. */
export function webhooksOf(configuration: AnyObject): readonly Webhook[] {
  let webhooks = known.get(configuration);
  if (webhooks === undefined) {
    const declared = Array.isArray(configuration.webhooks) ? configuration.webhooks : [];
    webhooks = declared.filter(isJsonObject).map(readWebhook);
    known.set(configuration, webhooks);
  }
  return webhooks;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function textOr<T extends string>(value: unknown, fallback: T): T {
  return typeof value === "string" && value !== "" ? (value as T) : fallback;
}

function readWebhook(webhook: JsonObject): Webhook {
  const { timeoutSeconds, rules } = webhook;
  return {
    name: textOr(webhook.name, "unnamed"),
    target: readTarget(webhook.clientConfig),
    rules: Array.isArray(rules) ? rules.filter(isJsonObject).map(readRule) : [],
    failurePolicy: textOr<"Fail" | "Ignore">(webhook.failurePolicy, "Fail"),
    sideEffects: textOr(webhook.sideEffects, "Unknown"),
    timeoutSeconds: typeof timeoutSeconds === "number" ? timeoutSeconds : DEFAULT_TIMEOUT_SECONDS,
    reinvocationPolicy: textOr<"Never" | "IfNeeded">(webhook.reinvocationPolicy, "Never"),
    namespaceSelector: compileSelector(webhook.namespaceSelector),
    objectSelector: compileSelector(webhook.objectSelector),
    matchConditions: compileConditions(webhook.matchConditions),
    reviewVersions: texts(webhook.admissionReviewVersions),
  };
}

/** Of `clientConfig`, which admission and conversion webhooks have alike. */
export function readTarget(clientConfig: unknown): WebhookTarget {
  const url = memberOf(clientConfig, "url");
  const service = memberOf(clientConfig, "service");
  const caBundle = memberOf(clientConfig, "caBundle");
  const port = memberOf(service, "port");
  return {
    url: typeof url === "string" ? url : undefined,
    service: isJsonObject(service)
      ? {
          namespace: textOr(service.namespace, ""),
          name: textOr(service.name, ""),
          port: typeof port === "number" ? port : 443,
          path: textOr(service.path, "/"),
        }
      : undefined,
    caBundle:
      typeof caBundle === "string" && caBundle !== ""
        ? Buffer.from(caBundle, "base64").toString("utf8")
        : undefined,
  };
}

function readRule(rule: JsonObject): WebhookRule {
  return {
    operations: texts(rule.operations),
    apiGroups: texts(rule.apiGroups),
    apiVersions: texts(rule.apiVersions),
    resources: texts(rule.resources),
    scope: textOr(rule.scope, "*"),
  };
}
