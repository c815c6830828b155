/** Causes that the evidence contradicts, each with what was checked. Pure. */
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

const POOLS = [
  "pool-missing-in-ledger",
  "pool-missing-in-cluster",
  "pool-twice-in-ledger",
  "range-differs",
  "setting-differs",
  "range-unreadable",
];
const USAGE = ["usage-unrecorded", "usage-gone", "usage-in-other-pool"];

/** What was checked without finding the cause. Undefined: it was not checked, so it is not rejected either. */
const LOOKS: Readonly<Record<CauseId, Look>> = {
  "ledger-unavailable": byComparison("the ledger was read", []),
  "cluster-unavailable": byComparison("the cluster was read", []),
  "look-up": (of) => {
    const found = of.lookUps("found");
    if (found.length === 0) return undefined;
    const text = `${counted(found.length, "address was", "addresses were")} looked up, and each look-up named a pool.`;
    return { text, evidence: found };
  },
  "pool-removed-in-use": byComparison("every address in use lies in a pool of MetalLB", [
    "ip-outside-every-pool",
    "usage-gone",
  ]),
  desynchronisation: byComparison("the pools of both sides have the same names, ranges and settings", POOLS),
  "unreadable-range": byComparison("every range of both sides could be read", ["range-unreadable"]),
  "overlapping-pools": byComparison("no address in use is claimed by several pools of the ledger", [
    "ip-in-two-pools",
    "pool-twice-in-ledger",
  ]),
  "shared-address": byComparison("no address is that of several Services that do not share it by a key", [
    "ip-used-twice",
  ]),
  "usage-not-reconciled": byComparison("what is used and what is recorded are the same", USAGE),
  "addresses-beside-metallb": byComparison("every address in use lies in a pool of MetalLB", [
    "ip-outside-every-pool",
  ]),
};

/** @param kinds of differences that speak for the cause, whichever incident they are of */
function byComparison(what: string, kinds: readonly string[]): Look {
  return (_, compared) => {
    const isSeen = compared.some(({ facts }) => {
      const found = facts?.kinds?.split(" ") ?? [];
      return facts?.kinds === undefined || kinds.some((kind) => found.includes(kind));
    });
    if (compared.length === 0 || isSeen) return undefined;
    return { text: `${counted(compared.length, "comparison")} checked it: ${what}.`, evidence: compared };
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

/** Those of the time of the incident. Later comparisons are not evidence about it. */
function comparisonsOf(of: Case): readonly Evidence[] {
  const { moves } = of.incident;
  const over = of.isOver ? moves.findLast(({ to }) => to === "Monitoring")?.at : undefined;
  return of.of("comparison", "compared").filter(({ at }) => over === undefined || at < over);
}
