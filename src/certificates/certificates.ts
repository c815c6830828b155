/**
 * Certificate authorities and the certificates that they issue, as PEM texts: what the embedded API server and the
 * operator's webhooks identify themselves with. ECDSA on P-256; private keys are PKCS #8.
 */
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import type { Kernel } from "../kernel/index.ts";

export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
const LEAF_LIFETIME_MS = 365 * DAY_MS;
/** Clocks of clients may be a little behind. */
const BACKDATED_MS = 3_600_000;
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;
const crypto = webcrypto;
x509.cryptoProvider.set(crypto);

/** A self-signed authority, good for ten years. */
export async function createAuthority(kernel: Kernel, commonName: string): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const name = new x509.Name([{ CN: [commonName] }]).toString();
  return { certificate: await selfSigned(kernel, name, keys), key: await exportKey(keys) };
}

/** The same authority, name and key, for ten years from now: what it has issued stays good. */
export async function renewAuthority(kernel: Kernel, authority: KeyedCertificate): Promise<KeyedCertificate> {
  const { subject, publicKey } = new x509.X509Certificate(authority.certificate);
  const keys = {
    privateKey: await importKey(authority.key),
    publicKey: await publicKey.export(KEY_ALGORITHM, ["verify"], crypto),
  };
  return { certificate: await selfSigned(kernel, subject, keys), key: authority.key };
}

async function selfSigned(kernel: Kernel, name: string, keys: CryptoKeyPair): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name,
    ...validity(kernel, AUTHORITY_LIFETIME_MS),
    signingAlgorithm: KEY_ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certificate.toString("pem");
}

/** For a TLS server of these names and addresses, good for a year. */
export async function issueServerCertificate(
  kernel: Kernel,
  authority: KeyedCertificate,
  commonName: string,
  hosts: readonly string[],
): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await issue(
    kernel,
    authority,
    keys.publicKey,
    [{ CN: [commonName] }],
    [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        [...new Set(hosts)].map((host) => ({
          type: isIP(host) === 0 ? ("dns" as const) : ("ip" as const),
          value: host,
        })),
      ),
    ],
  );
  return { certificate, key: await exportKey(keys) };
}

/** With which `user` authenticates, in `groups`, as Kubernetes reads certificates. Good for a year. */
export async function issueClientCertificate(
  kernel: Kernel,
  authority: KeyedCertificate,
  user: string,
  groups: readonly string[] = [],
): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const subject = [...groups.map((group) => ({ O: [group] })), { CN: [user] }];
  const certificate = await issue(kernel, authority, keys.publicKey, subject, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
  return { certificate, key: await exportKey(keys) };
}

/** A private key alone, for signing tokens. */
export async function generateSigningKey(): Promise<string> {
  return exportKey(await generateKeys());
}

async function issue(
  kernel: Kernel,
  authority: KeyedCertificate,
  publicKey: CryptoKey,
  subject: x509.JsonName,
  extensions: readonly x509.Extension[],
): Promise<string> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: new x509.Name(subject).toString(),
    issuer: issuer.subject,
    ...validity(kernel, LEAF_LIFETIME_MS),
    signingAlgorithm: KEY_ALGORITHM,
    publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...extensions,
      await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export(crypto)),
    ],
  });
  return certificate.toString("pem");
}

function validity(kernel: Kernel, lifetimeMs: number): { notBefore: Date; notAfter: Date } {
  const now = kernel.clock.now();
  return { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + lifetimeMs) };
}

/** When less than a third of the certificate's life is left: milliseconds since the epoch. */
export function renewalDueMs(certificatePem: string): number {
  const { notBefore, notAfter } = new x509.X509Certificate(certificatePem);
  return notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3;
}

/**
 * Whether a certificate is good at this moment and has more than a third of its life before it. One from the future is
 * not: it was issued while the clock was ahead.
 */
export function isFresh(certificatePem: string, nowMs: number): boolean {
  const { notBefore } = new x509.X509Certificate(certificatePem);
  return notBefore.getTime() <= nowMs && nowMs < renewalDueMs(certificatePem);
}

/** Whether a certificate names all these hosts. */
export function coversHosts(certificatePem: string, hosts: readonly string[]): boolean {
  const known = new Set(hostsOf(certificatePem));
  return hosts.every((host) => known.has(host));
}

/** The names and addresses that a certificate is for. */
export function hostsOf(certificatePem: string): readonly string[] {
  const certificate = new x509.X509Certificate(certificatePem);
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return names.map((name) => name.value);
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

async function exportKey(keys: CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

function importKey(pem: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), KEY_ALGORITHM, false, ["sign"]);
}

/** Positive, so the first bit is clear. */
function randomSerial(): string {
  return `4${randomBytes(16).toString("hex").slice(1)}`;
}
