/** `plexaubnet history --verify`: whether the record is what was written. */
import type { Anchor } from "../../history/index.ts";
import { counted } from "../../kernel/index.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { printTable } from "../ledger/print-table.ts";
import type { HistoryOptions } from "./history-options.ts";
import { withHistory } from "./open.ts";

/** @throws CommandFailure that names the first row that does not fit */
export async function verifyHistory(what: string | undefined, options: HistoryOptions): Promise<void> {
  if (what !== undefined)
    throw usage(`--verify checks the whole history, and takes no ${what}: remove one of the two.`);
  const anchor = anchorOf(options.anchor);
  const verdict = await withHistory(options.history, (history) => history.verify(anchor));
  if (!verdict.sound) {
    throw new CommandFailure(
      `row ${verdict.seq} of the history of ${verdict.stream} does not fit: ${verdict.why} Compare it with a backup of the database.`,
    );
  }
  const { rows, ends } = verdict;
  const format = options.output === "csv" ? "table" : options.output;
  printTable(format, {
    header: ["API", "ROWS", "ANCHOR"],
    rows: ends.map(({ stream, seq, hash }) => [stream, String(seq), `${seq}:${hash}`]),
    notes: [
      `${counted(rows, "row")}, each of which follows from the one before.`,
      "Store the anchor elsewhere: with --anchor it shows later that the history was not written again.",
    ],
    data: verdict,
  });
}

function anchorOf(text: string | undefined): readonly Anchor[] {
  if (text === undefined) return [];
  const [, seq, hash = ""] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined)
    throw usage(
      `--anchor ${text} is not an anchor: use one as --verify prints it, a number, a colon and 64 digits.`,
    );
  return [{ seq: Number(seq), hash }];
}

function usage(sentence: string): CommandFailure {
  return new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}
