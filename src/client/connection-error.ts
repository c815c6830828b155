/**
 * Converts the transport's error of a broken connection into one of our errors, with a sentence that names the cure.
 */
import { type ClusterConfig, originOf } from "./cluster-config.ts";
import { ConfigError, LostAnswerError, UnreachableError } from "./errors.ts";

/** The server's certificate is not signed by a configured CA. */
const UNTRUSTED = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
]);

/** @param sent whether the request was on its way when the connection failed. */
export function connectionError(error: Error, sent: boolean, config: ClusterConfig): Error {
  if (error instanceof UnreachableError || error instanceof LostAnswerError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const fault = tlsFault(code, config);
  if (fault !== undefined) return new ConfigError(fault, error);
  const { server } = config;
  if (sent) return new LostAnswerError(`no complete response from ${server}: ${error.message}`, error);
  const { cluster } = originOf(config);
  return new UnreachableError(
    `cannot reach the API server at ${server} (server of ${cluster}): ${code === "" ? error.message : code}`,
    error,
  );
}

function tlsFault(code: string, config: ClusterConfig): string | undefined {
  const { cluster, user } = originOf(config);
  const { server, ca } = config;
  if (UNTRUSTED.has(code)) {
    const authority =
      ca === undefined
        ? `${cluster} names no certificate-authority, and the system trusts none that signed it`
        : `it was not signed by the certificate-authority of ${cluster}${typeof ca === "string" ? "" : ` (${ca.file})`}`;
    return `the certificate of ${server} is not trusted: ${authority}`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `the certificate of ${server} is for another name: correct server of ${cluster}, or set its tls-server-name`;
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return `the certificate of ${server} (server of ${cluster}) is ${code === "CERT_HAS_EXPIRED" ? "no longer" : "not yet"} valid`;
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "EPROTO") {
    return `${server} (server of ${cluster}) speaks no TLS: is it an http:// address?`;
  }
  if (code === "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" || code === "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA") {
    return `${server} did not accept the client-certificate of ${user}`;
  }
  if (
    code.startsWith("ERR_OSSL_PEM") ||
    code.startsWith("ERR_OSSL_X509") ||
    code.startsWith("ERR_OSSL_ASN1")
  ) {
    return `certificate-authority of ${cluster} or client-certificate or client-key of ${user} is not valid PEM`;
  }
  return undefined;
}
