/** Whom it concerned, how badly, and for how long usage went unrecorded. Pure. */
import { type Case, objectSubject } from "./case.ts";
import { bareSubject, countOf, type Evidence } from "./evidence.ts";
import { inferred, observed, type Statement } from "./statement.ts";
import { groupText, subjectOf, tallyOf } from "./subjects.ts";
import type { Severity } from "./user-input.ts";
import { counted, durationText, listed, timeText } from "./words.ts";

const USAGE = [
  "usage-unrecorded",
  "usage-gone",
  "usage-in-other-pool",
  "ip-outside-every-pool",
  "ip-in-two-pools",
];

const POOLS = ["pool-missing-in-ledger", "pool-missing-in-cluster", "range-differs"];

/** Addresses of several Services that are named. */
const MOST_SHARED = 5;

export function impactOf(of: Case): readonly Statement[] {
  const usage = USAGE.flatMap((kind) => of.drift(kind));
  const pools = POOLS.flatMap((kind) => of.drift(kind));
  return [
    ...userImpact(of),
    ...(usage.length > 0 ? [concerned(usage)] : []),
    ...of
      .drift("ip-used-twice")
      .slice(0, MOST_SHARED)
      .map((one) => observed(one.message, [one])),
    ...unrecorded(of),
    ...(usage.length === 0 && pools.length > 0
      ? [
          observed(
            "The evidence of this incident names no load balancer that is concerned, but pools alone.",
            pools,
          ),
        ]
      : []),
    ...blindTimes(of),
  ];
}

function userImpact({ incident, evidence }: Case): readonly Statement[] {
  const text = incident.edits?.impact ?? "";
  return text === "" ? [] : [{ text, basis: "inferred", evidence: evidence.slice(0, 1).map(({ id }) => id) }];
}

function concerned(usage: readonly Evidence[]): Statement {
  const { namespaces, first } = tallyOf(usage);
  // A load balancer that differs in two ways is one.
  const single = new Set(usage.filter((one) => countOf(one) === 1).map((one) => bareSubject(one)));
  const count =
    single.size + usage.filter((one) => countOf(one) > 1).reduce((sum, one) => sum + countOf(one), 0);
  const services = new Set([...single].map((subject) => subjectOf(subject).name));
  const few = single.size === count ? ` of ${counted(services.size, "Service")}` : "";
  const counts = single.size === count ? countsOf(single) : namespaces;
  return observed(
    `${counted(count, "address", "addresses")}${few} ${count === 1 ? "is" : "are"} concerned: ${groupText(counts, [...new Set(first)], count)}.`,
    usage,
  );
}

function countsOf(subjects: ReadonlySet<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const subject of subjects) {
    const { namespace = "" } = subjectOf(subject);
    counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  return counts;
}

/** The owners in the ledger: people or teams, so it is not for every reader. */
export function ownersOf(of: Case): readonly Statement[] {
  const all = [...USAGE, ...POOLS].flatMap((kind) => of.drift(kind));
  const told = all.flatMap((one) =>
    of.objectsOf(objectSubject(one)).filter(({ facts }) => facts?.owner !== undefined),
  );
  const names = [...new Set(told.map(({ facts }) => facts?.owner ?? ""))].sort();
  if (names.length === 0) return [];
  return [observed(`Owners, as the ledger names them: ${listed(names)}.`, told)];
}

/** From the first comparison that saw it at least, and since the Service was made at most. */
function unrecorded(of: Case): readonly Statement[] {
  const rows = of.drift("usage-unrecorded");
  if (rows.length === 0) return [];
  const spans = rows.map((row) => spanOf(row, of));
  const most = spans.reduce((longest, span) => (span.ms > longest.ms ? span : longest));
  const evidence = [...new Set([most.row, ...most.evidence])];
  const { count } = tallyOf(rows);
  const which =
    count === 1
      ? "The address was seen in use without a record"
      : `Of the ${count.toLocaleString("en-US")} addresses without a record the longest was seen so`;
  const until = of.isOpen(most.row) ? "so far" : "until a comparison showed it no more";
  const created =
    most.createdAt === undefined
      ? ""
      : ` Its Service exists since ${timeText(most.createdAt)}: before the first comparison there may be more.`;
  return [
    inferred(
      `${which} for at least ${durationText(most.ms)}, from ${timeText(most.from)} ${until}.${created}`,
      evidence,
    ),
  ];
}

function spanOf(row: Evidence, of: Case) {
  const first =
    of.evidence.find(
      (one) => one.source === "comparison" && one.kind === row.kind && one.subject === row.subject,
    ) ?? row;
  const end = of.isOpen(row) ? undefined : of.endOf(row);
  const [created] = of.objectsOf(objectSubject(row));
  const to = end?.at ?? of.incident.changedAt;
  return {
    row,
    from: first.at,
    ms: Date.parse(to) - Date.parse(first.at),
    createdAt: created !== undefined && created.at < first.at ? created.at : undefined,
    evidence: [first, ...(end === undefined ? [] : [end]), ...(created === undefined ? [] : [created])],
  };
}

/** While a side did not answer nothing was compared. */
function blindTimes(of: Case): readonly Statement[] {
  const failures = of.of("ledger");
  const [first] = failures;
  if (first === undefined) return [];
  const after = of.evidence.find(({ kind, at }) => kind === "compared" && at > first.at);
  const until =
    after === undefined
      ? "; no comparison succeeded since"
      : ` until ${timeText(after.at)}, when one succeeded`;
  const text = `No comparison could be made, and no usage be recorded, from ${timeText(first.at)}${until}.`;
  return [observed(text, [...failures, ...(after === undefined ? [] : [after])])];
}

/** Load balancers from which on it is critical. */
const MANY = 100;

export interface SeverityOf {
  readonly level: Severity;
  /** Set by a person; else proposed by a rule. */
  readonly isSet: boolean;
  readonly message: Statement;
}

/** What is proposed: by whether load balancers are concerned, and how many. */
export function severityOf(of: Case): SeverityOf {
  const set = of.incident.edits?.severity;
  const usage = [...USAGE, "ip-used-twice"].flatMap((kind) => of.drift(kind));
  const failures = of.of("ledger");
  const { count } = tallyOf(usage);
  const grounds = usage.length > 0 ? usage : failures.length > 0 ? failures : of.evidence.slice(0, 1);
  const [level, why] = proposal(count, failures.length > 0, of);
  if (set === undefined) return { level, isSet: false, message: inferred(`Proposed: ${why}.`, grounds) };
  return { level: set, isSet: true, message: inferred("Set by the person in charge.", grounds) };
}

function proposal(count: number, hasFailed: boolean, of: Case): readonly [Severity, string] {
  if (count >= MANY) return ["critical", `${MANY} load balancers or more are concerned`];
  if (count > 0) return ["high", "load balancers are concerned"];
  if (hasFailed) return ["high", "nothing could be compared or recorded for a time"];
  if (of.ranges.length > 0)
    return ["medium", "pools differ, and the evidence names no load balancer that is concerned"];
  return ["low", "neither load balancers nor ranges are concerned"];
}
