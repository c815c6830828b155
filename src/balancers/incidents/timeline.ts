/** What happened when: what the API and the ledger keep, what comparisons saw, what was done. Pure. */
import type { Case } from "./case.ts";
import { countOf, type Evidence } from "./evidence.ts";
import { moveStatements } from "./phases.ts";
import { observed, type Statement } from "./statement.ts";
import { nameOf } from "./subjects.ts";
import { counted, listed } from "./words.ts";

export interface Step extends Statement {
  /** RFC 3339. */
  readonly at: string;
}

export interface Timeline {
  readonly steps: readonly Step[];
  /** Steps in the middle that are not in it. */
  readonly leftOut: number;
}

const MOST_STEPS = 40;

export function timelineOf(of: Case): Timeline {
  const timed = of.evidence.filter(
    ({ at, source, kind }) => at !== "" && kind !== "left-out" && source !== "audit",
  );
  const byMoment = [
    ...Map.groupBy(
      timed,
      ({ at, source, kind, id }) => `${at} ${source} ${source === "log" ? id : kind}`,
    ).values(),
  ];
  const all = [...byMoment.map(stepOf), ...deeds(of), ...moveStatements(of)].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
  if (all.length <= MOST_STEPS) return { steps: all, leftOut: 0 };
  const half = MOST_STEPS / 2;
  return { steps: [...all.slice(0, half), ...all.slice(-half)], leftOut: all.length - MOST_STEPS };
}

const MOST_AT_ONCE = 3;

/** What one look brought of one kind is one step. */
function stepOf(same: readonly Evidence[]): Step {
  const [first] = same;
  const at = first?.at ?? "";
  // A guard stops several steps for one reason, which is printed once.
  const texts = [...new Set(same.map(sentenceOf))];
  const rest = texts.length - MOST_AT_ONCE;
  const told = texts.slice(0, MOST_AT_ONCE).join(" ");
  return { at, ...observed(rest > 0 ? `${told} So it is with ${rest} more of this kind.` : told, same) };
}

function sentenceOf({ message, source, excerpt }: Evidence): string {
  return source === "log" ? `${message.replace(/\.$/, "")}: ${firstLine(excerpt)}` : message;
}

const LONGEST_QUOTE = 160;

function firstLine(text = ""): string {
  const [line = ""] = text.split("\n", 1);
  return line.length <= LONGEST_QUOTE ? line : `${line.slice(0, LONGEST_QUOTE)}…`;
}

const VERBS: Readonly<Record<string, string>> = {
  "pool.create": "added the pool",
  "pool.update": "changed the pool",
  "pool.delete": "removed the pool",
  "pool.rename": "renamed the row of the pool",
  "pool.merge": "made one of several rows of the pool",
  "usage.active": "recorded the usage of",
  "usage.released": "released the usage of",
  "usage.change": "changed the record of",
  "usage.missing": "marked as missing",
  "usage.discovered": "noted as seen for the first time",
};

/** Writes of one transaction to the ledger are one step, in words. */
function deeds(of: Case): readonly Step[] {
  const rows = of.evidence.filter(
    ({ source, kind, facts }) => source === "audit" && facts !== undefined && VERBS[kind] !== undefined,
  );
  const byWrite = Map.groupBy(rows, ({ at, facts }) => `${at} ${facts?.by} ${facts?.reason}`);
  return [...byWrite.values()].map((write) => {
    const [first] = write;
    const byVerb = Map.groupBy(write, ({ kind }) => kind);
    const parts = [...byVerb].map(([kind, some]) => `${VERBS[kind]} ${whichOf(some)}`);
    const plan = /\bplan-[\w-]+/.exec(first?.facts?.reason ?? "")?.[0];
    const by = plan === undefined ? "" : ` by the plan ${plan}`;
    return {
      at: first?.at ?? "",
      ...observed(`In the ledger, ${first?.facts?.by} ${listed(parts, 9)}${by}.`, write),
    };
  });
}

function whichOf(some: readonly Evidence[]): string {
  const count = some.reduce((sum, one) => sum + countOf(one), 0);
  if (count > 5) return counted(count, "subject");
  return listed(some.map(({ facts }) => nameOf(facts?.of ?? "")));
}
