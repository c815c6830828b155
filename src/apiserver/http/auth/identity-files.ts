/** A {@link ServerIdentity} kept in a directory, one file each: `ca.crt`, `ca.key`, `server.crt`, `token` and so on. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { coversHosts, isFresh, renewAuthority } from "../../../certificates/index.ts";
import { type Kernel, makeDirectory } from "../../../kernel/index.ts";
import { faultOfToken } from "./authentication.ts";
import { createIdentity, issueServerCertificate, newToken, type ServerIdentity } from "./identity.ts";

const FILES: Readonly<Record<keyof ServerIdentity, string>> = {
  caCertificate: "ca.crt",
  caKey: "ca.key",
  serverCertificate: "server.crt",
  serverKey: "server.key",
  serviceAccountKey: "sa.key",
  token: "token",
};

const PUBLIC = new Set(["ca.crt", "server.crt"]);

/**
 * What the directory holds; made and written when it holds none. A serving certificate that is near its end, comes from
 * the future, belongs to another key or CA, or does not name one of `hosts`, is issued again by the same CA; the CA itself
 * is given a new certificate for its old key when it is near its end or from the future. Where that cannot be written,
 * on a full disk say, it serves for this run.
 *
 * @throws Error when the directory cannot be read, holds only a part of an identity or something that is none, or is new
 * and cannot be written.
 */
export async function loadOrCreateIdentity(
  directory: string,
  kernel: Kernel,
  hosts: readonly string[] = [],
): Promise<ServerIdentity> {
  makeDirectory(directory, 0o700);
  finishSave(directory);
  const known = load(directory);
  if (known === undefined) {
    const identity = await createIdentity(kernel, hosts);
    save(directory, identity);
    return identity;
  }
  assertSound(directory, known);
  const renewed = await renewedParts(kernel, known, hosts);
  if (renewed === undefined) return known;
  try {
    save(directory, renewed);
  } catch (error) {
    if (!CANNOT_BE_WRITTEN.has(String((error as NodeJS.ErrnoException).code))) throw error;
  }
  return { ...known, ...renewed };
}

/** Where the administrator's token is. */
export function tokenFileIn(directory: string): string {
  return join(directory, FILES.token);
}

/**
 * Puts a new token of the administrator in the place of the old one, whatever that was: missing, or too short.
 *
 * @returns both; `before` is empty when there was none.
 * @throws Error when there is no identity, or it cannot be written.
 */
export function rotateToken(directory: string): { readonly before: string; readonly after: string } {
  if (!existsSync(join(directory, FILES.caKey)) && !existsSync(join(directory, COMMIT_MARK))) {
    throw new Error(`${directory} holds no keys yet: run \`plexaubnet up\` once.`);
  }
  finishSave(directory);
  const file = tokenFileIn(directory);
  const before = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  const after = newToken();
  save(directory, { token: after });
  return { before, after };
}

const CANNOT_BE_WRITTEN = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

/** Undefined: all is well as it is. */
async function renewedParts(
  kernel: Kernel,
  known: ServerIdentity,
  hosts: readonly string[],
): Promise<Partial<ServerIdentity> | undefined> {
  const nowMs = kernel.clock.now();
  const isAuthorityGood = isFresh(known.caCertificate, nowMs);
  const isGood =
    isFresh(known.serverCertificate, nowMs) &&
    coversHosts(known.serverCertificate, hosts) &&
    isPair(known.serverCertificate, known.serverKey) &&
    new X509Certificate(known.serverCertificate).verify(new X509Certificate(known.caCertificate).publicKey);
  if (isAuthorityGood && isGood) return undefined;
  const { caCertificate, caKey } = known;
  const authority = isAuthorityGood
    ? { caCertificate }
    : {
        caCertificate: (await renewAuthority(kernel, { certificate: caCertificate, key: caKey })).certificate,
      };
  return { ...authority, ...(await issueServerCertificate(kernel, { ...authority, caKey }, hosts)) };
}

function isPair(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** What cannot be issued again, because clients rely on it. @throws Error with what to do. */
function assertSound(
  directory: string,
  { token, caCertificate, caKey, serviceAccountKey }: ServerIdentity,
): void {
  const cure = "restore the original files, or remove all keys and certificates to create new ones";
  const fault = faultOfToken(token);
  if (fault !== undefined)
    throw new Error(
      `${join(directory, FILES.token)} ${fault}: run \`plexaubnet rotate-token\` to have a new one.`,
    );
  if (!isPair(caCertificate, caKey))
    throw new Error(`${FILES.caKey} in ${directory} is not the key of ${FILES.caCertificate}: ${cure}.`);
  try {
    createPrivateKey(serviceAccountKey);
  } catch (cause) {
    throw new Error(`${FILES.serviceAccountKey} in ${directory} is not a private key: ${cure}.`, { cause });
  }
}

function load(directory: string): ServerIdentity | undefined {
  const entries = Object.entries(FILES).map(([part, file]) => {
    const path = join(directory, file);
    return [part, existsSync(path) ? readFileSync(path, "utf8") : undefined] as const;
  });
  const missing = entries.filter(([, content]) => content === undefined);
  if (missing.length === entries.length) return undefined;
  if (missing.length > 0) {
    const files = missing.map(([part]) => FILES[part as keyof ServerIdentity]).join(", ");
    throw new Error(
      `${directory} lacks ${files}: restore what was removed, or remove the rest to create new ones.`,
    );
  }
  const identity = Object.fromEntries(entries) as unknown as ServerIdentity;
  return { ...identity, token: identity.token.trim() };
}

/** There while new files are being put in the place of the old ones; all of them are written by then. */
const COMMIT_MARK = "identity.commit";

/**
 * All parts or none, whenever the process is killed: a certificate and its key belong together. The new files are
 * written beside the old ones, the mark is set, they take their places, the mark goes. Who finds the mark goes on.
 */
function save(directory: string, parts: Partial<ServerIdentity>): void {
  for (const [part, content] of Object.entries(parts)) {
    const file = FILES[part as keyof ServerIdentity];
    const path = join(directory, `${file}.new`);
    const mode = PUBLIC.has(file) ? 0o644 : 0o600;
    writeFileSync(path, content, { mode, flush: true });
    chmodSync(path, mode);
  }
  writeFileSync(join(directory, COMMIT_MARK), "");
  finishSave(directory);
}

function finishSave(directory: string): void {
  const mark = join(directory, COMMIT_MARK);
  const isCommitted = existsSync(mark);
  for (const file of Object.values(FILES)) {
    const path = join(directory, `${file}.new`);
    if (!existsSync(path)) continue;
    if (isCommitted) renameSync(path, join(directory, file));
    else rmSync(path);
  }
  rmSync(mark, { force: true });
}
