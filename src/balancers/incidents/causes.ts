/**
 * From findings to the few causes that explain them, each in terms of this cluster's facts: which pool, made by whom and
 * when, and why nothing carried the change over. Pure.
 */
import { type Case, controllerOf, ipOf, objectSubject } from "./case.ts";
import { bareSubject, type Evidence } from "./evidence.ts";
import { isAboutLookUps } from "./log-lines.ts";
import type { CauseId, Finding } from "./rules.ts";
import { citing, inOrder, type Statement } from "./statement.ts";
import { nameOf, namesIn, subjectOf, tallyOf } from "./subjects.ts";
import { counted, kindInWords, listed, timeText } from "./words.ts";

export interface RootCause extends Statement {
  readonly id: CauseId;
  readonly title: string;
  readonly findings: readonly string[];
  /** The same for those who were not there: without names of people and of hosts. */
  readonly publicText: string;
}

export const CAUSE_TITLES: Readonly<Record<CauseId, string>> = {
  "ledger-unavailable": "The ledger was not available",
  "cluster-unavailable": "The cluster was not available",
  "look-up": "Look-up without an answer",
  "pool-removed-in-use": "A pool was taken away under addresses in use",
  desynchronisation: "Data desynchronisation",
  "unreadable-range": "A range that cannot be read",
  "overlapping-pools": "Overlapping pools in the ledger",
  "shared-address": "One address for several Services",
  "usage-not-reconciled": "Usage and its records were not brought together",
  "addresses-beside-metallb": "Addresses that no pool gave",
};

/** In this order where several explain equally much: what blocks users comes first. */
export const CAUSE_ORDER = Object.keys(CAUSE_TITLES) as readonly CauseId[];

const MOST_CAUSES = 3;

/** One to three; none only without any finding that has a cause. */
export function rootCausesOf(of: Case, findings: readonly Finding[]): readonly RootCause[] {
  const present = CAUSE_ORDER.filter((id) => findings.some(({ cause }) => cause === id));
  // That a look-up finds nothing follows from the pools, and is the one to leave out unless a log shows what it broke.
  const isTold = of.of("log", "line").some(isAboutLookUps);
  const fewer = present.length > MOST_CAUSES && !isTold ? present.filter((id) => id !== "look-up") : present;
  return fewer.slice(0, MOST_CAUSES).map((id) => causeOf(id, of, findings));
}

function causeOf(id: CauseId, of: Case, findings: readonly Finding[]): RootCause {
  const own = findings.filter(({ cause }) => cause === id);
  const cited = new Set(citing(own));
  const matched = of.newest.filter(
    ({ id: one, kind }) => cited.has(one) && kind !== "ended" && kind !== "compared",
  );
  const { text, evidence, ...rest } = TEXTS[id](matched, of);
  return {
    id,
    title: CAUSE_TITLES[id],
    text,
    publicText: rest.publicText ?? text,
    basis: "inferred",
    evidence: inOrder([...cited, ...evidence.map((one) => one.id)]),
    findings: own.map((finding) => finding.id),
  };
}

interface CauseText {
  readonly text: string;
  readonly publicText?: string;
  /** Beyond what the findings cite. */
  readonly evidence: readonly Evidence[];
}

const TEXTS: Readonly<Record<CauseId, (matched: readonly Evidence[], of: Case) => CauseText>> = {
  "ledger-unavailable": (matched) =>
    unavailable("the ledger", "nothing could be recorded or compared", matched),
  "cluster-unavailable": (matched) => unavailable("the cluster's API", "nothing could be compared", matched),
  "look-up": lookUpText,
  "pool-removed-in-use": removedText,
  desynchronisation: poolsText,
  "unreadable-range": (matched) => ({
    text: `A range that is written so that nothing can read it holds no address: ${namesIn(matched)}. What lies in it is found by no look-up.`,
    evidence: [],
  }),
  "overlapping-pools": (matched) => ({
    text: `Several pools of the ledger claim the same addresses in ranges of the same size, so the pool of an address is ambiguous: ${namesIn(matched)}.`,
    evidence: [],
  }),
  "shared-address": (matched) => ({
    text: `The same address is given to more than one Service: ${namesIn(matched)}.`,
    evidence: [],
  }),
  "usage-not-reconciled": usageText,
  "addresses-beside-metallb": (matched) => ({
    text: `${counted(tallyOf(matched).count, "address")} in use ${tallyOf(matched).count === 1 ? "lies" : "lie"} in no pool of MetalLB, nor in any that the ledger has: ${namesIn(matched)}. Something else than a pool that is known gave ${tallyOf(matched).count === 1 ? "it" : "them"}.`,
    evidence: [],
  }),
};

