/** Prefix lengths on a command line. */
import { InvalidArgumentError } from "commander";

const LONGEST_PREFIX = 128;

/** `24` or `/24`. */
export function parseLength(text: string): number {
  const length = Number(text.replace(/^\//, ""));
  if (/^\/?\d{1,3}$/.test(text) && length <= LONGEST_PREFIX) return length;
  throw new InvalidArgumentError(`It must be a prefix length from 0 to ${LONGEST_PREFIX}.`);
}
