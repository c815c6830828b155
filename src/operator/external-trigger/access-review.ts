/**
 * Who is asking, and may they? Answered by the API server itself: TokenReview for the first, SubjectAccessReview for
 * the second, on a cluster and embedded alike.
 */
import type { AnyObject, KubeClient, Resource } from "../../client/index.ts";

const TOKEN_REVIEWS: Resource<AnyObject> = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  plural: "tokenreviews",
  namespaced: false,
};

const ACCESS_REVIEWS: Resource<AnyObject> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  namespaced: false,
};

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

/** @param token Without `Bearer`; undefined when the request carried none. */
export async function reviewAccess(
  client: KubeClient,
  token: string | undefined,
  access: Access,
  signal?: AbortSignal,
): Promise<Verdict> {
  if (token === undefined || token === "") return "unauthenticated";
  const options = signal === undefined ? {} : { signal };
  const tokenReview = await client.create(TOKEN_REVIEWS, review(TOKEN_REVIEWS, { token }), options);
  const { authenticated, user } = (tokenReview.status ?? {}) as TokenReviewStatus;
  if (authenticated !== true || user === undefined) return "unauthenticated";
  const { username, uid, groups, extra } = user;
  const spec = { user: username, uid, groups, extra, ...access };
  const accessReview = await client.create(ACCESS_REVIEWS, review(ACCESS_REVIEWS, spec), options);
  return (accessReview.status as { allowed?: boolean } | undefined)?.allowed === true
    ? "allowed"
    : "forbidden";
}

/** Reviews are answered, not kept, and have no name. */
function review(resource: Resource, spec: object): AnyObject {
  const apiVersion = `${resource.group}/${resource.version}`;
  return { apiVersion, kind: resource.kind, metadata: {} as AnyObject["metadata"], spec };
}
