/** The table, a line as each row ends, and what it comes to. */
import { isGrave, isSlow, type Outcome } from "./play.ts";
import type { Window } from "./reader.ts";
import { TARGET_MS } from "./row.ts";

const MIB = 2 ** 20;
const ID_WIDTH = 34;
const ANSWER_WIDTH = 22;

export function printHead(): void {
  const answer = "answer".padEnd(ANSWER_WIDTH);
  console.log(
    `${"row".padEnd(ID_WIDTH)} ${answer} ${"took".padStart(8)} ${"wait".padStart(8)}  noise  ${"peak".padStart(8)}  result`,
  );
}

export function printOutcome(outcome: Outcome): void {
  const { row, answer, tookMs, seen, peakBytes } = outcome;
  const took = outcome.unanswered ? `>${seconds(tookMs)}` : seconds(tookMs);
  const wait = `${Math.round(seen.longestMs)} ms`.padStart(8);
  const noise = String(Math.round(seen.noiseMs)).padStart(5);
  const peak = `${Math.round(peakBytes / MIB)} MiB`.padStart(8);
  const start = `${row.id.padEnd(ID_WIDTH)} ${answer.slice(0, ANSWER_WIDTH).padEnd(ANSWER_WIDTH)} ${took.padStart(8)}`;
  console.log(`${start} ${wait}  ${noise}  ${peak}  ${wordsOf(outcome)}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9_950 ? 2 : 1)} s`;
}

/** What happened, the worst first. */
export function wordsOf(outcome: Outcome): string {
  const { ended, lost, stuck, disabled, unanswered, fault, unplayed, seen } = outcome;
  const words: string[] = [];
  if (unplayed !== undefined) words.push(`NOT PLAYED: ${unplayed.slice(0, 160)}`);
  if (ended !== undefined) words.push(`ENDED: ${ended}`);
  if (lost !== undefined) words.push(`LOST: ${lost}`);
  if (disabled !== undefined) words.push(`TAKES NO WRITES: ${disabled}`);
  if (stuck) words.push("STUCK: killed");
  else if (unanswered) words.push("no answer in time");
  if (isSlow(outcome)) words.push("slow");
  if (seen.cut > 0 && ended === undefined) words.push(`the reader was cut off ${seen.cut} times`);
  if (seen.refused > 0) words.push(`the reader was refused ${seen.refused} times`);
  if (outcome.unfair !== undefined) words.push(`unfair: the reader's median × ${outcome.unfair.toFixed(1)}`);
  if (fault !== undefined) words.push(`fault: ${fault}`);
  return words.length === 0 ? "ok" : words.join("; ");
}

export function printBaseline({ longestMs, medianMs, reads, noiseMs }: Window): void {
  const noise = `the reader itself stood still for ${Math.round(noiseMs)} ms at most`;
  console.log(
    `Nobody attacks: ${reads} reads, median ${medianMs.toFixed(1)} ms, longest ${Math.round(longestMs)} ms; ${noise}.\n`,
  );
}

export function printSummary(outcomes: readonly Outcome[], baseline: Window): void {
  const list = (title: string, chosen: readonly Outcome[]) => {
    if (chosen.length === 0) return;
    console.log(`\n${title}`);
    for (const outcome of chosen) {
      const ratio = (outcome.seen.longestMs / Math.max(1, baseline.longestMs)).toFixed(1);
      const wait = `${Math.round(outcome.seen.longestMs)} ms, × ${ratio}`;
      console.log(`  ${outcome.row.id}: ${outcome.row.what}\n    ${wait}; ${wordsOf(outcome).slice(0, 200)}`);
    }
  };
  console.log("\n× is beside the longest wait without attack.");
  const grave = outcomes.filter(isGrave);
  const slow = outcomes.filter((each) => !isGrave(each) && isSlow(each));
  const faulty = outcomes.filter((each) => !isGrave(each) && !isSlow(each) && wordsOf(each) !== "ok");
  list("Ended the process, stopped it, stopped its writes, or lost what was acknowledged:", grave);
  list(`Beyond their limit, ${TARGET_MS} ms for most (a target):`, slow);
  list("Other faults:", faulty);
  console.log("");
}
