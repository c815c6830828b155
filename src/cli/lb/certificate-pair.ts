/** The flags that name the files of a certificate. */
import { CommandFailure } from "../failure.ts";

export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
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