function unavailable(what: string, effect: string, matched: readonly Evidence[]): CauseText {
  const times = matched.map(({ at }) => at).sort();
  const since = times[0] ?? "";
  return {
    text: `From ${timeText(since)} on ${what} did not answer, and ${effect} until it did.`,
    evidence: [],
  };
}

function lookUpText(matched: readonly Evidence[], of: Case): CauseText {
  const ips = [
    ...new Set(matched.filter(({ source }) => source === "look-up").map(({ subject }) => subject)),
  ];
  const lines = of.of("log", "line").filter(isAboutLookUps);
  const text = `The pool of ${listed(ips, 3)} is looked up in the ledger, and no row of it holds ${ips.length === 1 ? "this address" : "these addresses"}; without a pool usage cannot be recorded.`;
  if (lines.length === 0) return { text, evidence: [] };
  const isEmptyRecord = lines.some(({ excerpt = "" }) => EMPTY_RECORD.test(excerpt));
  const log = isEmptyRecord
    ? "The log of this time names the ID 0: the result of a look-up that found nothing was treated as a record, so the next step failed with a misleading error."
    : "The log of this time names a look-up of a pool that found no record.";
  return { text: `${text} ${log}`, publicText: text, evidence: lines };
}

/** An ID that no row has: what a caller makes of a look-up that it did not check. */
const EMPTY_RECORD = /\b(?:id|pool)["\s]{0,2}[:=]?\s?"?0\b/i;

function removedText(matched: readonly Evidence[], of: Case): CauseText {
  const stranded = matched.filter(({ kind }) => kind === "ip-outside-every-pool" || kind === "usage-gone");
  const held = [...new Set(stranded.flatMap((one) => of.removedUnder.get(one) ?? []))];
  const pools = held.filter(({ source }) => source === "comparison");
  const names = [
    ...new Set(
      held.map((one) => (one.source === "look-up" ? (one.facts?.pool ?? "of the ledger") : poolOf(one))),
    ),
  ];
  const shrunk = pools.length > 0 && pools.every(({ kind }) => kind === "range-differs");
  const one = names.length === 1;
  const verb = one ? "was" : "were";
  const fate = shrunk ? "made smaller" : "taken away or made smaller";
  const what = `${one ? "the pool" : "the pools"} ${listed(names)} ${verb} ${fate}`;
  const { count } = tallyOf(stranded);
  const outside = stranded.some(({ kind }) => kind === "ip-outside-every-pool");
  const state = outside
    ? `${counted(count, "address", "addresses")} of it ${beOf(count, of)} in use there, outside of every pool of MetalLB`
    : `of its addresses ${count} ${beOf(count, of)} recorded for a Service that does not have it any more`;
  const why = whoChanged(pools, of);
  const text = `In MetalLB ${what} while the ledger ${of.isOver ? "had" : "has"} ${one ? "it" : "them"} still: ${state}: ${namesIn(stranded)}.`;
  return { text: `${text} ${why.text}`.trim(), publicText: text, evidence: [...held, ...why.evidence] };
}

function beOf(count: number, { isOver }: Case): string {
  if (isOver) return count === 1 ? "was" : "were";
  return count === 1 ? "is" : "are";
}

function poolOf(evidence: Evidence): string {
  return subjectOf(bareSubject(evidence)).name;
}

/** The sentence of the template: database and MetalLB differ; then in what, by whom, and why it stayed so. */
function poolsText(matched: readonly Evidence[], of: Case): CauseText {
  const pools = matched.filter(
    ({ kind }) => kind.startsWith("pool-") || kind === "range-differs" || kind === "setting-differs",
  );
  const byKind = Map.groupBy(pools, ({ kind }) => kind);
  const parts = [...byKind].map(([kind, some]) => {
    const { count } = tallyOf(some);
    return `${counted(count, ...kindInWords(kind))} (${namesIn(some)})`;
  });
  const renamed = renamedIn(pools);
  const verb = of.isOver ? "did not match" : "do not match";
  const base = `The pools of the ledger and the IPAddressPools of MetalLB ${verb}: ${listed(parts)}.${renamed}`;
  const who = whoChanged(pools, of);
  const why = whyItStayed(of);
  return {
    text: [base, who.text, why.text].filter((part) => part !== "").join(" "),
    publicText: base,
    evidence: [...who.evidence, ...why.evidence],
  };
}

/** A pool of one side with the very ranges of a pool of the other: another name for the same. */
function renamedIn(pools: readonly Evidence[]): string {
  const byRanges = new Map(
    pools
      .filter(({ kind }) => kind === "pool-missing-in-cluster")
      .map((one) => [one.facts?.ledger ?? "", poolOf(one)]),
  );
  const pairs = pools.flatMap((one) => {
    const old = one.kind === "pool-missing-in-ledger" ? byRanges.get(one.facts?.cluster ?? "-") : undefined;
    return old === undefined
      ? []
      : [
          `${old} in the ledger and ${poolOf(one)} in MetalLB have the same ranges, as after a change of the name`,
        ];
  });
  return pairs.length === 0 ? "" : ` ${listed(pairs, 3)}.`;
}

/** From what the API keeps on the pools: who made or changed them, and when. */
export function whoChanged(pools: readonly Evidence[], of: Case): CauseText {
  const told = pools.slice(0, 3).flatMap((pool) => {
    const kept = of.objectsOf(objectSubject(pool));
    const one = pool.kind === "pool-missing-in-ledger" ? kept[0] : kept.at(-1);
    return one === undefined ? [] : [one];
  });
  const gone = pools.filter(({ kind }) => kind === "pool-missing-in-cluster");
  const text = told.map(({ subject, at, kind, facts }) => {
    const by = facts?.by === undefined ? "" : ` by ${facts.by}`;
    return `${nameOf(subject)} was ${kind} in the cluster at ${timeText(at)}${by}.`;
  });
  if (gone.length > 0) text.push("Who deleted an object is not kept by the API once it is gone.");
  return { text: text.join(" "), evidence: told };
}

/** Why the change did not reach the other side: the mode of the controller, or a guard. */
export function whyItStayed(of: Case): CauseText {
  const run = controllerOf(of);
  const guards = of.of("guard");
  const stopped = guards[0] === undefined ? "" : `A guard stopped a step (${guards[0].kind}).`;
  if (run === undefined) return { text: stopped, evidence: guards.slice(0, 1) };
  const { mode = "", heldBack = "0" } = run.facts ?? {};
  const held = Number(heldBack) > 0 ? `, which left ${counted(Number(heldBack), "step")} undone` : "";
  const text = held === "" ? stopped : `The controller ran in mode ${mode}${held}. ${stopped}`.trim();
  return { text, evidence: [...(held === "" ? [] : [run]), ...guards.slice(0, 1)] };
}

function usageText(matched: readonly Evidence[], of: Case): CauseText {
  const usage = matched.filter(({ kind }) => kind.startsWith("usage-"));
  const byKind = Map.groupBy(usage, ({ kind }) => kind);
  const parts = [...byKind].map(
    ([kind, some]) => `${counted(tallyOf(some).count, ...kindInWords(kind))} (${namesIn(some)})`,
  );
  const verb = of.isOver ? "differed" : "differ";
  const unrecorded = usage.filter(({ kind }) => kind === "usage-unrecorded");
  const found = unrecorded.flatMap((one) =>
    of.lookUpsOf(ipOf(one) ?? "").filter(({ kind }) => kind === "found"),
  );
  const held =
    found.length === 0 ? "" : " The ledger has a pool for what is not recorded: the record alone is missing.";
  const why = whyItStayed(of);
  const base = `What is used and what is recorded ${verb} for another reason than the pools: ${listed(parts)}.${held}`;
  return { text: `${base} ${why.text}`.trim(), publicText: base, evidence: [...found, ...why.evidence] };
}
