/**
 * From evidence to findings. Each rule searches for one thing, reports what it found, and names the cause that would explain it:
 * a difference of usage is put down to the pools where they differ over its address. Pure and deterministic.
 */
import { type Case, ipOf, poolsAbout } from "./case.ts";
import { bareSubject, type Evidence } from "./evidence.ts";
import { isAboutLookUps } from "./log-lines.ts";
import { idsOf, type Statement } from "./statement.ts";
import { namesIn, summaryOf, tallyOf } from "./subjects.ts";
import { counted, kindInWords, timeText } from "./words.ts";

export type CauseId =
  | "ledger-unavailable"
  | "cluster-unavailable"
  | "look-up"
  | "pool-removed-in-use"
  | "desynchronisation"
  | "unreadable-range"
  | "overlapping-pools"
  | "shared-address"
  | "usage-not-reconciled"
  | "addresses-beside-metallb";

export interface Finding extends Statement {
  /** `F-1`, `F-2`, … */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly excerpt?: string | undefined;
  readonly cause: CauseId | undefined;
  /** For customers: no text of logs, and no names of people. Undefined: it is not for them. */
  readonly publicText: string | undefined;
}

interface Rule {
  readonly name: string;
  readonly title: string;
  readonly match: (of: Case) => readonly Evidence[];
  /** Of each matched evidence what would explain it; those of one cause are one finding. */
  readonly cause: (evidence: Evidence, of: Case) => CauseId | undefined;
  readonly message?: (matched: readonly Evidence[]) => string;
  readonly isPublic?: boolean;
}

const drift =
  (...kinds: readonly string[]) =>
  (of: Case) =>
    kinds.flatMap((kind) => of.drift(kind));
const always = (cause: CauseId | undefined) => () => cause;

export const RULES: readonly Rule[] = [
  {
    name: "look-up-found-nothing",
    title: "A look-up by IP finds no pool",
    match: (of) => of.lookUps("not-found"),
    cause: always("look-up"),
    message: (matched) =>
      `The pool of ${counted(matched.length, "address", "addresses")} in use was looked up in the ledger, and there was none. ${sentencesOf(matched)}`,
  },
  {
    name: "usage-never-recorded",
    title: "Load balancers without a usage record",
    match: drift("usage-unrecorded"),
    cause: causeOfUnrecorded,
  },
  {
    name: "pool-missing-in-ledger",
    title: "Pools that MetalLB has and the ledger lacks",
    match: drift("pool-missing-in-ledger"),
    cause: causeOfPool,
  },
  {
    name: "pool-missing-in-cluster",
    title: "Pools that the ledger has and MetalLB lacks",
    match: drift("pool-missing-in-cluster"),
    cause: causeOfPool,
  },
  { name: "range-differs", title: "Ranges that differ", match: drift("range-differs"), cause: causeOfPool },
  {
    name: "setting-differs",
    title: "Settings that differ",
    match: drift("setting-differs"),
    cause: always("desynchronisation"),
  },
  {
    name: "recorded-but-gone",
    title: "Usage records of load balancers that do not have the address",
    match: drift("usage-gone"),
    cause: (one, of) =>
      of.removedUnder.get(one) === undefined ? "usage-not-reconciled" : "pool-removed-in-use",
  },
  {
    name: "usage-in-other-pool",
    title: "Usage that is recorded against another pool",
    match: drift("usage-in-other-pool"),
    cause: causeOfOtherPool,
  },
  {
    name: "two-ledger-rows-for-one-ip",
    title: "Addresses that several pools of the ledger claim",
    match: (of) => [...of.drift("ip-in-two-pools"), ...of.lookUps("ambiguous")],
    cause: always("overlapping-pools"),
  },
  {
    name: "pool-twice-in-ledger",
    title: "Pools that the ledger has several rows of",
    match: drift("pool-twice-in-ledger"),
    cause: always("overlapping-pools"),
  },
  {
    name: "two-services-with-one-ip",
    title: "Addresses that several Services have",
    match: drift("ip-used-twice"),
    cause: always("shared-address"),
  },
  {
    name: "range-unreadable",
    title: "Ranges that cannot be read",
    match: drift("range-unreadable"),
    cause: always("unreadable-range"),
  },
  {
    name: "ip-outside-every-pool",
    title: "Addresses outside of every pool of MetalLB",
    match: drift("ip-outside-every-pool"),
    cause: (one, of) =>
      of.removedUnder.get(one) === undefined ? "addresses-beside-metallb" : "pool-removed-in-use",
  },
  {
    name: "ledger-unreachable",
    title: "The ledger could not be reached",
    match: (of) => of.of("ledger", "unreachable").filter(({ subject }) => subject === "ledger"),
    cause: always("ledger-unavailable"),
    message: (matched) => `The ledger could not be reached. ${sentencesOf(matched)}`,
    isPublic: false,
  },
  {
    name: "cluster-unreachable",
    title: "The cluster could not be reached",
    match: (of) => of.of("ledger", "unreachable").filter(({ subject }) => subject === "cluster"),
    cause: always("cluster-unavailable"),
    message: (matched) => `The API of the cluster could not be read or written. ${sentencesOf(matched)}`,
    isPublic: false,
  },
  {
    name: "read-not-believed",
    title: "A rejected read",
    match: (of) => of.of("ledger", "not-believed"),
    cause: always(undefined),
    isPublic: false,
  },
  {
    name: "guard-stopped-a-plan",
    title: "A guard stopped steps of a plan",
    match: (of) => of.of("guard"),
    cause: always(undefined),
    message: sentencesOf,
    isPublic: false,
  },
  {
    name: "look-up-failed-in-log",
    title: "The log shows a look-up of a pool that found no record",
    match: (of) => (of.lookUps("not-found").length === 0 ? [] : of.of("log", "line").filter(isAboutLookUps)),
    cause: always("look-up"),
    message: (matched) =>
      `${counted(matched.length, "line")} of the log of this time ${matched.length === 1 ? "names" : "name"} a pool that was looked up and not found.`,
    isPublic: false,
  },
  {
    name: "log-lines",
    title: "What else was logged",
    match: (of) =>
      of.of("log", "line").filter((one) => of.lookUps("not-found").length === 0 || !isAboutLookUps(one)),
    cause: always(undefined),
    message: (matched) =>
      `${counted(matched.length, "line")} of the log ${matched.length === 1 ? "is" : "are"} quoted as evidence; no rule explains ${matched.length === 1 ? "it" : "them"}.`,
    isPublic: false,
  },
  {
    name: "kubernetes-events",
    title: "What Kubernetes Events say",
    match: (of) => of.of("event").filter(({ kind }) => kind !== "left-out"),
    cause: always(undefined),
    message: sentencesOf,
    isPublic: false,
  },
];

