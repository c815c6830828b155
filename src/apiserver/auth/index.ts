/** Who the server is, who its clients are, and what they may do. */
export { ADMIN, ANONYMOUS, Authenticator } from "./authentication.ts";
export {
  type AccessAttributes,
  type Authorizer,
  alwaysAllow,
  rbacAuthorizer,
  rulesOf,
} from "./authorization.ts";
export { checkEscalation } from "./escalation.ts";
export {
  createIdentity,
  issueClientCertificate,
  type ServerIdentity,
} from "./identity.ts";
export { loadOrCreateIdentity } from "./identity-files.ts";
export { impersonated } from "./impersonation.ts";
export { answerReview } from "./reviews.ts";
export { ServiceAccountTokens } from "./service-account-token.ts";
