/**
 * From evidence to findings, and from findings to the few causes that explain them. Each rule looks for one thing, says
 * what it saw, and names the cause that would explain it. Pure and deterministic.
 */
import { driftOf, type Evidence, type EvidenceSource } from "./evidence.ts";

/** Seen as such, or concluded from what was seen. */
export type Basis = "observed" | "inferred";

export interface Statement {
  readonly text: string;
  readonly basis: Basis;
  /** IDs of evidence; never empty. */
  readonly evidence: readonly string[];
}

export type CauseId =
  | "look-up"
  | "desynchronisation"
  | "usage-not-reconciled"
  | "overlapping-pools"
  | "ledger-unavailable"
  | "addresses-beside-metallb";

export interface Finding extends Statement {
  /** `F-1`, `F-2`, … */
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly excerpt?: string | undefined;
  readonly cause: CauseId | undefined;
}

interface Rule {
  readonly name: string;
  readonly title: string;
  readonly cause: CauseId | undefined;
  readonly match: (evidence: readonly Evidence[]) => readonly Evidence[];
  readonly says: (matched: readonly Evidence[]) => string;
}

const bySource =
  (source: EvidenceSource, ...kinds: readonly string[]) =>
  (evidence: readonly Evidence[]) =>
    evidence.filter((one) => one.source === source && (kinds.length === 0 || kinds.includes(one.kind)));

const listed = (matched: readonly Evidence[]) => matched.map(({ says }) => says).join(" ");

export const RULES: readonly Rule[] = [
  {
    name: "look-up-found-nothing",
    title: "A look-up by IP finds no pool",
    cause: "look-up",
    match: bySource("look-up", "not-found"),
    says: (matched) => `A look-up of a pool by IP had nothing to answer. ${listed(matched)}`,
  },
  {
    name: "usage-never-recorded",
    title: "Load balancers whose usage was never recorded",
    cause: "usage-not-reconciled",
    match: (evidence) => driftOf(evidence, "usage-unrecorded"),
    says: listed,
  },
  {
    name: "pool-missing-in-ledger",
    title: "Pools that MetalLB has and the ledger lacks",
    cause: "desynchronisation",
    match: (evidence) => driftOf(evidence, "pool-missing-in-ledger"),
    says: listed,
  },
  {
    name: "pool-missing-in-cluster",
    title: "Pools that the ledger has and MetalLB lacks",
    cause: "desynchronisation",
    match: (evidence) => driftOf(evidence, "pool-missing-in-cluster"),
    says: listed,
  },
  {
    name: "range-differs",
    title: "Ranges that differ",
    cause: "desynchronisation",
    match: (evidence) => driftOf(evidence, "range-differs"),
    says: listed,
  },
  {
    name: "setting-differs",
    title: "Settings that differ",
    cause: "desynchronisation",
    match: (evidence) => driftOf(evidence, "setting-differs"),
    says: listed,
  },
  {
    name: "recorded-but-gone",
    title: "Usage that is recorded for load balancers that are gone",
    cause: "usage-not-reconciled",
    match: (evidence) => driftOf(evidence, "usage-gone"),
    says: listed,
  },
  {
    name: "usage-in-other-pool",
    title: "Usage that is recorded against another pool",
    cause: "usage-not-reconciled",
    match: (evidence) => driftOf(evidence, "usage-in-other-pool"),
    says: listed,
  },
  {
    name: "two-ledger-rows-for-one-ip",
    title: "IPs that several pools of the ledger claim",
    cause: "overlapping-pools",
    match: (evidence) => [
      ...driftOf(evidence, "ip-in-two-pools"),
      ...bySource("look-up", "ambiguous")(evidence),
    ],
    says: listed,
  },
  {
    name: "one-ip-of-two-services",
    title: "IPs that several Services use without sharing them",
    cause: undefined,
    match: (evidence) => driftOf(evidence, "ip-used-twice"),
    says: listed,
  },
  {
    name: "pool-twice-in-ledger",
    title: "Pools with several rows in the ledger",
    cause: "overlapping-pools",
    match: (evidence) => driftOf(evidence, "pool-twice-in-ledger"),
    says: listed,
  },
  {
    name: "range-unreadable",
    title: "Ranges that cannot be read",
    cause: "desynchronisation",
    match: (evidence) => driftOf(evidence, "range-unreadable"),
    says: listed,
  },
  {
    name: "ip-outside-every-pool",
    title: "IPs outside of every pool",
    cause: "addresses-beside-metallb",
    match: (evidence) => driftOf(evidence, "ip-outside-every-pool"),
    says: listed,
  },
  {
    name: "ledger-unreachable",
    title: "The ledger could not be reached",
    cause: "ledger-unavailable",
    match: (evidence) =>
      bySource("ledger", "unreachable")(evidence).filter(({ subject }) => subject === "ledger"),
    says: listed,
  },
  {
    name: "read-not-believed",
    title: "A read that was not believed",
    cause: undefined,
    match: bySource("ledger", "not-believed"),
    says: listed,
  },
  {
    name: "guard-stopped-a-plan",
    title: "A guard stopped steps of a plan",
    cause: undefined,
    match: bySource("guard"),
    says: listed,
  },
  {
    name: "log-lines",
    title: "What was logged",
    cause: undefined,
    match: bySource("log"),
    says: (matched) =>
      `${matched.length} log ${matched.length === 1 ? "line belongs" : "lines belong"} to the time of the incident.`,
  },
];

