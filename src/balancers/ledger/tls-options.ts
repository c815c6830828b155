/**
 * How far a server's certificate is trusted, as options of Node's TLS. Node's defaults are meant for names: a host that is
 * an IP is checked against the IPs of the certificate, which each driver has to be led to.
 */
import { readFileSync } from "node:fs";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { defined } from "../../kernel/index.ts";
import type { TlsSettings } from "./connection-string.ts";
import { LedgerError } from "./failure.ts";

/** Undefined: the connection is not encrypted. Without `sslrootcert`, Node's roots and the system's are trusted. */
export function tlsOptions(tls: TlsSettings): ConnectionOptions | undefined {
  if (tls.mode === "disable") return undefined;
  const read = (file: string | undefined) => (file === undefined ? undefined : readPem(file));
  const [ca, cert, key] = [read(tls.caFile), read(tls.certFile), read(tls.keyFile)];
  return {
    rejectUnauthorized: tls.mode !== "require",
    ca: ca ?? [...getCACertificates("default"), ...getCACertificates("system")],
    ...defined({ cert, key }),
  };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new LedgerError("tls", `the file ${file}, which the ledger's address names, cannot be read.`);
  }
}
