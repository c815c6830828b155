/** Where a history is: an address as that of a ledger, whose database may hold both. */
import { type LedgerTarget, parseConnectionString } from "../balancers/ledger/connection-string.ts";
import { err, type Result } from "../kernel/index.ts";

/** The failure is one sentence, without secrets. */
export function parseHistoryAddress(text: string): Result<LedgerTarget, string> {
  const parsed = parseConnectionString(text);
  return parsed.ok ? parsed : err(parsed.error.replaceAll("the ledger's", "the history's"));
}
