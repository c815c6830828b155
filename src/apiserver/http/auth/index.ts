/** Who the server is, who its clients are, and what they may do. */
export {
  ADMIN,
  ANONYMOUS,
  Authenticator,
  type FixedTokens,
  faultOfToken,
  fixedTokens,
} from "./authentication.ts";
export {
  type AccessAttributes,
  type Authorizer,
  alwaysAllow,
  rbacAuthorizer,
  roleOf,
} from "./authorization.ts";
export {
  createIdentity,
  issueClientCertificate,
  issueServerCertificate,
  newToken,
  type ServerIdentity,
  TOKEN_LENGTH,
} from "./identity.ts";
export { loadOrCreateIdentity, rotateToken, tokenFileIn } from "./identity-files.ts";
export { impersonated } from "./impersonation.ts";
export { authorizeResource } from "./request-access.ts";
export { answerReview } from "./reviews.ts";
export { ServiceAccountTokens } from "./service-account-token.ts";
export { answerTokenRequest } from "./token-request.ts";
export { checkWrite } from "./write-checks.ts";
