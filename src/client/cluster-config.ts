/**
 * Where an API server is, how it proves who it is, and how we prove who we are. Plain data, made by
 * `loadKubeconfig` and `clusterConfigFor`, by `inClusterConfig`, or by hand.
 */

/** PEM text, or a file that holds it. Files are read again now and then, so that they may be rotated. */
export type Material = string | { readonly file: string };

export interface ClusterConfig {
  /** `https://host:port`, with a path prefix if the API is not at the root. */
  readonly server: string;
  /** The authorities that the server's certificate is checked against. Absent: those of the system. */
  readonly ca?: Material;
  /** The name the server's certificate must be for, when it is not that of `server`. */
  readonly tlsServerName?: string;
  /** Accepts any certificate. An attacker on the network path can then read and change everything. */
  readonly insecureSkipTlsVerify?: boolean;
  readonly auth?: Auth;
  /** The namespace of the context, for commands that were given none. */
  readonly namespace?: string;
  /** Where all this was read, for messages. */
  readonly origin?: ConfigOrigin;
}

/** Ways to prove who we are. A certificate may come together with one of the others; `tokenFile` beats `token`. */
export interface Auth {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly clientCertificate?: Material;
  readonly clientKey?: Material;
  readonly exec?: ExecPlugin;
  readonly impersonate?: {
    readonly user: string;
    readonly groups?: readonly string[];
    readonly uid?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

/** A program that prints credentials (`client.authentication.k8s.io`). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly provideClusterInfo: boolean;
  /** Said when the program cannot be started. */
  readonly installHint?: string;
}

/** `clusters[dev] in /home/me/.kube/config`, `users[admin] in …`. */
export interface ConfigOrigin {
  readonly cluster: string;
  readonly user: string;
}

const BY_HAND: ConfigOrigin = { cluster: "the cluster configuration", user: "the cluster configuration" };

export function originOf(config: ClusterConfig): ConfigOrigin {
  return config.origin ?? BY_HAND;
}
