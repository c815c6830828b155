/** A {@link ServerIdentity} kept in a directory, one file each: `ca.crt`, `ca.key`, `server.crt`, `token` and so on. */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { coversHosts, renewalDueMs } from "../../certificates/index.ts";
import { type Kernel, makeDirectory } from "../../kernel/index.ts";
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
 * What the directory holds; made and written when it holds none. A serving certificate that is near its end, or does
 * not name one of `hosts`, is issued anew by the same CA.
 *
 * @throws Error when the directory cannot be read or written, or holds only a part of an identity.
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
  if (
    kernel.clock.now() < renewalDueMs(known.serverCertificate) &&
    coversHosts(known.serverCertificate, hosts)
  )
    return known;
  const renewed = await issueServerCertificate(kernel, known, hosts);
  save(directory, renewed);
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
      `${directory} lacks ${files}: put back what was removed, or remove the rest to begin anew.`,
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
    writeFileSync(path, content, { mode });
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
