/**
 * Labels that name a pool or a cluster. A name may be longer than a label value, and may begin or end otherwise; the
 * server would refuse the whole object.
 */
import { createHash } from "node:crypto";

const LONGEST_LABEL_VALUE = 63;
const HASH_DIGITS = 10;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

export function isLabelValue(text: string): boolean {
  return text.length <= LONGEST_LABEL_VALUE && LABEL_VALUE.test(text);
}

/** The text itself where it may be a label value; else a prefix of it, made unique by a hash. */
export function labelFor(text: string): string {
  if (isLabelValue(text)) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_DIGITS);
  const readable = text.slice(0, LONGEST_LABEL_VALUE - HASH_DIGITS - 1).replace(/^[^A-Za-z0-9]+/, "");
  return readable === "" ? hash : `${readable}.${hash}`;
}
