export { CertificateRotation } from "./certificate-rotation.ts";
export { type CertificateFiles, readCertificateFiles, type ServedFiles } from "./given-certificate.ts";
export type { AdmissionPolicy } from "./review.ts";
export { obtainCertificate, WEBHOOK_SECRET_NAME } from "./webhook-certificate.ts";
export {
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_CONFIGURATIONS,
  type WebhookTarget,
  webhookConfiguration,
} from "./webhook-configuration.ts";
export {
  type CertificateOrigin,
  serveWebhook,
  type WebhookOptions,
  type WebhookServer,
} from "./webhook-server.ts";
