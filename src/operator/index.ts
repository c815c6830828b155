export {
  type AdmissionPolicy,
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_SECRET_NAME,
  type WebhookOptions,
  type WebhookTarget,
  webhookConfiguration,
} from "./admission/index.ts";
export { type Operator, type OperatorOptions, startOperator } from "./operator.ts";
