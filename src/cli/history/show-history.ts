/** Asks the record, and prints the answer. */
import { type Answer, blockSubject, type Question, type Subject } from "../../history/index.ts";
import { describeParseFailure, parsePrefix } from "../../ipam/index.ts";
import { systemClock } from "../../kernel/index.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { printTable } from "../ledger/print-table.ts";
import { printCsv } from "./csv.ts";
import { type HistoryOptions, readTime } from "./history-options.ts";
import { withHistory } from "./open.ts";
import { decisionRecords, decisionTable, gapNotes, tenureRecords, tenureTable } from "./report.ts";
import { verifyHistory } from "./verify-history.ts";

/** @throws CommandFailure when the question or the history cannot be read */
export async function showHistory(what: string | undefined, options: HistoryOptions): Promise<void> {
  if (options.verify) return verifyHistory(what, options);
  if (options.anchor !== undefined)
    throw usage("--anchor has no effect without --verify: add it, or remove --anchor.");
  const question = questionOf(what, options, systemClock.now());
  const answer = await withHistory(options.history, async (history) => {
    const first = await history.ask(question);
    if (first.tenures.length > 0 || question.since !== undefined || question.at !== undefined) return first;
    // Nothing was held: what was decided instead, as that a claim waits.
    return history.ask({ ...question, since: EVER });
  });
  printAnswer(answer, question, options);
}

/** Before all that is recorded. */
const EVER = "0000";

/** @throws CommandFailure when it contradicts itself */
export function questionOf(what: string | undefined, options: HistoryOptions, nowMs: number): Question {
  const { namespace, limit } = options;
  if (options.at !== undefined && options.since !== undefined)
    throw usage(
      "--at and --since exclude each other: --at shows who held a block, --since what was decided.",
    );
  const subject = what === undefined ? undefined : subjectOf(what);
  const since = timeOf("--since", options.since, nowMs);
  const at = timeOf("--at", options.at, nowMs);
  const instant = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  return {
    subject,
    namespace,
    limit,
    at: instant(at?.fromMs),
    until: instant(at?.untilMs),
    since: instant(since?.fromMs),
  };
}

function timeOf(option: string, text: string | undefined, nowMs: number) {
  const time = text === undefined ? undefined : readTime(text, nowMs);
  if (text === undefined || time !== undefined) return time;
  throw usage(
    `${option} ${text} is not a time: use a day (2026-05-03), a time with its zone (2026-05-03T08:00:00Z), or how long ago (7d).`,
  );
}

const KINDS: Readonly<Record<string, "pool" | "cluster" | "claim" | "subnet">> = {
  pool: "pool",
  cluster: "cluster",
  claim: "claim",
  subnet: "subnet",
};

function subjectOf(what: string): Subject {
  const block = blockSubject(what);
  if (block !== undefined) return block;
  const [, word = "", name = ""] = /^([a-z]+)\/([^/]+)$/.exec(what) ?? [];
  const by = KINDS[word];
  if (by !== undefined) return { by, name };
  // A name has neither a slash nor a colon.
  if (!/[/:]/.test(what)) return { by: "name", name: what };
  const parsed = parsePrefix(what);
  const why = parsed.ok ? "" : describeParseFailure(parsed.error).replace(/\.$/, "");
  throw usage(`${why}: specify an address, a CIDR, or a name such as pool/web.`);
}

function usage(sentence: string): CommandFailure {
  return new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}

function printAnswer(answer: Answer, question: Question, { output, limit }: HistoryOptions): void {
  const { tenures, decisions, gaps, isCut } = answer;
  const isTenures = tenures.length > 0 || (question.since === undefined && decisions.length === 0);
  const records = isTenures ? tenureRecords(tenures) : decisionRecords(decisions);
  if (output === "csv") {
    printCsv(records);
    return;
  }
  const table = isTenures ? tenureTable(tenures) : decisionTable(decisions);
  const notes = [
    ...(records.length === 0 ? ["The history has nothing of it."] : []),
    ...(isCut ? [`Only the newest ${limit} are shown: use --limit, or ask for less.`] : []),
    ...gapNotes(gaps),
  ];
  const data = { [isTenures ? "tenures" : "decisions"]: records, gaps: decisionRecords(gaps), isCut };
  printTable(output, { ...table, notes, data });
}
