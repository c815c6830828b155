/** What became of each difference, and what the plan would or did make of them all. Pure. */
import { type Case, poolsAbout } from "./case.ts";
import { countOf, driftIdOf, type Evidence } from "./evidence.ts";
import { inferred, observed, type Statement } from "./statement.ts";
import { groupText, nameOf, tallyOf } from "./subjects.ts";
import { counted, kindInWords, listed, timeText } from "./words.ts";

export type Outcome = "open" | "repaired" | "ended";

/** A difference that a comparison shows no more was repaired only if a plan that was applied touched it. */
export function outcomeOf(one: Evidence, of: Case): Outcome {
  if (of.isOpen(one)) return "open";
  return of.endOf(one)?.facts?.plan === undefined ? "ended" : "repaired";
}

const HEADS: Readonly<Record<Outcome, string>> = {
  open: "Open",
  repaired: "Repaired",
  ended: "Ended without a repair",
};

/** Load balancers that are named one by one. */
const MOST_CASES = 10;

/** Load balancers that were made or ended under wrong conditions, by what became of them. */
export function existingCasesOf(of: Case): readonly Statement[] {
  const kinds = [
    "usage-unrecorded",
    "usage-gone",
    "usage-in-other-pool",
    "ip-outside-every-pool",
    "ip-in-two-pools",
  ];
  return kinds.flatMap((kind) => {
    const byOutcome = Map.groupBy(of.drift(kind), (one) => outcomeOf(one, of));
    return [...byOutcome].flatMap(([outcome, some]) =>
      tallyOf(some).count <= MOST_CASES
        ? some.map((one) => caseText(outcome, one, of))
        : [manyText(outcome, kind, some, of)],
    );
  });
}

function caseText(outcome: Outcome, one: Evidence, of: Case): Statement {
  const end = of.endOf(one);
  const grounds = outcome === "open" || end === undefined ? [one] : [one, end, ...deedsOn(one, of)];
  return observed(`${HEADS[outcome]}${endText(outcome, one.kind, end)}: ${one.message}`, grounds);
}

function endText(outcome: Outcome, kind: string, end: Evidence | undefined): string {
  if (outcome === "open" || end === undefined) return "";
  if (outcome === "repaired")
    return ` by the plan ${end.facts?.plan}, not seen to differ since ${timeText(end.at)}`;
  const stays = kind === "usage-unrecorded" ? "; what was used until then stays unrecorded" : "";
  return `, not seen to differ since ${timeText(end.at)}${stays}`;
}

/** Audit rows of the same subject, written by a plan. */
function deedsOn(one: Evidence, of: Case): readonly Evidence[] {
  const subject = driftIdOf(one).slice(one.kind.length + 1);
  return of.of("audit").filter(({ facts }) => facts?.of === subject && facts.planHash !== undefined);
}

function manyText(outcome: Outcome, kind: string, some: readonly Evidence[], of: Case): Statement {
  const { count, namespaces, first } = tallyOf(some);
  const ends = outcome === "open" ? [] : some.flatMap((one) => of.endOf(one) ?? []);
  const plans = [...new Set(ends.flatMap(({ facts }) => facts?.plan ?? []))];
  const by = plans.length === 0 ? "" : ` by the plan ${listed(plans)}`;
  const text = `${HEADS[outcome]}${by}: ${counted(count, ...kindInWords(kind))}: ${groupText(namespaces, first, count)}.`;
  return observed(text, [...some, ...ends]);
}

/** What things came to, or would: from a plan that was applied or simulated, and from the ranges that one side lacked. */
export function counterfactualOf(of: Case): readonly Statement[] {
  return [...planEffects(of), ...lookUpsWithRanges(of)];
}

function planEffects(of: Case): readonly Statement[] {
  const applied = of.of("plan", "applied").map((one) => {
    const compared = of.evidence.find(({ kind, at }) => kind === "compared" && at >= one.at);
    const left = one.facts?.left ?? compared?.facts?.differences;
    const after = left === undefined ? "" : ` After it a comparison found ${differences(Number(left))}.`;
    return observed(`${one.message}${after}`, compared === undefined ? [one] : [one, compared]);
  });
  const simulated = of
    .of("plan", "simulated")
    .slice(-1)
    .filter(() => applied.length === 0 || !of.isOver);
  return [...applied, ...simulated.map((one) => inferred(one.message, [one]))];
}

function differences(count: number): string {
  return count === 0 ? "0 differences" : counted(count, "difference");
}

/** Had the ledger had the ranges that MetalLB has, look-ups that found nothing would have found a pool. */
function lookUpsWithRanges(of: Case): readonly Statement[] {
  const missed = of.lookUps("not-found").flatMap((lookUp) => {
    const pools = poolsAbout(of.ranges, lookUp.subject).filter(({ cluster }) => cluster.length > 0);
    const pool = pools.find(({ evidence }) => evidence.kind !== "pool-missing-in-cluster");
    return pool === undefined ? [] : [{ lookUp, pool }];
  });
  if (missed.length === 0) return [];
  const names = [...new Set(missed.map(({ pool }) => pool.pool))];
  const ips = missed.map(({ lookUp }) => lookUp.subject);
  const text = `Had the ledger had the ranges that MetalLB has, the ${missed.length === 1 ? "look-up" : "look-ups"} of ${listed(ips, 3)} would have found ${names.length === 1 ? `the pool ${names[0]}` : `the pools ${listed(names)}`}.`;
  return [
    inferred(
      text,
      missed.flatMap(({ lookUp, pool }) => [lookUp, pool.evidence]),
    ),
  ];
}

/** One row for each value that differs, both sides beside each other. */
export interface ConfigurationRow {
  readonly what: string;
  readonly field: string;
  readonly ledger: string;
  readonly cluster: string;
  readonly state: string;
  readonly evidence: readonly string[];
}

export interface ConfigurationTable {
  readonly rows: readonly ConfigurationRow[];
  /** Rows that are not in it. */
  readonly more: number;
}

const MOST_ROWS = 25;

export function configurationOf(of: Case): ConfigurationTable {
  const kinds = [
    "pool-missing-in-ledger",
    "pool-missing-in-cluster",
    "range-differs",
    "setting-differs",
    "range-unreadable",
  ];
  const all = kinds.flatMap((kind) => of.drift(kind));
  const single = all.filter((one) => countOf(one) === 1);
  const rows = single.slice(0, MOST_ROWS).map((one): ConfigurationRow => {
    const { facts, kind } = one;
    const outcome = outcomeOf(one, of);
    return {
      what: `pool ${nameOf(one.subject.split(" (", 1)[0] ?? "")}`,
      field: facts?.field ?? "addresses",
      ledger: facts?.ledger ?? (kind === "pool-missing-in-ledger" ? "no row" : "-"),
      cluster: facts?.cluster ?? (kind === "pool-missing-in-cluster" ? "no object" : "-"),
      state: outcome === "open" ? "differs" : HEADS[outcome].toLowerCase(),
      evidence: [one.id],
    };
  });
  return { rows, more: tallyOf(all).count - rows.length };
}
