/**
 * `kubectl --as`: a user who may do so acts as another one. Each part of the other one is a right of its own: `users`,
 * `groups`, `serviceaccounts` (in their namespace), `uids` and `userextras/KEY`
 * (https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/).
 */
import { defined } from "../../../kernel/index.ts";
import type { User } from "../../context.ts";
import { badRequest, forbidden } from "../../status-error.ts";
import type { RequestHead } from "../arrival.ts";
import type { Authorizer, ResourceAccess } from "./authorization.ts";
import { refusalText } from "./refusal.ts";
import { accountGroups, accountOf } from "./service-account-name.ts";

const PREFIX = "impersonate-";
const EXTRA_PREFIX = `${PREFIX}extra-`;
const IDENTITY_GROUP = "authentication.k8s.io";
const ANONYMOUS = "system:anonymous";
const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";

/** Who the request counts as. @throws StatusError 400, or 403 when the caller may not be that one. */
export function impersonated(
  request: Pick<RequestHead, "headers" | "headersDistinct">,
  caller: User,
  authorizer: Authorizer,
): User {
  const wanted = namesAnother(request) ? readHeaders(request) : undefined;
  if (wanted === undefined) return caller;
  for (const access of accessesFor(wanted)) {
    if (authorizer.allows(caller, access)) continue;
    const { group, resource, name } = access;
    throw forbidden({ group, plural: resource, kind: "" }, name, refusalText(caller, access));
  }
  return { ...wanted, groups: withImpliedGroups(wanted) };
}

/** Few requests do, and Node makes a list of the values of every header when one of them is asked for. */
function namesAnother({ headers }: Pick<RequestHead, "headers">): boolean {
  for (const name in headers) if (name.startsWith(PREFIX)) return true;
  return false;
}

/** Undefined: no user is impersonated. The groups are those in the headers. */
function readHeaders(request: Pick<RequestHead, "headersDistinct">): User | undefined {
  const headers = request.headersDistinct;
  const single = (name: string): string => {
    const values = headers[name] ?? [];
    if (values.length > 1)
      throw badRequest(`the header ${name} must be given once, not ${values.length} times`);
    return values[0] ?? "";
  };
  const username = single("impersonate-user");
  const uid = single("impersonate-uid");
  const groups = (headers["impersonate-group"] ?? []).filter((group) => group !== "");
  const extra = readExtra(headers);
  if (username === "") {
    if (uid === "" && groups.length === 0 && extra === undefined) return undefined;
    throw badRequest(
      "Impersonate-User is missing: groups, UIDs and extra fields are impersonated with a user only",
    );
  }
  return { username, groups, ...defined({ uid: uid || undefined, extra }) };
}

function readExtra(headers: NodeJS.Dict<string[]>): User["extra"] {
  const entries = Object.entries(headers)
    .filter(([name]) => name.startsWith(EXTRA_PREFIX) && name.length > EXTRA_PREFIX.length)
    .map(([name, values]) => [decoded(name.slice(EXTRA_PREFIX.length)), values ?? []] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Keys that a header cannot hold come percent-encoded; what is no such encoding stands for itself. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The rights that it takes. */
function accessesFor({ username, uid, groups, extra = {} }: User): ResourceAccess[] {
  const access = (resource: string, name: string, more: Partial<ResourceAccess> = {}): ResourceAccess => ({
    verb: "impersonate",
    group: "",
    resource,
    subresource: "",
    namespace: "",
    name,
    ...more,
  });
  const account = accountOf(username);
  return [
    account === undefined
      ? access("users", username)
      : access("serviceaccounts", account.name, { namespace: account.namespace }),
    ...groups.map((group) => access("groups", group)),
    ...(uid === undefined ? [] : [access("uids", uid, { group: IDENTITY_GROUP })]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => access("userextras", value, { group: IDENTITY_GROUP, subresource: key })),
    ),
  ];
}

/** Those that follow from who it is. A service account is in its own groups unless others were named. */
function withImpliedGroups({ username, groups }: User): readonly string[] {
  const account = accountOf(username);
  const named = groups.length === 0 && account !== undefined ? accountGroups(account.namespace) : groups;
  const implied = username === ANONYMOUS ? UNAUTHENTICATED : AUTHENTICATED;
  return named.includes(AUTHENTICATED) || named.includes(UNAUTHENTICATED) ? named : [...named, implied];
}
