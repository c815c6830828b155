/**
 * kubeconfig files, as kubectl reads them:
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 *
 * Several files are merged: the first to name a cluster, user or context wins, as does the first `current-context`.
 * Relative file names count from the directory of the file that names them.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { parse } from "yaml";
import { defined } from "../kernel/index.ts";
import type { Auth, ClusterConfig, ExecPlugin, Material } from "./cluster-config.ts";
import { ConfigError } from "./errors.ts";
import { readText } from "./material.ts";

/** A named entry and the file it came from. */
interface Entry {
  readonly file: string;
  readonly fields: Fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** Several files, merged. Read with {@link clusterConfigFor}. */
export interface Kubeconfig {
  /** The files read, in order. */
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
}

export interface LoadOptions {
  /** One file, as with `--kubeconfig`. It must exist. */
  readonly file?: string;
  /** Default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads `file`, or the files that KUBECONFIG lists, or `~/.kube/config`.
 *
 * @throws ConfigError when there is none, or one of them is not a kubeconfig. Files of the list may be missing.
 */
export function loadKubeconfig(options: LoadOptions = {}): Kubeconfig {
  const env = options.env ?? process.env;
  const merged = {
    files: [] as string[],
    currentContext: undefined as string | undefined,
    clusters: new Map<string, Entry>(),
    users: new Map<string, Entry>(),
    contexts: new Map<string, Entry>(),
  };
  const files = kubeconfigFiles(options.file, env);
  for (const file of files) {
    if (options.file === undefined && !existsSync(file)) continue;
    mergeFile(merged, resolve(file));
  }
  if (merged.files.length === 0) {
    const where = env.KUBECONFIG ? `KUBECONFIG names ${env.KUBECONFIG}` : `looked for ${files.join(", ")}`;
    throw new ConfigError(`there is no kubeconfig: ${where}, and no such file exists`);
  }
  return merged;
}

function kubeconfigFiles(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (file !== undefined) return [file];
  const listed = (env.KUBECONFIG ?? "").split(delimiter).filter((each) => each !== "");
  if (listed.length > 0) return listed;
  return [join(env.HOME || homedir(), ".kube", "config")];
}

function mergeFile(
  merged: {
    files: string[];
    currentContext: string | undefined;
    clusters: Map<string, Entry>;
    users: Map<string, Entry>;
    contexts: Map<string, Entry>;
  },
  file: string,
): void {
  let parsed: unknown;
  try {
    parsed = parse(readText(file, "the kubeconfig setting"));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const [line] = (cause as Error).message.split("\n");
    throw new ConfigError(`${file} is not YAML: ${line}`, cause);
  }
  if (parsed === null) parsed = {};
  if (!isFields(parsed)) throw new ConfigError(`${file} is not a kubeconfig: it does not contain a mapping`);
  merged.files.push(file);
  const current = parsed["current-context"];
  if (typeof current === "string" && current !== "") merged.currentContext ??= current;
  mergeEntries(merged.clusters, parsed.clusters, "clusters", "cluster", file);
  mergeEntries(merged.users, parsed.users, "users", "user", file);
  mergeEntries(merged.contexts, parsed.contexts, "contexts", "context", file);
}

function mergeEntries(
  into: Map<string, Entry>,
  list: unknown,
  plural: string,
  singular: string,
  file: string,
) {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) throw new ConfigError(`${plural} in ${file} is not a list`);
  for (const [index, each] of list.entries()) {
    if (!isFields(each) || typeof each.name !== "string") {
      throw new ConfigError(`${plural}[${index}] in ${file} has no name`);
    }
    const fields = each[singular] ?? {};
    if (!isFields(fields))
      throw new ConfigError(`${plural}[${each.name}].${singular} in ${file} is not a mapping`);
    if (!into.has(each.name)) into.set(each.name, { file, fields });
  }
}

/**
 * The cluster and user of a context.
 *
 * @param context default: the `current-context`.
 * @throws ConfigError when the context, its cluster or its user does not exist or lacks what it needs.
 */
export function clusterConfigFor(kubeconfig: Kubeconfig, context?: string): ClusterConfig {
  const files = kubeconfig.files.join(", ");
  const name = context ?? kubeconfig.currentContext;
  if (name === undefined) {
    throw new ConfigError(
      `${files} has no current-context: set it, or name one of ${known(kubeconfig.contexts)}`,
    );
  }
  const chosen = kubeconfig.contexts.get(name);
  if (chosen === undefined) {
    throw new ConfigError(`there is no context "${name}" in ${files}; it has ${known(kubeconfig.contexts)}`);
  }
  const where = `contexts[${name}] in ${chosen.file}`;
  const clusterName = textField(chosen, "cluster", where);
  if (clusterName === undefined) throw new ConfigError(`${where} names no cluster`);
  const cluster = kubeconfig.clusters.get(clusterName);
  if (cluster === undefined) {
    throw new ConfigError(`${where} names the cluster "${clusterName}", which does not exist`);
  }
  const userName = textField(chosen, "user", where);
  const user = userName === undefined || userName === "" ? undefined : kubeconfig.users.get(userName);
  if (userName !== undefined && userName !== "" && user === undefined) {
    throw new ConfigError(`${where} names the user "${userName}", which does not exist`);
  }
  const origin = {
    cluster: `clusters[${clusterName}] in ${cluster.file}`,
    user: user === undefined ? `${where} (which names no user)` : `users[${userName}] in ${user.file}`,
  };
  const namespace = textField(chosen, "namespace", where);
  return {
    ...clusterFields(cluster, origin.cluster),
    ...defined({
      auth: user === undefined ? undefined : authOf(user, origin.user),
      namespace: namespace || undefined,
    }),
    origin,
  };
}

function clusterFields(entry: Entry, where: string): Pick<ClusterConfig, "server" | "ca" | "tlsServerName"> {
  const server = textField(entry, "server", where);
  if (server === undefined || server === "") throw new ConfigError(`${where} has no server`);
  if (entry.fields["proxy-url"]) throw new ConfigError(`${where} has a proxy-url, which is not supported`);
  const ca = materialField(entry, "certificate-authority", where);
  const tlsServerName = textField(entry, "tls-server-name", where);
  return {
    server,
    ...defined({
      ca,
      tlsServerName,
      insecureSkipTlsVerify: entry.fields["insecure-skip-tls-verify"] === true ? true : undefined,
    }),
  };
}

function authOf(entry: Entry, where: string): Auth {
  const text = (field: string) => textField(entry, field, where);
  if (entry.fields["auth-provider"] !== undefined) {
    throw new ConfigError(
      `${where} has an auth-provider, which Kubernetes removed in 1.26: use exec instead`,
    );
  }
  const tokenFile = text("tokenFile");
  const certificate = materialField(entry, "client-certificate", where);
  const key = materialField(entry, "client-key", where);
  const auth: { -readonly [K in keyof Auth]: Auth[K] | undefined } = {
    token: text("token"),
    tokenFile: tokenFile === undefined ? undefined : beside(entry.file, tokenFile),
    username: text("username"),
    password: text("password"),
    clientCertificate: certificate,
    clientKey: key,
    exec: execField(entry, where),
    impersonate: impersonateField(entry, where),
  };
  return Object.fromEntries(Object.entries(auth).filter(([, value]) => value !== undefined)) as Auth;
}

function impersonateField(entry: Entry, where: string): Auth["impersonate"] {
  const user = textField(entry, "as", where);
  if (user === undefined) return undefined;
  const groups = entry.fields["as-groups"];
  const uid = textField(entry, "as-uid", where);
  const extra = entry.fields["as-user-extra"];
  return {
    user,
    ...defined({
      groups: Array.isArray(groups) ? groups.map(String) : undefined,
      uid,
      extra: isFields(extra) ? (extra as Record<string, string[]>) : undefined,
    }),
  };
}

function execField(entry: Entry, where: string): ExecPlugin | undefined {
  const exec = entry.fields.exec;
  if (exec === undefined || exec === null) return undefined;
  if (!isFields(exec)) throw new ConfigError(`exec of ${where} is not a mapping`);
  const inner: Entry = { file: entry.file, fields: exec };
  const command = textField(inner, "command", `exec of ${where}`);
  if (command === undefined || command === "") throw new ConfigError(`exec of ${where} has no command`);
  if (exec.interactiveMode === "Always") {
    throw new ConfigError(
      `exec of ${where} has interactiveMode Always, but there is no terminal to prompt on: set IfAvailable or Never`,
    );
  }
  const args = exec.args;
  const env = exec.env;
  const installHint = textField(inner, "installHint", `exec of ${where}`);
  return {
    apiVersion: textField(inner, "apiVersion", `exec of ${where}`) ?? "client.authentication.k8s.io/v1",
    // A bare name is looked up in PATH; anything with a slash counts from the file's directory.
    command: command.includes("/") ? beside(entry.file, command) : command,
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(
      (Array.isArray(env) ? env : []).map((each) => [String(each?.name), String(each?.value ?? "")]),
    ),
    provideClusterInfo: exec.provideClusterInfo === true,
    ...defined({ installHint }),
  };
}

/** `FIELD-data` (base64) beats `FIELD` (a file). */
function materialField(entry: Entry, field: string, where: string): Material | undefined {
  const data = textField(entry, `${field}-data`, where);
  if (data !== undefined && data !== "") {
    const text = Buffer.from(data, "base64").toString("utf8");
    if (!text.includes("-----BEGIN ")) {
      throw new ConfigError(`${field}-data of ${where} is not base64 of a PEM text`);
    }
    return text;
  }
  const file = textField(entry, field, where);
  return file === undefined || file === "" ? undefined : { file: beside(entry.file, file) };
}

function textField(entry: Entry, field: string, where: string): string | undefined {
  const value = entry.fields[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new ConfigError(`${field} of ${where} is not a string`);
  return value;
}

function beside(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function known(entries: ReadonlyMap<string, unknown>): string {
  const names = [...entries.keys()];
  return names.length === 0 ? "no contexts" : names.join(", ");
}
