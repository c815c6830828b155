/** Admission webhooks. */

export type { ServiceReference } from "./webhook.ts";
export { createWebhookAdmission, type WebhookAdmissionOptions } from "./webhook-admission.ts";
export { createWebhookClient, type ServiceResolver } from "./webhook-client.ts";
export { webhookFaults } from "./webhook-faults.ts";
