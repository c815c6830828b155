/**
 * Who is asking, and may they? Answered by the API server itself: TokenReview for the first, SubjectAccessReview for
 * the second, on a cluster and embedded alike.
 */
import type { KubeClient, RequestOptions } from "../../client/index.ts";
import type { AnyObject, Resource } from "../../kube/index.ts";
import { SUBJECT_ACCESS_REVIEWS, TOKEN_REVIEWS } from "../../kube/index.ts";

export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What is to be done, as RBAC names it: to an object, or to a path of this process. */
export type Access =
  | {
      readonly resourceAttributes: {
        readonly verb: string;
        readonly group: string;
        readonly resource: string;
        readonly subresource?: string;
        readonly namespace: string;
        readonly name: string;
      };
    }
  | { readonly nonResourceAttributes: { readonly verb: string; readonly path: string } };

export type Verdict = "allowed" | "unauthenticated" | "forbidden";

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: User;
}

type Reviewing = Pick<KubeClient, "create">;

/** The user of this token. Undefined: unknown to the API server. @param token Without `Bearer` */
export async function reviewToken(
  client: Reviewing,
  token: string,
  options: RequestOptions = {},
): Promise<User | undefined> {
  const answer = await client.create(TOKEN_REVIEWS, review(TOKEN_REVIEWS, { token }), options);
  const { authenticated, user } = (answer.status ?? {}) as TokenReviewStatus;
  return authenticated === true ? user : undefined;
}

export async function reviewUser(
  client: Reviewing,
  { username, uid, groups, extra }: User,
  access: Access,
  options: RequestOptions = {},
): Promise<Verdict> {
  const spec = { user: username, uid, groups, extra, ...access };
  const answer = await client.create(SUBJECT_ACCESS_REVIEWS, review(SUBJECT_ACCESS_REVIEWS, spec), options);
  return (answer.status as { allowed?: boolean } | undefined)?.allowed === true ? "allowed" : "forbidden";
}

/** Reviews are answered, not kept, and have no name. */
function review(resource: Resource, spec: object): AnyObject {
  const apiVersion = `${resource.group}/${resource.version}`;
  return { apiVersion, kind: resource.kind, metadata: {} as AnyObject["metadata"], spec };
}
