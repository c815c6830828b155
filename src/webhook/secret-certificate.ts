/**
 * The webhook's certificate, shared by all replicas through a Secret: the first one creates it, one that comes
 * when it is due renews it, and the others take what is there. The authority stays when the certificate is renewed, and
 * one that replaces another is published together with it, so that every replica stays trusted. A Secret that a user
 * else made is served with as it is, and never written.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  coversHosts,
  createAuthority,
  isFresh,
  issueServerCertificate,
  type KeyedCertificate,
} from "../certificates/index.ts";
import { ApiError, ConfigError, type KubeClient } from "../client/index.ts";
import type { Kernel } from "../kernel/index.ts";
import { type AnyObject, SECRETS } from "../kube/index.ts";
import { certificatesIn, servable, type WebhookCertificate } from "./given-certificate.ts";

export const WEBHOOK_SECRET_NAME = "plexaubnet-webhook-certificate";

/** On Secrets that are ours to write. */
const MADE_BY_US = { "app.kubernetes.io/managed-by": "plexaubnet" } as const;
/** cert-manager writes it on each Secret that it keeps, ours of before included. */
const MADE_BY_CERT_MANAGER = "cert-manager.io/certificate-name";

export interface CertificateOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  /** Of the Secret. */
  readonly namespace: string;
  /** Names and addresses by which the API server calls the webhook. */
  readonly hosts: readonly string[];
  /** Others that one which is made is good for: it may serve more than the webhook. */
  readonly alsoFor?: readonly string[];
}

interface Kept {
  readonly authority: KeyedCertificate;
  /** PEM of the authority before, which a replica may still be served under. */
  readonly predecessor: string | undefined;
  readonly server: KeyedCertificate;
}

/** Attempts when several replicas write at once; each loser takes what the winner wrote. */
const MAX_ATTEMPTS = 5;

/**
 * What all replicas serve with now. Made or renewed when that is due.
 *
 * @throws ConfigError when the Secret is not of our making and cannot be served with
 */
