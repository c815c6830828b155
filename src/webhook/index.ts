export { CertificateRotation } from "./certificate-rotation.ts";
export { serveFollowed } from "./followed-certificate.ts";
export {
  type CertificateFiles,
  readCertificateFiles,
  type ServedFiles,
  type WebhookCertificate,
} from "./given-certificate.ts";
export { announce, type Registration } from "./registration.ts";
export {
  type ReviewedObject,
  type ReviewRequest,
  type ReviewResponse,
  readReviewRequest,
  reviewAnswer,
} from "./review-request.ts";
export { obtainCertificate, WEBHOOK_SECRET_NAME } from "./secret-certificate.ts";
export {
  DEFAULT_LIMITS,
  type ServedCertificate,
  serveWebhook,
  type WebhookHandler,
  type WebhookLimits,
  type WebhookServer,
  type WebhookServerOptions,
} from "./server.ts";