export function findingsFrom(evidence: readonly Evidence[]): readonly Finding[] {
  const found = RULES.flatMap((rule) => {
    const matched = rule.match(evidence);
    if (matched.length === 0) return [];
    const excerpts = matched.flatMap(({ excerpt }) => excerpt ?? []);
    return [
      {
        rule: rule.name,
        title: rule.title,
        text: rule.says(matched),
        basis: "observed" as const,
        evidence: matched.map(({ id }) => id),
        excerpt: excerpts.length === 0 ? undefined : excerpts.join("\n"),
        cause: rule.cause,
      },
    ];
  });
  return found.map((finding, at) => ({ id: `F-${at + 1}`, ...finding }));
}

export interface RootCause extends Statement {
  readonly id: CauseId;
  readonly title: string;
  readonly findings: readonly string[];
}

const CAUSES: Readonly<Record<CauseId, { readonly title: string; readonly text: string }>> = {
  "look-up": {
    title: "Look-up without an answer",
    text: "The IP lies in no pool of the ledger, so a look-up of its pool has no record to return. A caller that takes an empty record (ID 0) for an answer cannot record the usage, and fails with the wrong message.",
  },
  desynchronisation: {
    title: "Data desynchronisation",
    text: "The pools are kept twice, in the ledger and in MetalLB's IPAddressPool objects, and a change on one side did not reach the other.",
  },
  "usage-not-reconciled": {
    title: "Usage is not reconciled",
    text: "Usage was recorded when a load balancer was made and never compared with the cluster again, so what was missed then, or ended since, stayed as it was.",
  },
  "overlapping-pools": {
    title: "Overlapping pools in the ledger",
    text: "Several pools of the ledger claim the same addresses in ranges of the same size, so the pool of an IP cannot be told.",
  },
  "ledger-unavailable": {
    title: "The ledger was not available",
    text: "The ledger could not be reached for a time, in which nothing could be recorded or compared.",
  },
  "addresses-beside-metallb": {
    title: "Addresses that MetalLB did not give",
    text: "Services hold IPs that lie in none of MetalLB's pools: something else gives them out, or a pool was taken away below them.",
  },
};

/** In this order where several explain equally much: what blocks users comes first. */
const CAUSE_ORDER: readonly CauseId[] = [
  "ledger-unavailable",
  "look-up",
  "desynchronisation",
  "overlapping-pools",
  "usage-not-reconciled",
  "addresses-beside-metallb",
];

const MOST_CAUSES = 3;

/** All that these cite, once, in the order of collection. */
export function citing(statements: readonly Pick<Statement, "evidence">[]): readonly string[] {
  const ids = new Set(statements.flatMap(({ evidence }) => evidence));
  return [...ids].sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
}

/** One to three; none only without any finding that has a cause. */
export function rootCausesOf(findings: readonly Finding[]): readonly RootCause[] {
  return CAUSE_ORDER.flatMap((id): RootCause[] => {
    const of = findings.filter(({ cause }) => cause === id);
    if (of.length === 0) return [];
    const evidence = citing(of);
    return [{ id, ...CAUSES[id], basis: "inferred", evidence, findings: of.map((finding) => finding.id) }];
  }).slice(0, MOST_CAUSES);
}
