/**
 * The webhook's certificate, shared by all replicas through a Secret: whoever comes first makes it, whoever comes
 * when it is due renews it, and the others take what is there. The authority stays when the certificate is renewed, so
 * that no replica is ever distrusted.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  coversHosts,
  createAuthority,
  issueServerCertificate,
  type KeyedCertificate,
  renewalDueMs,
} from "../../certificates/index.ts";
import { type AnyObject, ApiError, type KubeClient, type Resource } from "../../client/index.ts";
import type { Kernel } from "../../kernel/index.ts";

const SECRETS: Resource<AnyObject> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
};

export const WEBHOOK_SECRET_NAME = "plexaubnet-webhook-certificate";

export interface WebhookCertificate extends KeyedCertificate {
  /** PEM of the authority that signed it. */
  readonly caBundle: string;
}

export interface CertificateOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  /** Of the Secret. */
  readonly namespace: string;
  /** Names and addresses by which the API server calls the webhook. */
  readonly hosts: readonly string[];
}

interface Kept {
  readonly secret: AnyObject;
  readonly authority: KeyedCertificate;
  readonly server: KeyedCertificate;
}

/** Attempts when several replicas write at once; each loser takes what the winner wrote. */
const MAX_ATTEMPTS = 5;

/** What all replicas serve with now. Made or renewed when that is due. */
export async function obtainCertificate(options: CertificateOptions): Promise<WebhookCertificate> {
  const { client, kernel, namespace, hosts } = options;
  for (let attempt = 1; ; attempt++) {
    const kept = await readSecret(client, namespace);
    if (kept !== undefined && isGood(kernel, kept, hosts)) return certificateOf(kept.authority, kept.server);
    const authority =
      kept !== undefined && canIssue(kernel, kept.authority)
        ? kept.authority
        : await createAuthority(kernel, "plexaubnet-webhook-ca");
    const server = await issueServerCertificate(kernel, authority, "plexaubnet-webhook", hosts);
    try {
      await writeSecret(client, namespace, authority, server, kept?.secret);
      return certificateOf(authority, server);
    } catch (error) {
      const wasBeaten = error instanceof ApiError && (error.code === 409 || error.code === 404);
      if (!wasBeaten || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

function isGood(kernel: Kernel, { authority, server }: Kept, hosts: readonly string[]): boolean {
  return isSigned(server, authority) && isInForce(kernel, server) && coversHosts(server.certificate, hosts);
}

function canIssue(kernel: Kernel, authority: KeyedCertificate): boolean {
  return isSigned(authority, authority) && isInForce(kernel, authority);
}

function isInForce(kernel: Kernel, { certificate }: KeyedCertificate): boolean {
  return kernel.clock.now() < renewalDueMs(certificate);
}

/** A Secret holds whatever somebody wrote into it: what cannot be read, or does not belong together, is made anew. */
function isSigned({ certificate, key }: KeyedCertificate, authority: KeyedCertificate): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    const isFromAuthority = parsed.verify(new X509Certificate(authority.certificate).publicKey);
    return isFromAuthority && parsed.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function certificateOf(authority: KeyedCertificate, server: KeyedCertificate): WebhookCertificate {
  return { ...server, caBundle: authority.certificate };
}

async function readSecret(client: KubeClient, namespace: string): Promise<Kept | undefined> {
  let secret: AnyObject;
  try {
    secret = await client.get(SECRETS, { namespace, name: WEBHOOK_SECRET_NAME });
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
  const data = (secret.data ?? {}) as Record<string, string>;
  const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString("utf8");
  return {
    secret,
    authority: { certificate: text("ca.crt"), key: text("ca.key") },
    server: { certificate: text("tls.crt"), key: text("tls.key") },
  };
}

async function writeSecret(
  client: KubeClient,
  namespace: string,
  authority: KeyedCertificate,
  server: KeyedCertificate,
  known: AnyObject | undefined,
): Promise<void> {
  const encode = (pem: string) => Buffer.from(pem).toString("base64");
  const secret: AnyObject = {
    apiVersion: "v1",
    kind: SECRETS.kind,
    type: "kubernetes.io/tls",
    metadata: { ...known?.metadata, name: WEBHOOK_SECRET_NAME, namespace },
    data: {
      "ca.crt": encode(authority.certificate),
      "ca.key": encode(authority.key),
      "tls.crt": encode(server.certificate),
      "tls.key": encode(server.key),
    },
  };
  // An update carries the resourceVersion that was read: of two who renew at once, one is beaten and reads again.
  if (known === undefined) await client.create(SECRETS, secret);
  else await client.update(SECRETS, secret);
}
