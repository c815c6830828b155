/**
 * Who we are, as of now: tokens and certificates from memory, files that rotate, and credential plugins.
 */
import { type Clock, defined } from "../kernel/index.ts";
import { type ClusterConfig, originOf } from "./cluster-config.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { ConfigError } from "./errors.ts";
import { ExecCredentials } from "./exec-credentials.ts";
import { type MaterialSource, materialSource, RotatingFile } from "./material.ts";

export function credentialSource(config: ClusterConfig, clock: Clock): CredentialSource {
  const { auth = {} } = config;
  const user = originOf(config).user;
  if (auth.tokenFile !== undefined) {
    const file = new RotatingFile(auth.tokenFile, `tokenFile of ${user}`, clock);
    const source = `the token in ${auth.tokenFile} (tokenFile of ${user})`;
    return withCertificate(config, clock, source, () => bearer(file.text(), source), file);
  }
  if (auth.token !== undefined) {
    const source = `token of ${user}`;
    return withCertificate(config, clock, source, () => bearer(auth.token ?? "", source));
  }
  if (auth.username !== undefined) {
    const pair = Buffer.from(`${auth.username}:${auth.password ?? ""}`).toString("base64");
    return withCertificate(config, clock, `username and password of ${user}`, () => `Basic ${pair}`);
  }
  if (auth.exec !== undefined) return new ExecCredentials(auth.exec, config, clock);
  const source =
    auth.clientCertificate === undefined
      ? `nothing (${user} has no credentials)`
      : `client-certificate of ${user}`;
  return withCertificate(config, clock, source, () => undefined);
}

function bearer(token: string, source: string): string {
  // A line break in a header would be refused deep inside the transport, without a word of where it came from.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ConfigError(`${source} is empty or not a token`);
  return `Bearer ${token}`;
}

/** Adds the client certificate to whatever header there is, and keeps one object while nothing changes. */
function withCertificate(
  config: ClusterConfig,
  clock: Clock,
  source: string,
  authorization: () => string | undefined,
  header?: MaterialSource,
): CredentialSource {
  const user = originOf(config).user;
  const { clientCertificate, clientKey } = config.auth ?? {};
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    const missing = clientKey === undefined ? "client-key" : "client-certificate";
    throw new ConfigError(
      `${user} lacks ${missing}: a client certificate needs its key, and a key its certificate`,
    );
  }
  const certificate =
    clientCertificate && materialSource(clientCertificate, `client-certificate of ${user}`, clock);
  const key = clientKey && materialSource(clientKey, `client-key of ${user}`, clock);
  let last: Credentials = { source };
  return {
    current: () => {
      const next = {
        authorization: authorization(),
        certificate: certificate ? certificate.text() : undefined,
        key: key ? key.text() : undefined,
      };
      if (
        last.authorization !== next.authorization ||
        last.certificate !== next.certificate ||
        last.key !== next.key
      ) {
        last = {
          source,
          ...defined({ authorization: next.authorization, certificate: next.certificate, key: next.key }),
        };
      }
      return last;
    },
    forget: () => {
      header?.forget();
      if (certificate) certificate.forget();
      if (key) key.forget();
    },
  };
}
