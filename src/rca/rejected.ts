/** Causes that were thought of and that the evidence speaks against, each with what was looked at. Pure. */
import type { Case } from "./case.ts";
import { CAUSE_TITLES, type RootCause } from "./causes.ts";
import type { Evidence } from "./evidence.ts";
import type { CauseId, Finding } from "./rules.ts";
import { inferred, type Statement } from "./statement.ts";
import { counted } from "./words.ts";

export interface Rejected extends Statement {
  readonly id: CauseId;
  readonly title: string;
}

type Look = (
  of: Case,
  compared: readonly Evidence[],
) => { readonly text: string; readonly evidence: readonly Evidence[] } | undefined;

/** What was looked at where nothing spoke for the cause. Undefined: it was not looked at, so it is not rejected either. */
const LOOKS: Readonly<Record<CauseId, Look>> = {
  "ledger-unavailable": byComparison("each of these comparisons read the ledger"),
  "cluster-unavailable": byComparison("each of these comparisons read the cluster"),
  "look-up": (of) => {
    const found = of.lookUps("found");
    if (found.length === 0) return undefined;
    return {
      text: `${counted(found.length, "address")} in use ${found.length === 1 ? "was" : "were"} looked up, and each look-up named a pool.`,
      evidence: found,
    };
  },
  "pool-removed-in-use": byComparison(
    "no address in use lies in a range that the ledger has and MetalLB has not",
  ),
  desynchronisation: (of, compared) =>
    of.ranges.length + of.drift("setting-differs").length > 0
      ? undefined
      : byComparison("the pools of both sides have the same names, ranges and settings")(of, compared),
  "unreadable-range": byComparison("every range of both sides could be read"),
  "overlapping-pools": byComparison("no address in use is claimed by several pools of the ledger"),
  "shared-address": () => undefined,
  "usage-not-reconciled": byComparison("no usage differs but where the pools do"),
  "addresses-beside-metallb": (of, compared) => {
    const taken =
      of.drift("ip-outside-every-pool").length > 0 ? ", but those of the pool that was taken away" : "";
    return byComparison(`every address in use lies in a pool of MetalLB${taken}`)(of, compared);
  },
};

function byComparison(what: string): Look {
  return (_, compared) => {
    if (compared.length === 0) return undefined;
    return { text: `${counted(compared.length, "comparison")} looked at it: ${what}.`, evidence: compared };
  };
}

export function rejectedOf(
  of: Case,
  findings: readonly Finding[],
  causes: readonly RootCause[],
): readonly Rejected[] {
  const supported = new Set([...findings.map(({ cause }) => cause), ...causes.map(({ id }) => id)]);
  const compared = comparisonsOf(of);
  return (Object.keys(LOOKS) as CauseId[]).flatMap((id): Rejected[] => {
    const looked = supported.has(id) ? undefined : LOOKS[id](of, compared);
    if (looked === undefined) return [];
    return [{ id, title: CAUSE_TITLES[id], ...inferred(looked.text, looked.evidence) }];
  });
}

/** Those of the time of the incident. What was compared when it was over says nothing about it. */
function comparisonsOf(of: Case): readonly Evidence[] {
  const { moves } = of.incident;
  const over = of.isOver ? moves.findLast(({ to }) => to === "Monitoring")?.at : undefined;
  return of.of("comparison", "compared").filter(({ at }) => over === undefined || at < over);
}
