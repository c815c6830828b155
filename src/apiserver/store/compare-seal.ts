/** Whether a database matches its seal, or continues from there. */

import type { Seal } from "./seal.ts";
import type { LoadedFile } from "./sqlite-loader.ts";

/** The processes that opened the file last, and before; empty: none yet. */
export interface StoreIds {
  readonly id: string;
  readonly previousId: string;
}

/** What is wrong, for a sentence in which it stands in brackets; undefined: nothing that was acknowledged is missing. */
export function faultAgainstSeal(
  seal: Seal,
  { id, previousId }: StoreIds,
  file: LoadedFile,
): string | undefined {
  if (seal.revision === 0) return undefined;
  const missing = seal.revision - file.revision;
  if (missing > 0) {
    const changes = missing === 1 ? "the newest change is" : `the newest ${missing} changes are`;
    return `${changes} missing, up to revision ${seal.revision}: its write-ahead log was cut, damaged or removed, or an older copy was put in its place`;
  }
  if (id !== "" && seal.store !== id && seal.store !== previousId)
    return "its seal belongs to another store, or to a copy that was used independently";
  const { log } = file;
  const oldest = log[0]?.change.revision ?? file.revision + 1;
  // What the seal knew is older than history: the store went on for long since, and nothing of it is missing.
  if (seal.revision < oldest - 1) return undefined;
  const digest = file.digest.copy();
  for (let at = log.length - 1; at >= 0; at--) {
    const { change } = log[at] as (typeof log)[number];
    if (change.revision <= seal.revision) break;
    digest.takeBack(change);
  }
  if (digest.objects === seal.digest.objects && digest.toString() === seal.digest.toString())
    return undefined;
  return `of revision ${seal.revision} it has ${digest.objects} objects that are not the ${seal.digest.objects} which its seal knows`;
}
