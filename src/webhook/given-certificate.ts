/**
 * A certificate that another program creates and renews, in files or in a Secret. It is validated before it is
 * used, because an API server that does not trust the webhook silently skips it (failurePolicy Ignore).
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { KeyedCertificate } from "../certificates/index.ts";
import { ConfigError } from "../client/index.ts";
import { defined } from "../kernel/index.ts";

export interface WebhookCertificate extends KeyedCertificate {
  /** PEM of the authorities that the API server is to trust. */
  readonly caBundle: string;
}

/** PEM files, such as those of a mounted Secret. They are read again and again, and never written. */
export interface CertificateFiles {
  /** The certificate, and those between it and the authority. */
  readonly certificate: string;
  readonly key: string;
  /** The authority that signed it; several while one follows another. */
  readonly authority: string;
}

/** The authority of the certificate; absent if it is not published from here. */
export type ServedFiles = Omit<CertificateFiles, "authority"> & Partial<CertificateFiles>;

/** One that is given, and what its parts are called in messages. */
export interface GivenCertificate {
  readonly pem: ServedFiles;
  readonly names: ServedFiles;
}

/**
 * @param hosts names and addresses by which the API server calls the webhook
 * @throws ConfigError when a file cannot be read, or the three do not belong together
 */
export async function readCertificateFiles(
  files: ServedFiles,
  hosts: readonly string[],
): Promise<WebhookCertificate> {
  const [certificate, key, authority] = await Promise.all([
    readPem(files.certificate),
    readPem(files.key),
    files.authority === undefined ? undefined : readPem(files.authority),
  ]);
  const pem = { certificate, key, ...defined({ authority }) };
  return servable({ pem, names: files }, hosts);
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const message = `cannot read ${file} (${code}), which is part of the configured certificate: create it, or specify another file`;
    throw new ConfigError(message, cause);
  }
}

/** @throws ConfigError when it would be of no use */
export function servable({ pem, names }: GivenCertificate, hosts: readonly string[]): WebhookCertificate {
  const chain = parsed(certificatesIn(pem.certificate), names.certificate);
  const trusted = pem.authority === undefined ? [] : certificatesIn(pem.authority);
  const [leaf] = chain;
  if (leaf === undefined || !leaf.checkPrivateKey(privateKey(pem.key, names.key))) {
    throw new ConfigError(
      `${names.key} is not the key of ${names.certificate}: give the two that were made together`,
    );
  }
  if (pem.authority !== undefined && !isIssued(leaf, chain, parsed(trusted, names.authority ?? ""))) {
    throw new ConfigError(
      `${names.authority} has not signed ${names.certificate}: give the authority that has`,
    );
  }
  for (const host of hosts) {
    if (isFor(leaf, host)) continue;
    throw new ConfigError(
      `${names.certificate} does not name ${host}, by which the API server calls the webhook: have it made for that name`,
    );
  }
  return { certificate: pem.certificate, key: pem.key, caBundle: trusted.join("\n") };
}

/** The certificates in a PEM text, without what stands between them. */
export function certificatesIn(pem: string): readonly string[] {
  const found: string[] = [];
  for (let begin = pem.indexOf(BEGIN); begin >= 0; ) {
    const end = pem.indexOf(END, begin + BEGIN.length);
    if (end < 0) break;
    found.push(pem.slice(begin, end + END.length));
    begin = pem.indexOf(BEGIN, end + END.length);
  }
  return found;
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

function parsed(certificates: readonly string[], name: string): readonly X509Certificate[] {
  try {
    if (certificates.length > 0) return certificates.map((certificate) => new X509Certificate(certificate));
  } catch {
    // Reported below, without the text of OpenSSL, which does not help users.
  }
  throw new ConfigError(`${name} holds no certificate that can be read: give it in PEM form`);
}

function privateKey(pem: string, name: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Without the cause, which is not to be trusted with a key.
    throw new ConfigError(
      `${name} holds no private key that can be read: give it in PEM form, without a password`,
    );
  }
}

/** Whether a way leads from the certificate over those that came with it to an authority. */
function isIssued(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  const seen = new Set<X509Certificate>();
  for (let at: X509Certificate | undefined = leaf; at !== undefined; ) {
    const child: X509Certificate = at;
    if (authorities.some((authority) => child.verify(authority.publicKey))) return true;
    seen.add(child);
    at = chain.find((next) => !seen.has(next) && child.verify(next.publicKey));
  }
  return false;
}

/** As API servers look at it: by its alternative names alone, never by its subject. */
function isFor(certificate: X509Certificate, host: string): boolean {
  const found =
    isIP(host) === 0 ? certificate.checkHost(host, { subject: "never" }) : certificate.checkIP(host);
  return found !== undefined;
}
