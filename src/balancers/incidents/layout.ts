/** The document as a list of blocks, in the order in which they are read: what Markdown and HTML are written from. Pure. */
import type { RcaDocument } from "./document.ts";
import type { Evidence } from "./evidence.ts";
import type { Phase } from "./phases.ts";
import { inOrder, type Statement } from "./statement.ts";
import type { Task } from "./tasks.ts";
import { counted, timeText } from "./words.ts";

/** A piece of text that others may have chosen, with what it rests on. */
export interface Line {
  /** Printed in bold before it. */
  readonly label?: string;
  readonly text: string;
  /** Words of ours, in which what stands between backquotes is code. */
  readonly isOurs?: boolean;
  readonly of?: Pick<Statement, "basis" | "evidence"> | undefined;
  /** Lines below it. */
  readonly details?: readonly Line[];
  /** A block of preformatted text below it. */
  readonly excerpt?: string | undefined;
}

export interface Cell {
  readonly text: string;
  /** The address that it links to. */
  readonly href?: string | undefined;
  /** The anchor that it is. */
  readonly anchor?: string | undefined;
}

export type Block =
  | { readonly block: "title"; readonly text: string }
  | { readonly block: "heading"; readonly level: 2 | 3; readonly text: string }
  | { readonly block: "facts"; readonly facts: readonly (readonly [name: string, value: Cell])[] }
  | { readonly block: "paragraphs"; readonly lines: readonly Line[] }
  | {
      readonly block: "list";
      readonly isOrdered: boolean;
      readonly lines: readonly Line[];
      readonly none: string;
    }
  | {
      readonly block: "table";
      readonly header: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
    };

const heading = (level: 2 | 3, text: string): Block => ({ block: "heading", level, text });
const said = ({ text, basis, evidence }: Statement): Line => ({ text, of: { basis, evidence } });
const list = (lines: readonly Line[], none = "None."): Block => ({
  block: "list",
  isOrdered: false,
  lines,
  none,
});
const numbered = (lines: readonly Line[], none = "None."): Block => ({
  block: "list",
  isOrdered: true,
  lines,
  none,
});
const cells = (...texts: readonly string[]): readonly Cell[] => texts.map((text) => ({ text }));

export function internalLayout(document: RcaDocument): readonly Block[] {
  return [
    ...headOf(document),
    ...summaryPart(document),
    ...analysisPart(document),
    ...causePart(document),
    ...actionPart(document),
    ...lastPart(document),
  ];
}

