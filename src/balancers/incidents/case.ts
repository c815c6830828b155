/**
 * The evidence of an incident, sorted for those who explain it: which pools differ and over which addresses, what was
 * looked up, how the comparison ran. Made once for a document; all that is asked of it is a look into a map. Pure.
 */
import { type AddressRange, parseAddress, parseRange, rangeContains } from "../../ipam/index.ts";
import { newestOf } from "./collect.ts";
import { bareSubject, countOf, driftIdOf, type Evidence, type EvidenceSource } from "./evidence.ts";
import type { Incident } from "./incident.ts";
import { subjectOf } from "./subjects.ts";

/** Ranges that only one side has, with the evidence for it. */
export interface RangesOf {
  readonly evidence: Evidence;
  readonly pool: string;
  readonly ledger: readonly AddressRange[];
  readonly cluster: readonly AddressRange[];
}

export interface Case {
  readonly incident: Incident;
  readonly evidence: readonly Evidence[];
  /** Of each difference what was said of it last, and all evidence of other sources. */
  readonly newest: readonly Evidence[];
  /** All differences of a kind, each as it was seen last. */
  readonly drift: (kind: string) => readonly Evidence[];
  readonly of: (source: EvidenceSource, ...kinds: readonly string[]) => readonly Evidence[];
  readonly isOpen: (evidence: Evidence) => boolean;
  /** Nothing differs now, as far as a comparison could see. */
  readonly isOver: boolean;
  readonly ranges: readonly RangesOf[];
  /** Of each address without a pool of MetalLB the pool of the ledger that has it: that pool was taken away. */
  readonly removedUnder: ReadonlyMap<Evidence, Evidence>;
  /** Pools of which a range cannot be read, by subject. */
  readonly unreadable: ReadonlySet<string>;
  /** Look-ups of addresses whose usage is to be recorded. */
  readonly lookUps: (kind: string) => readonly Evidence[];
  /** What look-ups of this address came to: `found`, `not-found`, `ambiguous`. */
  readonly lookUpsOf: (ip: string) => readonly Evidence[];
  /** What the API keeps on this object, in the order of time. */
  readonly objectsOf: (subject: string) => readonly Evidence[];
  /** How this difference ended, the last time that it did. */
  readonly endOf: (evidence: Evidence) => Evidence | undefined;
}

export function caseOf(incident: Incident): Case {
  const { evidence, openDrift } = incident;
  const newest = newestOf(evidence);
  const bySource = Map.groupBy(newest, ({ source }) => source);
  const byKind = Map.groupBy(bySource.get("comparison") ?? [], ({ kind }) => kind);
  const open = new Set(openDrift);
  const openKinds = new Set(openDrift.map((id) => id.split(":", 1)[0]));
  const lookUps = Map.groupBy(bySource.get("look-up") ?? [], ({ subject }) => subject);
  const objects = Map.groupBy(bySource.get("object") ?? [], ({ subject }) => subject);
  const ends = new Map(
    evidence
      .filter(({ source, kind }) => source === "comparison" && kind === "ended")
      .map((one) => [endKey(one), one]),
  );
  const isOver = incident.status !== "Investigating";
  const ranges = ["pool-missing-in-ledger", "pool-missing-in-cluster", "range-differs"].flatMap((kind) =>
    (byKind.get(kind) ?? []).map(rangesOf),
  );
  const stranded = ["ip-outside-every-pool", "usage-gone"].flatMap((kind) => byKind.get(kind) ?? []);
  const outside = new Set((byKind.get("ip-outside-every-pool") ?? []).map(ipOf));
  return {
    incident,
    evidence,
    newest,
    drift: (kind) => byKind.get(kind) ?? [],
    of: (source, ...kinds) => {
      const all = bySource.get(source) ?? [];
      return kinds.length === 0 ? all : all.filter(({ kind }) => kinds.includes(kind));
    },
    isOpen: (one) => (countOf(one) > 1 ? openKinds.has(one.kind) : open.has(driftIdOf(one))),
    isOver,
    ranges,
    removedUnder: new Map(
      stranded.flatMap((one): [Evidence, Evidence][] => {
        // The ledger has a pool for an address that MetalLB has none for: a look-up reports that as well.
        const removed =
          removedPoolOf(one, ranges) ??
          (outside.has(ipOf(one)) ? heldBy(lookUps.get(ipOf(one) ?? "")) : undefined);
        return removed === undefined ? [] : [[one, removed]];
      }),
    ),
    unreadable: new Set((byKind.get("range-unreadable") ?? []).map(bareSubject)),
    lookUps: (kind) =>
      (bySource.get("look-up") ?? []).filter((one) => one.kind === kind && !outside.has(one.subject)),
    lookUpsOf: (ip) => lookUps.get(ip) ?? [],
    objectsOf: (subject) => [...(objects.get(subject) ?? [])].sort((a, b) => (a.at < b.at ? -1 : 1)),
    endOf: (one) => ends.get(driftIdOf(one)) ?? ends.get(`${one.kind} many`),
  };
}

function endKey({ subject, facts }: Evidence): string {
  return facts?.drift ?? (facts?.count === undefined ? subject : `${facts.of} many`);
}

function rangesOf(evidence: Evidence): RangesOf {
  const { facts } = evidence;
  const pool = subjectOf(bareSubject(evidence)).name;
  return { evidence, pool, ledger: rangesIn(facts?.ledger), cluster: rangesIn(facts?.cluster) };
}

function rangesIn(text: string | undefined): readonly AddressRange[] {
  return (text ?? "").split(",").flatMap((part) => {
    const range = parseRange(part.trim());
    return range.ok ? [range.value] : [];
  });
}

/** The pools whose difference is about this address: one side has it, and the other has not. */
export function poolsAbout(all: readonly RangesOf[], ip: string | undefined): readonly RangesOf[] {
  const address = ip === undefined ? undefined : parseAddress(ip);
  if (!address?.ok) return [];
  const holds = (ranges: readonly AddressRange[]) =>
    ranges.some((range) => rangeContains(range, address.value));
  return all.filter(({ ledger, cluster }) => holds(ledger) !== holds(cluster));
}

function heldBy(lookUps: readonly Evidence[] = []): Evidence | undefined {
  return lookUps.find(({ kind }) => kind === "found");
}

function removedPoolOf(one: Evidence, ranges: readonly RangesOf[]): Evidence | undefined {
  return poolsAbout(ranges, ipOf(one)).find(({ evidence, ledger }) => {
    return evidence.kind !== "pool-missing-in-ledger" && ledger.length > 0;
  })?.evidence;
}

/** Of evidence of many the first. */
export function ipOf(evidence: Evidence): string | undefined {
  return subjectOf(evidence.facts?.first?.split(" ")[0] ?? bareSubject(evidence)).ip;
}

/** Of the pool or, of a load balancer, of its Service: the subject that objects are known by. */
export function objectSubject(evidence: Pick<Evidence, "subject">): string {
  const bare = bareSubject(evidence);
  return bare.startsWith("service/") ? bare.split("/").slice(0, 3).join("/") : bare;
}

/** The mode of the controller as it ran last; undefined: no controller was seen to run. */
export function controllerOf(of: Case): Evidence | undefined {
  return of.of("run").findLast(({ facts }) => facts?.how === "controller");
}
