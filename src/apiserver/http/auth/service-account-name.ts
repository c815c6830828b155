/** How a service account is called as a user, and which groups that user is in. */

export interface AccountName {
  readonly namespace: string;
  readonly name: string;
}

const PREFIX = "system:serviceaccount:";
/** DNS label and DNS subdomain, as the names of namespaces and accounts are. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const LONGEST_NAME = 253;

export function accountUsername({ namespace, name }: AccountName): string {
  return `${PREFIX}${namespace}:${name}`;
}

/** Undefined: the user is not a service account. */
export function accountOf(username: string): AccountName | undefined {
  if (!username.startsWith(PREFIX)) return undefined;
  const [namespace = "", name = "", ...more] = username.slice(PREFIX.length).split(":");
  const isName = name.length <= LONGEST_NAME && name.split(".").every((part) => LABEL.test(part));
  return more.length === 0 && LABEL.test(namespace) && isName ? { namespace, name } : undefined;
}

/** Besides `system:authenticated`. */
export function accountGroups(namespace: string): readonly string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
}
