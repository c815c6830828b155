/**
 * Text that others chose, for documents: nothing in it is markup, and nothing in it is interpreted by a program that shows the source
 * on a terminal.
 */
import { oneLine, plainText } from "../../kernel/index.ts";

/** One line of CommonMark and of GitHub's tables, in which each character stands for itself. */
export function markdownText(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>|~#&$]/g, "\\$&");
}

/** The same where a line or an item begins, which would be a list or a heading of another kind. */
export function markdownStart(text: string): string {
  return markdownText(text)
    .trimStart()
    .replace(/^[-+=]/, "\\$&")
    .replace(/^(\d{1,9})([.)])/, "$1\\$2");
}

/** A fenced block: what is in it cannot end it. Each line gets `indent` before it. */
export function markdownBlock(text: string, indent: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = "`".repeat(longest + 1);
  const body = plainText(text)
    .split("\n")
    .map((line) => indent + line);
  return [`${indent}${fence}text`, ...body, indent + fence].join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** For the content of an element and for a quoted attribute. Line breaks stay. */
export function htmlText(text: string): string {
  return plainText(text).replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}