export async function obtainCertificate(options: CertificateOptions): Promise<WebhookCertificate> {
  const { client, kernel, namespace } = options;
  const hosts = [...new Set([...options.hosts, ...(options.alsoFor ?? [])])].sort();
  for (let attempt = 1; ; attempt++) {
    const secret = await readSecret(client, namespace);
    if (secret !== undefined && !isOurs(secret)) return givenIn(secret, options.hosts);
    const kept = secret === undefined ? undefined : keptIn(secret);
    if (kept !== undefined && isGood(kernel, kept, hosts)) {
      return certificateOf(kept.authority, predecessorOf(kernel, kept, kept.authority), kept.server);
    }
    const authority =
      kept !== undefined && canIssue(kernel, kept.authority)
        ? kept.authority
        : await createAuthority(kernel, "plexaubnet-webhook-ca");
    const predecessor = kept === undefined ? undefined : predecessorOf(kernel, kept, authority);
    const server = await issueServerCertificate(kernel, authority, "plexaubnet-webhook", hosts);
    const made = certificateOf(authority, predecessor, server);
    try {
      await writeSecret(client, namespace, authority, made, secret);
      return made;
    } catch (error) {
      const wasBeaten = error instanceof ApiError && (error.code === 409 || error.code === 404);
      if (!wasBeaten || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

function isOurs({ metadata: { labels, annotations } }: AnyObject): boolean {
  const isMarked = Object.entries(MADE_BY_US).every(([key, value]) => labels?.[key] === value);
  return isMarked && annotations?.[MADE_BY_CERT_MANAGER] === undefined;
}

function givenIn(secret: AnyObject, hosts: readonly string[]): WebhookCertificate {
  const { namespace, name } = secret.metadata;
  const title = `the Secret ${namespace}/${name}`;
  const data = (secret.data ?? {}) as Record<string, string>;
  for (const key of ["tls.crt", "tls.key", "ca.crt"]) {
    if ((data[key] ?? "") !== "") continue;
    throw new ConfigError(
      `${title}, which Plexaubnet did not make and leaves as it is, has no ${key}: add it, or delete the Secret to have another one made`,
    );
  }
  const part = (key: string) => textIn(secret, key);
  const called = (key: string) => `${key} of ${title}`;
  return servable(
    {
      pem: { certificate: part("tls.crt"), key: part("tls.key"), authority: part("ca.crt") },
      names: { certificate: called("tls.crt"), key: called("tls.key"), authority: called("ca.crt") },
    },
    hosts,
  );
}

/**
 * PEM of the authority to be trusted beside the present one: that of what other replicas serve with until they look
 * again. Until it expires, since it can sign nothing any more.
 */
function predecessorOf(kernel: Kernel, kept: Kept, authority: KeyedCertificate): string | undefined {
  const isSuccession = authority.certificate !== kept.authority.certificate;
  if (isSuccession && !isSigned(kept.server, kept.authority)) return undefined;
  const candidate = isSuccession ? kept.authority.certificate : kept.predecessor;
  if (candidate === undefined) return undefined;
  try {
    const isLive = kernel.clock.now() < new X509Certificate(candidate).validToDate.getTime();
    return isLive ? candidate : undefined;
  } catch {
    return undefined;
  }
}

function isGood(kernel: Kernel, { authority, server }: Kept, hosts: readonly string[]): boolean {
  return isSigned(server, authority) && isInForce(kernel, server) && coversHosts(server.certificate, hosts);
}

function canIssue(kernel: Kernel, authority: KeyedCertificate): boolean {
  return isSigned(authority, authority) && isInForce(kernel, authority);
}

function isInForce(kernel: Kernel, { certificate }: KeyedCertificate): boolean {
  return isFresh(certificate, kernel.clock.now());
}

/** A Secret may contain anything: a certificate that is invalid or inconsistent is created again. */
function isSigned({ certificate, key }: KeyedCertificate, authority: KeyedCertificate): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    const isFromAuthority = parsed.verify(new X509Certificate(authority.certificate).publicKey);
    return isFromAuthority && parsed.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function certificateOf(
  authority: KeyedCertificate,
  predecessor: string | undefined,
  server: KeyedCertificate,
): WebhookCertificate {
  const trusted = predecessor === undefined ? [authority.certificate] : [authority.certificate, predecessor];
  return { ...server, caBundle: trusted.join("\n") };
}

async function readSecret(client: KubeClient, namespace: string): Promise<AnyObject | undefined> {
  try {
    return await client.get(SECRETS, { namespace, name: WEBHOOK_SECRET_NAME });
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

function textIn(secret: AnyObject, key: string): string {
  const data = (secret.data ?? {}) as Record<string, string>;
  return Buffer.from(data[key] ?? "", "base64").toString("utf8");
}

function keptIn(secret: AnyObject): Kept {
  const [authority = "", predecessor] = certificatesIn(textIn(secret, "ca.crt"));
  return {
    authority: { certificate: authority, key: textIn(secret, "ca.key") },
    predecessor,
    server: { certificate: textIn(secret, "tls.crt"), key: textIn(secret, "tls.key") },
  };
}

async function writeSecret(
  client: KubeClient,
  namespace: string,
  authority: KeyedCertificate,
  made: WebhookCertificate,
  known: AnyObject | undefined,
): Promise<void> {
  const encode = (pem: string) => Buffer.from(pem).toString("base64");
  const labels = { ...known?.metadata.labels, ...MADE_BY_US };
  const secret: AnyObject = {
    apiVersion: "v1",
    kind: SECRETS.kind,
    type: "kubernetes.io/tls",
    metadata: { ...known?.metadata, name: WEBHOOK_SECRET_NAME, namespace, labels },
    data: {
      "ca.crt": encode(made.caBundle),
      "ca.key": encode(authority.key),
      "tls.crt": encode(made.certificate),
      "tls.key": encode(made.key),
    },
  };
  // An update carries the resourceVersion that was read: of two who renew at once, one is beaten and reads again.
  if (known === undefined) await client.create(SECRETS, secret);
  else await client.update(SECRETS, secret);
}
