/**
 * The document as Markdown, in the sections of the template. A statement ends with `[observed: E-1, E-2]`.
 */
import type { RcaDocument, Task } from "./document.ts";
import type { Statement } from "./rules.ts";

export function toMarkdown(document: RcaDocument): string {
  const { title, date, status, system, ticket, id } = document;
  const parts = [
    `# Root Cause Analysis: ${title}`,
    `**Date:** ${date}  \n**Status:** ${status}  \n**Related System/Feature:** ${system}  \n**Reference Ticket:** ${ticket}  \n**Incident:** ${id}`,
    "## 1. Problem Summary",
    "### Problem",
    ...document.problem.map(said),
    "### Expected Behavior",
    numbered(document.expected),
    "### Actual Behavior",
    numbered(document.actual),
    "## 2. Analysis Conclusion",
    ...document.conclusion.map(said),
    "## 3. Deep Analysis & Investigation",
    "### Timeline & Investigation Steps",
    document.timeline.map((step, at) => `${at + 1}. **${step.at}** ${said(step)}`).join("\n"),
    "### Observations & Findings",
    ...document.findings.map(
      (finding) => `- **${finding.id} ${finding.title}:** ${said(finding)}${excerpt(finding.excerpt)}`,
    ),
    "## 4. Root Cause",
    document.rootCauses
      .map(
        (cause, at) => `${at + 1}. **${cause.title}:** ${said(cause)} Explains ${cause.findings.join(", ")}.`,
      )
      .join("\n") || "Not known yet.",
    "## 5. Action Plan & Solution",
    "### Short-term Solution (Immediate Fix)",
    tasks(document.shortTerm),
    "### Long-term Solution",
    tasks(document.longTerm),
    "### Handling Existing Cases",
    document.existingCases.map((one) => `- ${said(one)}`).join("\n") || "None.",
    "## 6. Not Known",
    document.notKnown.map((text) => `- ${text}`).join("\n"),
    "## 7. Evidence",
    evidenceTable(document),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Statements quote names that others chose: what Markdown would take for markup is escaped. */
function plain(text: string): string {
  return text.replace(/[\\*_<>[\]|]/g, "\\$&");
}

function said({ text, basis, evidence }: Statement): string {
  return `${plain(text)} [${basis}: ${evidence.join(", ")}]`;
}

function numbered(statements: readonly Statement[]): string {
  return statements.map((statement, at) => `${at + 1}. ${said(statement)}`).join("\n");
}

function excerpt(text: string | undefined): string {
  if (text === undefined) return "";
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `\n\n  ${fence}text\n${text.replace(/^/gm, "  ")}\n  ${fence}`;
}

function tasks(list: readonly Task[]): string {
  return list
    .map(({ title, description, pic, status, evidence }, at) =>
      [
        `- **Task ${at + 1}: ${title}**`,
        `  - **Description:** ${description} [inferred: ${evidence.join(", ")}]`,
        `  - **PIC:** ${plain(pic)}`,
        `  - **Status:** ${status}`,
      ].join("\n"),
    )
    .join("\n");
}

function evidenceTable({ evidence }: RcaDocument): string {
  const rows = evidence.map(
    ({ id, at, source, kind, says }) => `| ${id} | ${at} | ${source}: ${kind} | ${plain(says)} |`,
  );
  return ["| ID | Time | Source | What it says |", "|---|---|---|---|", ...rows].join("\n");
}