function causeOfUnrecorded(one: Evidence, of: Case): CauseId {
  const ip = ipOf(one);
  const lookUps = ip === undefined ? [] : of.lookUpsOf(ip);
  if (lookUps.some(({ kind }) => kind === "ambiguous")) return "overlapping-pools";
  const pools = poolsAbout(of.ranges, ip);
  const isMissed = lookUps.some(({ kind }) => kind === "not-found");
  if (pools.some(({ evidence }) => causeOfPool(evidence, of) === "unreadable-range"))
    return "unreadable-range";
  if (pools.length > 0 || (isMissed && of.ranges.length > 0)) return "desynchronisation";
  return isMissed && of.drift("range-unreadable").length > 0 ? "unreadable-range" : "usage-not-reconciled";
}

/** A range that one side cannot read differs for that reason. A pool that was taken away under its addresses is a cause. */
function causeOfPool(one: Evidence, of: Case): CauseId {
  if (of.unreadable.has(bareSubject(one))) return "unreadable-range";
  return [...of.removedUnder.values()].includes(one) ? "pool-removed-in-use" : "desynchronisation";
}

function causeOfOtherPool(one: Evidence, of: Case): CauseId {
  const named = new Set([one.facts?.ledger, one.facts?.cluster]);
  const isOfPools =
    of.ranges.some(({ pool }) => named.has(pool)) || poolsAbout(of.ranges, ipOf(one)).length > 0;
  return isOfPools ? "desynchronisation" : "usage-not-reconciled";
}

const MOST_SENTENCES = 5;

function sentencesOf(matched: readonly Evidence[]): string {
  const all = [...new Set(matched.map(({ message }) => message))];
  const first = all.slice(0, MOST_SENTENCES);
  const rest = all.length - first.length;
  return [...first, ...(rest > 0 ? [`So it is with ${rest} more.`] : [])].join(" ");
}

/** Lines of an excerpt that are printed; the evidence has the rest. */
const MOST_EXCERPTS = 12;

export function findingsOf(of: Case): readonly Finding[] {
  const found = RULES.flatMap((rule) => {
    const byCause = Map.groupBy(rule.match(of), (one) => rule.cause(one, of));
    return [...byCause].map(([cause, matched]) => findingOf(rule, cause, matched, of));
  });
  return found.map((finding, at) => ({ id: `F-${at + 1}`, ...finding }));
}

function findingOf(
  rule: Rule,
  cause: CauseId | undefined,
  matched: readonly Evidence[],
  of: Case,
): Omit<Finding, "id"> {
  const isLog = matched.every(({ source }) => source === "log");
  const excerpts = isLog ? matched.flatMap(({ excerpt }) => excerpt ?? []) : [];
  const shown = excerpts.slice(0, MOST_EXCERPTS);
  if (excerpts.length > shown.length)
    shown.push(`… (${excerpts.length - shown.length} more lines stand in the evidence)`);
  const { text, evidence, ends } = withEnds(rule.message?.(matched) ?? summaryOf(matched), matched, of);
  return {
    rule: rule.name,
    title: rule.title,
    text,
    basis: "observed",
    evidence: idsOf(evidence),
    excerpt: shown.length === 0 ? undefined : shown.join("\n"),
    cause,
    publicText: rule.isPublic === false ? undefined : publicTextOf(matched, ends),
  };
}

/** What a comparison shows no more is said to be over, and since when. */
function withEnds(text: string, matched: readonly Evidence[], of: Case) {
  const differences = matched.filter(({ source }) => source === "comparison");
  const isOver =
    differences.length > 0 && differences.length === matched.length && !differences.some(of.isOpen);
  const ends = isOver ? differences.flatMap((one) => of.endOf(one) ?? []) : [];
  const last = ends.reduce((latest, { at }) => (at > latest ? at : latest), "");
  if (last === "") return { text, evidence: matched, ends: last };
  return {
    text: `${text} No comparison shows this since ${timeText(last)}.`,
    evidence: [...matched, ...ends],
    ends: last,
  };
}

/** What there was of each kind, and until when. Undefined: nothing that a comparison found. */
function publicTextOf(matched: readonly Evidence[], ended: string): string | undefined {
  const byKind = Map.groupBy(
    matched.filter(({ source }) => source === "comparison"),
    ({ kind }) => kind,
  );
  const parts = [...byKind].map(
    ([kind, some]) => `${counted(tallyOf(some).count, ...kindInWords(kind))}: ${namesIn(some)}`,
  );
  return parts.length === 0
    ? undefined
    : `${parts.join("; ")}${ended === "" ? "" : `; until ${timeText(ended)}`}.`;
}
