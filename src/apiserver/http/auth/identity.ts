/**
 * Who this server is: its own certificate authority, its serving certificate, the administrator's bearer token, and
 * the key that signs service account tokens. Made once, kept in a directory, renewed when near expiry; the CA and the
 * token stay, so that a kubeconfig written long ago goes on working.
 */
import { randomBytes } from "node:crypto";
import * as certificates from "../../../certificates/index.ts";
import type { Kernel } from "../../../kernel/index.ts";

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

const TOKEN_BYTES = 32;

/** How long a token of ours is, in characters. */
export const TOKEN_LENGTH = Math.ceil((TOKEN_BYTES * 8) / 6);

/** Long enough not to be guessed. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** @param hosts Names and addresses that clients will use; localhost is always among them. */
export async function createIdentity(kernel: Kernel, hosts: readonly string[]): Promise<ServerIdentity> {
  const { certificate, key } = await certificates.createAuthority(kernel, "plexaubnet-ca");
  const ca = { caCertificate: certificate, caKey: key };
  return {
    ...ca,
    ...(await issueServerCertificate(kernel, ca, hosts)),
    serviceAccountKey: await certificates.generateSigningKey(),
    token: newToken(),
  };
}

type Authority = Pick<ServerIdentity, "caCertificate" | "caKey">;

function authorityOf({ caCertificate, caKey }: Authority): certificates.KeyedCertificate {
  return { certificate: caCertificate, key: caKey };
}

export async function issueServerCertificate(
  kernel: Kernel,
  ca: Authority,
  hosts: readonly string[],
): Promise<Pick<ServerIdentity, "serverCertificate" | "serverKey">> {
  const names = [...hosts, "localhost", "127.0.0.1", "::1", "kubernetes.default.svc"];
  const issued = await certificates.issueServerCertificate(
    kernel,
    authorityOf(ca),
    "plexaubnet-apiserver",
    names,
  );
  return { serverCertificate: issued.certificate, serverKey: issued.key };
}

/** A certificate with which `user` authenticates, in `groups`. PEM. */
export function issueClientCertificate(
  kernel: Kernel,
  ca: Authority,
  user: string,
  groups: readonly string[] = [],
): Promise<certificates.KeyedCertificate> {
  return certificates.issueClientCertificate(kernel, authorityOf(ca), user, groups);
}
