/** Who wrote what, when and from where: `audit.k8s.io/v1` events, a line each. */
export { type AuditEvent, type AuditFacts, auditEventOf, auditLineOf, isRefusal } from "./event.ts";
export { type AuditLog, type AuditLogOptions, openAuditLog } from "./log-file.ts";
export { MOST_REFUSALS, RefusalLimit } from "./refusal-limit.ts";
