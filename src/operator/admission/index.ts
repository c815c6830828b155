export type { AdmissionPolicy } from "./review.ts";
export { type CertificateOrigin, serveAdmission, type WebhookOptions } from "./serve-admission.ts";
export {
  WEBHOOK_CONFIGURATION_NAME,
  type WebhookTarget,
  webhookConfiguration,
} from "./webhook-configuration.ts";
