/**
 * Text that goes into columns of ours. What an outsider wrote, as in an annotation, is made to fit: one value must never
 * keep the rows beside it from being written. What the user of a command wrote is refused instead, in a sentence.
 */
import { LedgerError } from "./failure.ts";

/** Characters that the columns hold. */
export const LENGTHS = { name: 253, title: 400, subject: 400, reason: 16_000 } as const;

/** Without NUL, which PostgreSQL takes in no text, without halves of characters, and not longer than the column. */
export function fitted(text: string, longest: number): string {
  const clean = text.replaceAll("\0", "\uFFFD").toWellFormed();
  const characters = clean.length <= longest ? undefined : [...clean];
  if (characters === undefined || characters.length <= longest) return clean;
  return `${characters.slice(0, longest - 1).join("")}…`;
}

/** @throws LedgerError when it is too long */
export function checked(what: string, text: string, longest: number): string {
  const { length } = [...text];
  if (length <= longest) return fitted(text, longest);
  throw new LedgerError(
    "refused",
    `${what} has ${length} characters, and the ledger keeps at most ${longest}; nothing was changed, shorten it.`,
  );
}
