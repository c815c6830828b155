/**
 * The edition for those whom an incident concerned: what happened, when, to which of their load balancers, why, and what is
 * done about it. No name of a person or a host, no line of a log, no command, and none of the evidence itself. Pure.
 */
import type { RcaDocument } from "./document.ts";
import type { Block, Line } from "./layout.ts";
import { ticketCell } from "./layout.ts";
import type { Task } from "./tasks.ts";
import { timeText } from "./words.ts";

const plain = ({ text }: { readonly text: string }): Line => ({ text });

export function customerLayout(document: RcaDocument): readonly Block[] {
  const { title, date, status, severity, ticket, id, rootCauses } = document;
  const url = ticketCell(ticket);
  return [
    { block: "title", text: `Root Cause Analysis: ${title}` },
    {
      block: "facts",
      facts: [
        ["Date", { text: date }],
        ["Status", { text: status }],
        ...(severity.isSet ? [["Severity", { text: severity.level }] as const] : []),
        ["Related System/Feature", { text: "Load balancers and their address pools" }],
        // The address of an internal ticket system does not help anyone outside.
        ...(ticket === "none" || url.href !== undefined
          ? []
          : [["Reference Ticket", { text: ticket }] as const]),
        ["Incident", { text: id }],
      ],
    },
    { block: "heading", level: 2, text: "1. What Happened" },
    { block: "paragraphs", lines: document.problem.map((one) => plain({ text: publicProblem(one.text) })) },
    {
      block: "list",
      isOrdered: false,
      lines: document.findings.flatMap(({ publicText }) =>
        publicText === undefined ? [] : [{ text: publicText }],
      ),
      none: "Nothing else was observed.",
    },
    { block: "heading", level: 2, text: "2. Impact" },
    { block: "list", isOrdered: false, lines: document.impact.map(plain), none: "No impact was observed." },
    { block: "heading", level: 2, text: "3. Times" },
    timesOf(document),
    { block: "heading", level: 2, text: "4. Root Cause" },
    {
      block: "list",
      isOrdered: true,
      lines: rootCauses.map(({ title: name, publicText }) => ({ label: `${name}:`, text: publicText })),
      none: "Not known yet.",
    },
    { block: "heading", level: 2, text: "5. What Is Done" },
    { block: "list", isOrdered: false, lines: tasksOf(document), none: "Nothing is left to do." },
  ];
}

/** Without the name that the cluster has in the ledger. */
function publicProblem(text: string): string {
  return text.replace(
    / Comparisons of the cluster .* with the ledger found since ([^ ]+): /,
    " Comparisons found since $1: ",
  );
}

function timesOf({ phases }: RcaDocument): Block {
  const rows = phases.map(({ name, at, after }) => {
    const missing = name === "Start" ? "not known" : "not yet";
    return [{ text: name }, { text: at === undefined ? missing : timeText(at) }, { text: after || "-" }];
  });
  return { block: "table", header: ["Phase", "Time", "After the start"], rows };
}

function tasksOf({ shortTerm, longTerm }: RcaDocument): readonly Line[] {
  const line =
    (term: string) =>
    ({ publicText, status, due }: Task): readonly Line[] => {
      const until = due === "" ? "" : `, due ${due}`;
      return publicText === undefined
        ? []
        : [{ label: `${term}:`, text: `${publicText} (${status}${until})` }];
    };
  return [...shortTerm.flatMap(line("Now")), ...longTerm.flatMap(line("Later"))];
}
