/** A listener with a certificate in files that another program renews: they are followed as long as it serves. */
import type { Kernel } from "../../kernel/index.ts";
import type { Logger } from "../../runtime/index.ts";
import { CertificateRotation, readCertificateFiles, type WebhookCertificate } from "../../webhook/index.ts";
import { CommandFailure } from "../failure.ts";

export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

interface Listener {
  renew(certificate: WebhookCertificate): void;
  close(): Promise<void>;
}

export interface Following {
  readonly of: "webhook" | "endpoints";
  readonly kernel: Kernel;
  readonly logger: Logger;
}

/** @throws ConfigError when a file cannot be read, or the two do not belong together */
export async function serveWithFiles(
  files: CertificatePair,
  { of, kernel, logger }: Following,
  listen: (certificate: WebhookCertificate) => Promise<Listener>,
): Promise<Pick<Listener, "close">> {
  const obtain = () => readCertificateFiles(files, []);
  const first = await obtain();
  const listener = await listen(first);
  const rotation = new CertificateRotation({
    kernel,
    logger,
    of,
    obtain,
    announce: async () => {},
    serve: (certificate) => listener.renew(certificate),
  });
  await rotation.start(first);
  const close = () => {
    rotation.stop();
    return listener.close();
  };
  return { close };
}

/**
 * The two files of a certificate; undefined: none was given.
 *
 * @throws CommandFailure when one of them is missing
 */
export function pairOf(
  certificate: string | undefined,
  key: string | undefined,
  flags: string,
): CertificatePair | undefined {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  const missing = certificate === undefined ? `${flags}-cert` : `${flags}-key`;
  throw new CommandFailure(`a certificate consists of two files, and ${missing} is missing: set both.`);
}
