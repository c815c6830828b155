/**
 * `fieldValidation` of a write: what of a body was passed over (unknown fields, fields that are there twice, numbers that
 * are kept as another one) is refused with `Strict` and a warning with `Warn`. However much there is of it, a few are
 * worded and the rest is counted.
 */

import { shortened } from "../../kernel/index.ts";
import type { ResourceRequest } from "../context.ts";
import { badRequest, type StatusError } from "../status-error.ts";

/** What a client is to hear of its body. */
export interface Remarks {
  /** `unknown field "spec.a"`, the first of them; each within {@link MAX_REMARK_CHARACTERS}. */
  readonly texts: readonly string[];
  /** How many there are in all. */
  readonly count: number;
}

/** So many remarks are worded at the most. */
export const MAX_REMARKS = 100;
/** Paths are made of keys, which may be of any length. */
export const MAX_REMARK_CHARACTERS = 256;
/** All warnings of an answer together have 4 KiB, as in Kubernetes; what is passed over may fill three of them. */
const MAX_CHARACTERS = 3 * 1024;

export const NO_REMARKS: Remarks = { texts: [], count: 0 };

/** @param paths Of the fields, in the order in which they were found. */
export function unknownFields(paths: readonly string[]): Remarks {
  const texts = paths.slice(0, MAX_REMARKS).map((path) => `unknown field ${quotedPath(path)}`);
  return { texts, count: paths.length };
}

/** A path in quotes, cut where it is too long to be read. */
export function quotedPath(path: string): string {
  return JSON.stringify(shortened(path, MAX_REMARK_CHARACTERS));
}

/** The remarks as far as there is room, and how many are left out. */
export function wordRemarks({ texts, count }: Remarks): readonly string[] {
  const worded: string[] = [];
  let characters = 0;
  for (const text of texts) {
    characters += text.length;
    if (characters > MAX_CHARACTERS) break;
    worded.push(text);
  }
  return worded.length === count ? worded : [...worded, `and ${count - worded.length} more of the same`];
}

/** Of a body as it was read, before anything is known of its kind. @throws StatusError 400 */
export function reportRemarks(request: ResourceRequest, remarks: Remarks): void {
  report(request, remarks, request.query.get("fieldValidation") ?? "", (texts) =>
    badRequest(`strict decoding error: ${texts}`),
  );
}

/** Warns, or throws what `refuse` makes of it. */
export function report(
  request: ResourceRequest,
  remarks: Remarks,
  fieldValidation: string,
  refuse: (texts: string) => StatusError,
): void {
  if (remarks.count === 0 || fieldValidation === "Ignore") return;
  const texts = wordRemarks(remarks);
  if (fieldValidation === "Strict") throw refuse(texts.join(", "));
  for (const text of texts) request.warn(text);
}
