/**
 * The document as Markdown, in the sections of the template. A statement ends with `[observed: E-1, E-2]`.
 */
import { customerLayout } from "./customer.ts";
import type { RcaDocument } from "./document.ts";
import { type Block, type Cell, internalLayout, type Line } from "./layout.ts";
import { markdownBlock, markdownStart, markdownText } from "./markup.ts";
import { idRuns } from "./words.ts";

export type Edition = "internal" | "customer";

export function toMarkdown(document: RcaDocument, edition: Edition = "internal"): string {
  const blocks = edition === "customer" ? customerLayout(document) : internalLayout(document);
  return `${blocks.map(blockText).join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.block) {
    case "title":
      return `# ${markdownText(block.text)}`;
    case "heading":
      return `${"#".repeat(block.level)} ${block.text}`;
    case "facts":
      return block.facts.map(([name, cell]) => `**${name}:** ${cellText(cell)}`).join("  \n");
    case "paragraphs":
      return block.lines.map((line) => lineText(line, "")).join("\n\n");
    case "list": {
      if (block.lines.length === 0) return block.none;
      const mark = (at: number) => (block.isOrdered ? `${at + 1}. ` : "- ");
      return block.lines.map((line, at) => mark(at) + lineText(line, " ".repeat(mark(at).length))).join("\n");
    }
    case "table":
      return tableText(block.header, block.rows);
  }
}

function lineText(line: Line, indent: string): string {
  const { label, text, isOurs, of, details = [], excerpt } = line;
  const words =
    isOurs === true ? withCode(text) : label === undefined ? markdownStart(text) : markdownText(text);
  const parts = [
    ...(label === undefined ? [] : [`**${markdownText(label)}**`]),
    ...(text === "" ? [] : [words]),
    ...(of === undefined ? [] : [`[${of.basis}: ${idsText(of.evidence)}]`]),
  ];
  const below = details.map((detail) => `\n${indent}- ${lineText(detail, `${indent}  `)}`);
  const block = excerpt === undefined ? "" : `\n\n${markdownBlock(excerpt, indent)}\n`;
  return parts.join(" ") + below.join("") + block;
}

/** Runs of three and more are written `E-1 to E-70`. */
function idsText(ids: readonly string[]): string {
  return idRuns(ids)
    .map(([first, last]) => markdownText(first === last ? first : `${first} to ${last}`))
    .join(", ");
}

/** Our own words: what they quote as code stays code. */
function withCode(text: string): string {
  return text
    .split("`")
    .map((part, at) => (at % 2 === 1 ? `\`${part}\`` : markdownText(part)))
    .join("");
}

function cellText({ text, href }: Cell): string {
  // The address is in angle brackets, where no parenthesis ends it; it has none of them itself.
  return href === undefined
    ? markdownText(text)
    : `[${markdownText(text)}](<${href.replaceAll("\\", "%5C")}>)`;
}

function tableText(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) => line(row.map(cellText)));
  return [line(header), `|${"---|".repeat(header.length)}`, ...body].join("\n");
}
