/**
 * Where the endpoints are served: over HTTP, or over TLS with a certificate of the same making as the webhook's. A
 * connection that sends nothing is not kept.
 */
import type { KubeClient } from "../../client/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import { type HealthHandler, type HealthServer, type Logger, serveHealth } from "../../runtime/index.ts";
import {
  obtainCertificate,
  readCertificateFiles,
  type ServedFiles,
  serveFollowed,
} from "../../webhook/index.ts";

/**
 * Where the certificate comes from: files that another program maintains (their `authority` may be absent), or the Secret of
 * this namespace in which the webhook's is, too.
 */
export type EndpointCertificate =
  | { readonly files: ServedFiles }
  | {
      readonly namespace: string;
      /** Names by which those come who scrape: that of the Service. */
      readonly serviceHosts?: readonly string[];
    };

export interface EndpointServerOptions {
  readonly port: number;
  /** Default: loopback. */
  readonly host?: string;
  /** Default: HTTP. */
  readonly tls?: EndpointCertificate;
  /** Asks who calls. Default: the operator's client; one of its own leaves that one's connections alone. */
  readonly reviewClient?: KubeClient;
}

interface Surroundings {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** Names that the certificate in the Secret has to have besides. */
  readonly alsoFor?: readonly string[] | undefined;
}

const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost"];

/** Names and addresses that a certificate which is made for the endpoints has. */
export function hostsOf({ tls }: EndpointServerOptions): readonly string[] {
  if (tls === undefined || "files" in tls) return [];
  return [...(tls.serviceHosts ?? []), ...LOOPBACK];
}

/** @throws ConfigError when a given certificate cannot be served with */
export async function serveEndpoints(
  options: EndpointServerOptions,
  handler: HealthHandler,
  { client, kernel, logger, alsoFor = [] }: Surroundings,
): Promise<HealthServer> {
  const { port, host, tls } = options;
  if (tls === undefined) return serveHealth(handler, port, host);
  const hosts = hostsOf(options);
  const obtain = () =>
    "files" in tls
      ? readCertificateFiles(tls.files, [])
      : obtainCertificate({
          client,
          kernel,
          namespace: tls.namespace,
          hosts: [],
          alsoFor: [...hosts, ...alsoFor],
        });
  return serveFollowed({ kernel, logger, of: "endpoints", obtain }, (first) =>
    serveHealth(handler, port, host, first),
  );
}
