/** Webhooks that clients register: for admission, and for conversion between versions. */

export type { ServiceReference } from "./webhook.ts";
export { createWebhookAdmission, type WebhookAdmissionOptions } from "./webhook-admission.ts";
export { createWebhookClient, type ServiceResolver } from "./webhook-client.ts";
export { webhookConverter } from "./webhook-converter.ts";
