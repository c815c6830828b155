/** Admission webhooks. */

export { webhookFaults } from "../kinds/builtin/webhook-faults.ts";
export type { ServiceReference } from "./webhook.ts";
export { createWebhookAdmission, type WebhookAdmissionOptions } from "./webhook-admission.ts";
export { createWebhookClient, type ServiceResolver } from "./webhook-client.ts";
