/** What would become of claims, for people and for a sheet. Pure. */
import type { PoolUse, WhatIf } from "../../operator/index.ts";
import { type Line, styled, table } from "../screen/text.ts";

/** Of one claim, in sentences. */
export function whatIfSentences(answer: WhatIf): Line[] {
  const { kind, name, pool, outcome, cidr, before, after, reason, message } = answer;
  const subject = `${kind} ${name}`;
  const use =
    before === undefined || after === undefined
      ? []
      : [
          [
            `The pool is used ${change(before, after, percentOf)}; its largest free block is ${change(before, after, largestOf)}.`,
          ],
        ];
  if (outcome === "allocated")
    return [[styled(`${subject} would get ${cidr} of pool ${pool}.`, "bold")], ...use];
  if (outcome === "existing" && cidr !== undefined)
    return [[styled(`${subject} exists, and has ${cidr} of pool ${pool}.`, "bold")]];
  const sentence = `${subject} ${outcome === "existing" ? "exists, and has" : "would get"} no block of pool ${pool}: ${reason}: ${message}.`;
  return [[styled(sentence, "bold")], ...answer.sentences.map((each): Line => [each]), ...use];
}

function change(before: PoolUse, after: PoolUse, of: (use: PoolUse) => string): string {
  const [from, to] = [of(before), of(after)];
  return from === to ? `${from} before and after` : `${from} before, ${to} after`;
}

function percentOf({ utilizationPercent }: PoolUse): string {
  return `${utilizationPercent} %`;
}

function largestOf({ largestFree }: PoolUse): string {
  return largestFree ?? "none";
}

/** Of several. What would help stands below the table. */
export function whatIfTable(answers: readonly WhatIf[]): Line[] {
  const isTitled = new Set(answers.map(({ namespace }) => namespace)).size > 1;
  const lines = table(
    [
      { title: "NAMESPACE" },
      { title: "CLAIM" },
      { title: "POOL" },
      { title: "BLOCK" },
      { title: "USED", align: "right" },
      { title: "LARGEST FREE" },
      { title: "" },
    ],
    answers.map((answer) => [
      [isTitled ? answer.namespace : ""],
      [styled(answer.name, "bold")],
      [answer.pool],
      blockOf(answer),
      [answer.after === undefined ? "" : percentOf(answer.after)],
      [answer.after === undefined ? "" : largestOf(answer.after)],
      [answer.outcome === "existing" ? "exists already" : (answer.message ?? "")],
    ]),
  );
  const refused = answers.filter(({ outcome, sentences }) => outcome === "refused" && sentences.length > 0);
  // Those that wait for a block of one size wait for the same.
  const groups = [...Map.groupBy(refused, ({ sentences }) => sentences.join("\n")).values()];
  const shown = groups.slice(0, MOST_EXPLAINED);
  const rest = groups.slice(MOST_EXPLAINED).reduce((sum, group) => sum + group.length, 0);
  return [
    ...lines,
    ...shown.flatMap((group) => [
      [],
      [styled(namesOf(group), "bold")],
      ...(group[0]?.sentences ?? []).map((each): Line => [each]),
    ]),
    ...(rest > 0 ? [[], [styled(`… and ${rest} more: -o json explains all`, "dim")]] : []),
  ];
}

const MOST_NAMED = 3;

function namesOf(group: readonly WhatIf[]): string {
  const names = group.slice(0, MOST_NAMED).map(({ name }) => name);
  const rest = group.length - names.length;
  return `${names.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

const MOST_EXPLAINED = 5;

function blockOf({ cidr, reason = "" }: WhatIf): Line {
  return cidr === undefined ? [styled(reason, "bad")] : [styled(cidr, "good")];
}

const HEADINGS = [
  "namespace",
  "kind",
  "name",
  "pool",
  "outcome",
  "cidr",
  "reason",
  "message",
  "utilization_before",
  "utilization_after",
  "largest_free_before",
  "largest_free_after",
];

export function whatIfCells(answers: readonly WhatIf[]): string[][] {
  return [
    HEADINGS,
    ...answers.map(({ namespace, kind, name, pool, outcome, cidr, reason, message, before, after }) => [
      namespace,
      kind,
      name,
      pool,
      outcome,
      cidr ?? "",
      reason ?? "",
      message ?? "",
      before === undefined ? "" : String(before.utilizationPercent),
      after === undefined ? "" : String(after.utilizationPercent),
      before?.largestFree ?? "",
      after?.largestFree ?? "",
    ]),
  ];
}
