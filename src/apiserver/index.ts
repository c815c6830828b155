/**
 * The embedded Kubernetes API server: an API that kubectl and controllers take for a small cluster's, in this
 * process.
 *
 * @example
 * const identity = await createIdentity(systemKernel, []);
 * const server = await startApiServer({ kernel: systemKernel, store: createMemoryStore(), identity });
 * writeFileSync("kubeconfig", server.kubeconfig());
 */

export type { User } from "./context.ts";
export { type AuditEvent, type AuditLog, type AuditLogOptions, openAuditLog } from "./http/audit/index.ts";
export type { AuditSink } from "./http/audit.ts";
export {
  ADMIN,
  createIdentity,
  type FixedTokens,
  faultOfToken,
  fixedTokens,
  issueClientCertificate,
  loadOrCreateIdentity,
  newToken,
  rotateToken,
  type ServerIdentity,
  TOKEN_LENGTH,
  tokenFileIn,
} from "./http/auth/index.ts";
export type { Interceptor } from "./http/request-handler.ts";
export { ListenError } from "./http/server.ts";
export { DEFAULT_LIMITS, type ServerLimits } from "./http/server-limits.ts";
export { type ApiServer, type ApiServerOptions, startApiServer } from "./server.ts";
export * from "./store/index.ts";
export type { ServiceReference, ServiceResolver } from "./webhooks/index.ts";
