/**
 * Who this server is: its own certificate authority, its serving certificate, the administrator's bearer token, and
 * the key that signs service account tokens. Made once, kept in a directory, renewed when near expiry; the CA and the
 * token stay, so that a kubeconfig written long ago goes on working.
 */
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import type { Kernel } from "../../kernel/index.ts";

export interface ServerIdentity {
  /** PEM, all of them. Private keys are PKCS #8. */
  readonly caCertificate: string;
  readonly caKey: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly serviceAccountKey: string;
  /** Of the administrator, who is in the group system:masters. */
  readonly token: string;
}

const DAY_MS = 86_400_000;
const CA_LIFETIME_MS = 3650 * DAY_MS;
const SERVER_LIFETIME_MS = 365 * DAY_MS;
/** Clocks of clients may be a little behind. */
const BACKDATED_MS = 3_600_000;
export const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const TOKEN_BYTES = 32;

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;
const crypto = webcrypto;
x509.cryptoProvider.set(crypto);

/** @param hosts Names and addresses that clients will use; localhost is always among them. */
export async function createIdentity(kernel: Kernel, hosts: readonly string[]): Promise<ServerIdentity> {
  const ca = await createAuthority(kernel);
  const server = await issueServerCertificate(kernel, ca, hosts);
  return {
    ...ca,
    ...server,
    serviceAccountKey: await exportKey(await generateKeys()),
    token: randomBytes(TOKEN_BYTES).toString("base64url"),
  };
}

type Authority = Pick<ServerIdentity, "caCertificate" | "caKey">;

async function createAuthority(kernel: Kernel): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: "CN=plexaubnet-ca",
    ...validity(kernel, CA_LIFETIME_MS),
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
  return { caCertificate: certificate.toString("pem"), caKey: await exportKey(keys) };
}

export async function issueServerCertificate(
  kernel: Kernel,
  ca: Authority,
  hosts: readonly string[],
): Promise<Pick<ServerIdentity, "serverCertificate" | "serverKey">> {
  const names = [...new Set([...hosts, "localhost", "127.0.0.1", "::1", "kubernetes.default.svc"])];
  const keys = await generateKeys();
  const certificate = await issue(kernel, ca, keys.publicKey, "CN=plexaubnet-apiserver", SERVER_LIFETIME_MS, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      names.map((name) => ({ type: isIP(name) === 0 ? ("dns" as const) : ("ip" as const), value: name })),
    ),
  ]);
  return { serverCertificate: certificate, serverKey: await exportKey(keys) };
}

/** A certificate with which `user` authenticates, in `groups`. PEM. */
export async function issueClientCertificate(
  kernel: Kernel,
  ca: Authority,
  user: string,
  groups: readonly string[] = [],
): Promise<{ readonly certificate: string; readonly key: string }> {
  const keys = await generateKeys();
  const subject = new x509.Name([...groups.map((group) => ({ O: [group] })), { CN: [user] }]).toString();
  const certificate = await issue(kernel, ca, keys.publicKey, subject, SERVER_LIFETIME_MS, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
  return { certificate, key: await exportKey(keys) };
}

async function issue(
  kernel: Kernel,
  ca: Authority,
  publicKey: CryptoKey,
  subject: string,
  lifetimeMs: number,
  extensions: readonly x509.Extension[],
): Promise<string> {
  const issuer = new x509.X509Certificate(ca.caCertificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject,
    issuer: issuer.subject,
    ...validity(kernel, lifetimeMs),
    signingAlgorithm: KEY_ALGORITHM,
    publicKey,
    signingKey: await importKey(ca.caKey),
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

/** Whether less than a third of a serving certificate's life is left, or it is not of this CA. */
export function needsRenewal(kernel: Kernel, certificatePem: string): boolean {
  const certificate = new x509.X509Certificate(certificatePem);
  return kernel.clock.now() > certificate.notAfter.getTime() - SERVER_LIFETIME_MS / 3;
}

/** Whether a certificate names all these hosts. */
export function coversHosts(certificatePem: string, hosts: readonly string[]): boolean {
  const certificate = new x509.X509Certificate(certificatePem);
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  const known = new Set(names.map((name) => name.value));
  return hosts.every((host) => known.has(host));
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
