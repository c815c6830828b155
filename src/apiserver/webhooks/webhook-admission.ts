/**
 * Admission by webhooks: first those that change an object, one after the other, then those that judge it, all at
 * once. Refusals and failures are worded as kube-apiserver words them.
 */

import { err, type Kernel, ok, type Result } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { Admission, AdmissionAttributes } from "../context.ts";
import { equalJson } from "../kinds/schema/json-value.ts";
import { badRequest, internalError } from "../status-error.ts";
import { matchWebhook } from "./match-webhook.ts";
import { admitPatched } from "./patched-object.ts";
import { refusalOf } from "./refusal.ts";
import { patchObject, REVIEW_VERSION, type ReviewResponse, readReview, reviewRequest } from "./review.ts";
import { type Webhook, webhooksOf } from "./webhook.ts";
import { createWebhookClient, type ServiceResolver, type WebhookClient } from "./webhook-client.ts";

export interface WebhookAdmissionOptions {
  readonly kernel: Kernel;
  /** The MutatingWebhookConfigurations and ValidatingWebhookConfigurations that there are now, as stored. */
  readonly configurations: (kind: "mutating" | "validating") => readonly AnyObject[];
  /** Labels of a namespace; undefined: there is no such namespace. */
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined;
  readonly resolveService: ServiceResolver;
  /** Called for failures that a failurePolicy of Ignore skips. */
  readonly onIgnored?: (webhook: string, failure: string) => void;
}

/** Not judged by webhooks, so that a broken one can always be removed. */
const EXEMPT_GROUP = "admissionregistration.k8s.io";

export function createWebhookAdmission(
  options: WebhookAdmissionOptions,
): Admission & { close(): Promise<void> } {
  const client = createWebhookClient(options.kernel, options.resolveService);
  return {
    mutate: (attributes) => mutate(options, client, attributes),
    validate: (attributes) => validate(options, client, attributes),
    close: () => client.close(),
  };
}

function webhooksFor(
  options: WebhookAdmissionOptions,
  kind: "mutating" | "validating",
  attributes: AdmissionAttributes,
): readonly Webhook[] {
  if (attributes.request.resource.group === EXEMPT_GROUP) return [];
  const configurations = options.configurations(kind);
  if (configurations.length === 0) return [];
  return [...configurations].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).flatMap(webhooksOf);
}

async function mutate(
  options: WebhookAdmissionOptions,
  client: WebhookClient,
  attributes: AdmissionAttributes,
): Promise<AnyObject | undefined> {
  let object = attributes.object;
  /** For each webhook that ran, the object as it left it. */
  const left = new Map<Webhook, AnyObject | undefined>();
  const run = async (webhook: Webhook) => {
    const given = object === undefined ? attributes : { ...attributes, object };
    const response = await review(options, client, webhook, given);
    if (response === undefined) return;
    if (response.patch !== undefined) object = await patched(webhook, given, response.patch);
    left.set(webhook, object);
  };
  const webhooks = webhooksFor(options, "mutating", attributes);
  for (const webhook of webhooks) await run(webhook);
  for (const webhook of webhooks) {
    const again = webhook.reinvocationPolicy === "IfNeeded" && left.has(webhook);
    if (again && !equalJson(left.get(webhook), object)) await run(webhook);
  }
  return object;
}

async function patched(
  webhook: Webhook,
  attributes: AdmissionAttributes,
  patch: unknown,
): Promise<AnyObject> {
  if (attributes.object === undefined) {
    throw internalError(
      `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  const result = patchObject(attributes.object, patch);
  if (!result.ok) throw internalError(result.error);
  return admitPatched(webhook.name, attributes.request, attributes.object, result.value);
}

async function validate(
  options: WebhookAdmissionOptions,
  client: WebhookClient,
  attributes: AdmissionAttributes,
): Promise<void> {
  const webhooks = webhooksFor(options, "validating", attributes);
  if (webhooks.length === 0) return;
  const outcomes = await Promise.allSettled(
    webhooks.map((webhook) => review(options, client, webhook, attributes)),
  );
  // The first in the order of the configurations, not the first in time.
  const refused = outcomes.find((outcome) => outcome.status === "rejected");
  if (refused !== undefined) throw refused.reason;
}

/** Undefined: the webhook does not apply, or failed with Ignore. Otherwise throws the error for the client. */
async function review(
  options: WebhookAdmissionOptions,
  client: WebhookClient,
  webhook: Webhook,
  attributes: AdmissionAttributes,
): Promise<ReviewResponse | undefined> {
  const matched = matchWebhook(webhook, attributes, options.namespaceLabels);
  if (matched.ok && !matched.value) return undefined;
  if (matched.ok && attributes.dryRun && !["None", "NoneOnDryRun"].includes(webhook.sideEffects)) {
    throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
  }
  const response = matched.ok ? await ask(options.kernel, client, webhook, attributes) : matched;
  if (!response.ok) {
    if (webhook.failurePolicy === "Fail") {
      throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${response.error}`);
    }
    options.onIgnored?.(webhook.name, response.error);
    return undefined;
  }
  for (const warning of response.value.warnings) attributes.request.warn(warning);
  if (!response.value.allowed) throw refusalOf(webhook.name, response.value.status);
  return response.value;
}

async function ask(
  kernel: Kernel,
  client: WebhookClient,
  webhook: Webhook,
  attributes: AdmissionAttributes,
): Promise<Result<ReviewResponse, string>> {
  if (!webhook.reviewVersions.includes("v1")) {
    return err(`webhook does not accept known AdmissionReview versions (v1)`);
  }
  const uid = kernel.random.uuid();
  const answer = await client.call(webhook, {
    apiVersion: REVIEW_VERSION,
    kind: "AdmissionReview",
    request: reviewRequest(attributes, uid),
  });
  if (!answer.ok) return answer;
  const read = readReview(answer.value, uid);
  return read.ok ? ok(read.value) : read;
}
