/**
 * The document as Markdown, in the sections of the template. A statement ends with `[observed: E-1, E-2]`.
 */
import type { RcaDocument, Task } from "./document.ts";
import { markdownBlock, markdownStart, markdownText } from "./markup.ts";
import type { Statement } from "./rules.ts";

export function toMarkdown(document: RcaDocument): string {
  const { title, date, status, system, ticket, id } = document;
  const parts = [
    `# Root Cause Analysis: ${markdownText(title)}`,
    facts({
      Date: date,
      Status: status,
      "Related System/Feature": system,
      "Reference Ticket": ticket,
      Incident: id,
    }),
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
    document.timeline.map((step, at) => `${at + 1}. **${markdownText(step.at)}** ${said(step)}`).join("\n"),
    "### Observations & Findings",
    ...document.findings.map(
      (finding) =>
        `- **${markdownText(`${finding.id} ${finding.title}`)}:** ${said(finding)}${excerpt(finding.excerpt)}`,
    ),
    "## 4. Root Cause",
    document.rootCauses
      .map(
        (cause, at) =>
          `${at + 1}. **${markdownText(cause.title)}:** ${said(cause)} Explains ${listed(cause.findings)}.`,
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
    document.notKnown.map((text) => `- ${markdownStart(text)}`).join("\n"),
    "## 7. Evidence",
    evidenceTable(document),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function facts(named: Readonly<Record<string, string>>): string {
  return Object.entries(named)
    .map(([name, value]) => `**${name}:** ${markdownText(value)}`)
    .join("  \n");
}

function listed(ids: readonly string[]): string {
  return ids.map(markdownText).join(", ");
}

function said({ text, basis, evidence }: Statement): string {
  return `${markdownStart(text)} [${basis}: ${listed(evidence)}]`;
}

function numbered(statements: readonly Statement[]): string {
  return statements.map((statement, at) => `${at + 1}. ${said(statement)}`).join("\n");
}

function excerpt(text: string | undefined): string {
  return text === undefined ? "" : `\n\n${markdownBlock(text, "  ")}`;
}

function tasks(list: readonly Task[]): string {
  return list
    .map(({ title, description, pic, status, evidence }, at) =>
      [
        `- **Task ${at + 1}: ${markdownText(title)}**`,
        `  - **Description:** ${withCode(description)} [inferred: ${listed(evidence)}]`,
        `  - **PIC:** ${markdownText(pic)}`,
        `  - **Status:** ${markdownText(status)}`,
      ].join("\n"),
    )
    .join("\n");
}

/** Descriptions of tasks are our own words: what they quote as code stays code. */
function withCode(text: string): string {
  return text
    .split("`")
    .map((part, at) => (at % 2 === 1 ? `\`${part}\`` : markdownText(part)))
    .join("");
}

function evidenceTable({ evidence }: RcaDocument): string {
  const rows = evidence.map(({ id, at, source, kind, says }) =>
    ["", id, at, `${source}: ${kind}`, says, ""].map(markdownText).join(" | ").trim(),
  );
  return ["| ID | Time | Source | What it says |", "|---|---|---|---|", ...rows].join("\n");
}
