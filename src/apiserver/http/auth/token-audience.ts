/** Whom a token is meant for (RFC 7519, `aud`): who accepts it must be among them. */
import type { User } from "../../context.ts";

export interface Authenticated {
  readonly user: User;
  /** Whom the credential is good for. */
  readonly audiences: readonly string[];
}

/** Those of `accepted` that a credential is good for; none: it is not meant for them. */
export function sharedAudiences(
  credential: Pick<Authenticated, "audiences">,
  accepted: readonly string[],
): readonly string[] {
  const meant = new Set(credential.audiences);
  return accepted.filter((audience) => meant.has(audience));
}