/** A link only where it is one for every reader. */
export function ticketCell(ticket: string): Cell {
  return /^https?:\/\/[^\s<>"'`]+$/i.test(ticket) ? { text: ticket, href: ticket } : { text: ticket };
}

function headOf({
  title,
  date,
  status,
  severity,
  system,
  cluster,
  ticket,
  id,
}: RcaDocument): readonly Block[] {
  const facts: readonly (readonly [string, Cell])[] = [
    ["Date", { text: date }],
    ["Status", { text: status }],
    ["Severity", { text: severity.isSet ? severity.level : `${severity.level} (proposed)` }],
    ["Related System/Feature", { text: `${system}; cluster ${cluster}` }],
    ["Reference Ticket", ticketCell(ticket)],
    ["Incident", { text: id }],
  ];
  return [
    { block: "title", text: `Root Cause Analysis: ${title}` },
    { block: "facts", facts },
  ];
}

function summaryPart(document: RcaDocument): readonly Block[] {
  const { severity } = document;
  return [
    heading(2, "1. Problem Summary"),
    heading(3, "Problem"),
    { block: "paragraphs", lines: document.problem.map(said) },
    heading(3, "Expected Behavior"),
    numbered(document.expected.map(said)),
    heading(3, "Actual Behavior"),
    numbered(document.actual.map(said)),
    heading(3, "Impact"),
    list([
      ...document.impact.map(said),
      ...document.owners.map(said),
      ...(severity.isSet ? [] : [{ label: "Severity:", ...said(severity.message) }]),
    ]),
    heading(3, "Times"),
    phaseTable(document.phases),
    heading(2, "2. Analysis Conclusion"),
    { block: "paragraphs", lines: document.conclusion.map(said) },
  ];
}

export function phaseTable(phases: readonly Phase[]): Block {
  const rows = phases.map(({ name, at, after, message }) => {
    const missing = name === "Start" ? "not known" : "not yet";
    return cells(
      name,
      at === undefined ? missing : timeText(at),
      after || "-",
      message?.text ?? "-",
      message?.evidence.slice(0, 4).join(", ") ?? "-",
    );
  });
  return {
    block: "table",
    header: ["Phase", "Time", "After the start", "What it is known by", "Evidence"],
    rows,
  };
}

function analysisPart({ timeline, findings, configuration, rejected }: RcaDocument): readonly Block[] {
  const steps = timeline.steps.map((step): Line => ({ label: timeText(step.at), ...said(step) }));
  const middle = Math.ceil(steps.length / 2);
  if (timeline.leftOut > 0)
    steps.splice(middle, 0, {
      text: `(${counted(timeline.leftOut, "step is", "steps are")} not printed; the evidence in JSON has them.)`,
    });
  const found = findings.map(
    (one): Line => ({ label: `${one.id} ${one.title}:`, ...said(one), excerpt: one.excerpt }),
  );
  return [
    heading(2, "3. Deep Analysis & Investigation"),
    heading(3, "Timeline & Investigation Steps"),
    numbered(steps),
    heading(3, "Observations & Findings"),
    list(found),
    ...configurationPart(configuration),
    heading(3, "Rejected Hypotheses"),
    list(
      rejected.map((one): Line => ({ label: `${one.title}:`, ...said(one) })),
      "No other cause was checked.",
    ),
  ];
}

function configurationPart({ rows, more }: RcaDocument["configuration"]): readonly Block[] {
  if (rows.length === 0 && more === 0) return [];
  const header = ["What", "Field", "Ledger (database)", "MetalLB (IPAddressPool)", "State", "Evidence"];
  const body = rows.map(({ what, field, ledger, cluster, state, evidence }) =>
    cells(what, field, ledger, cluster, state, evidence.join(", ")),
  );
  const rest: readonly Block[] =
    more === 0
      ? []
      : [
          {
            block: "paragraphs",
            lines: [{ text: `${counted(more, "row")} more differ; the evidence has them.` }],
          },
        ];
  return [heading(3, "Configuration Differences"), { block: "table", header, rows: body }, ...rest];
}

function causePart({ rootCauses, trigger, counterfactual }: RcaDocument): readonly Block[] {
  const causes = rootCauses.map((cause): Line => {
    return {
      label: `${cause.title}:`,
      ...said(cause),
      details: [{ text: `Explains ${cause.findings.join(", ")}.` }],
    };
  });
  return [
    heading(2, "4. Root Cause"),
    numbered(causes, "Not known yet."),
    heading(3, "Trigger"),
    list(trigger.map(said), "Not known."),
    heading(3, "Counterfactual: What a Plan Comes To, and What Would Have Been"),
    list(counterfactual.map(said), "No plan was applied or tried in the time of the incident."),
  ];
}

function actionPart(document: RcaDocument): readonly Block[] {
  return [
    heading(2, "5. Action Plan & Solution"),
    heading(3, "Short-term Solution (Immediate Fix)"),
    list(document.shortTerm.map(taskLine)),
    heading(3, "Long-term Solution"),
    list(document.longTerm.map(taskLine)),
    heading(3, "Handling Existing Cases"),
    list(document.existingCases.map(said)),
  ];
}

function taskLine({ id, title, description, pic, status, due, evidence }: Task, at: number): Line {
  const isOwn = evidence.length === 0;
  const grounds = isOwn ? undefined : ({ basis: "inferred", evidence } as const);
  const told: readonly Line[] =
    description === "" ? [] : [{ label: "Description:", text: description, isOurs: !isOwn, of: grounds }];
  return {
    label: `Task ${at + 1}: ${title}`,
    text: "",
    details: [
      ...told,
      { label: "PIC:", text: pic },
      { label: "Status:", text: status },
      { label: "Due:", text: due || "no date" },
      { label: "ID:", text: id },
    ],
  };
}

function lastPart({ lessons, notes, notKnown, evidence }: RcaDocument): readonly Block[] {
  const kinds = [
    ["What Went Well", lessons.well],
    ["What Went Wrong", lessons.wrong],
    ["Where There Was Luck", lessons.lucky],
  ] as const;
  return [
    heading(2, "6. Lessons"),
    ...kinds.flatMap(([title, statements]) => [
      heading(3, title),
      list(statements.map(said), "There is no evidence of it."),
    ]),
    ...(notes.length === 0
      ? []
      : [
          heading(3, "Notes"),
          list(notes.map(({ at, by, text }) => ({ label: `${timeText(at)} ${by}:`, text }))),
        ]),
    heading(2, "7. Not Known"),
    list(
      notKnown.map((text) => ({ text })),
      "Nothing that the analysis asks for.",
    ),
    heading(2, "8. Evidence"),
    evidenceTable(evidence),
  ];
}

/** Rows of the evidence that are printed. */
const MOST_EVIDENCE = 80;

function evidenceTable(evidence: readonly Evidence[]): Block {
  const first = evidence.length <= MOST_EVIDENCE ? evidence : chosen(evidence);
  const rows = first.map(({ id, at, source, kind, message }): readonly Cell[] => [
    { text: id, anchor: id },
    ...cells(at === "" ? "-" : timeText(at), `${source}: ${kind}`, message),
  ]);
  const rest = evidence.length - first.length;
  if (rest > 0)
    rows.push(
      cells("…", "-", "-", `${counted(rest, "row")} of evidence more; \`rca show -o json\` has them all.`),
    );
  return { block: "table", header: ["ID", "Time", "Source", "Statement"], rows };
}

/** The first few of each kind. */
function chosen(evidence: readonly Evidence[]): readonly Evidence[] {
  const byKind = [...Map.groupBy(evidence, ({ source, kind }) => `${source} ${kind}`).values()];
  const each = Math.max(1, Math.floor(MOST_EVIDENCE / byKind.length));
  const ids = new Set(
    inOrder(byKind.flatMap((some) => some.slice(0, each).map(({ id }) => id))).slice(0, MOST_EVIDENCE),
  );
  return evidence.filter(({ id }) => ids.has(id));
}
