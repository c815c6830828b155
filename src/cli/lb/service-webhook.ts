/**
 * Serves the review of Services to an API server, over TLS. Register it with `failurePolicy: Ignore`
 * (`deploy/load-balancers/validating-webhook.yaml`): requests must not wait for a ledger.
 */

import { type AdmissionReview, reviewService } from "../../balancers/sync/index.ts";
import { ok } from "../../kernel/index.ts";
import {
  readReviewRequest,
  type ServedCertificate,
  serveWebhook,
  type WebhookServer,
} from "../../webhook/index.ts";
import type { BindAddress } from "../flags/flag-values.ts";

export interface ServiceWebhookOptions {
  readonly bind: BindAddress;
  readonly certificate: ServedCertificate;
  readonly context: Parameters<typeof reviewService>[1];
}

export const SERVICE_WEBHOOK_PATH = "/validate-service";

export async function serveServiceWebhook(options: ServiceWebhookOptions): Promise<WebhookServer> {
  const { bind, certificate, context } = options;
  const handler = async (body: string) => {
    const request = readReviewRequest(body);
    if (!request.ok) return request;
    return ok(await reviewService(JSON.parse(body) as AdmissionReview, context));
  };
  return serveWebhook(handler, certificate, { ...bind, path: SERVICE_WEBHOOK_PATH });
}
