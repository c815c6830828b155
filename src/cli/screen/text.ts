/**
 * Text for a terminal as plain data: what is to be said and how it is to look, apart from how that is written. The
 * screens are built of it by pure functions; colours are added at the very end, or not at all.
 */

import stringWidth from "string-width";
import { oneLine } from "../../kernel/index.ts";

export type Style = "bold" | "dim" | "good" | "bad" | "warn" | "accent";

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** A line is a list of spans; a bare string is a span without a style. A line break in one is shown as a blank. */
export type Line = readonly (Span | string)[];

const ANSI: Readonly<Record<Style, string>> = {
  bold: "\x1b[1m",
  dim: "\x1b[2m",
  good: "\x1b[32m",
  bad: "\x1b[31m",
  warn: "\x1b[33m",
  accent: "\x1b[36m",
};
const RESET = "\x1b[0m";

export function styled(text: string, style: Style): Span {
  return { text, style };
}

function spanText(span: Span | string): string {
  return typeof span === "string" ? span : span.text;
}

/** Number of columns that a text takes as it is shown: letters of East Asia and emoji take two (Unicode TR 11). */
export function textWidth(text: string): number {
  return stringWidth(oneLine(text));
}

/** Number of columns that a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + textWidth(spanText(span)), 0);
}

/** The text with blanks behind it, up to so many columns. */
export function padToWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(width - textWidth(text), 0));
}

/** The line without styles, and without blanks at its end. Nothing in it moves a cursor or breaks the line. */
export function toPlain(line: Line): string {
  return line
    .map((span) => oneLine(spanText(span)))
    .join("")
    .trimEnd();
}

/** The line with ANSI colours; what its spans hold of such is not obeyed. */
export function toAnsi(line: Line): string {
  const parts = line.map((span) => {
    const text = oneLine(spanText(span));
    const style = typeof span === "string" ? undefined : span.style;
    return style === undefined || text === "" ? text : ANSI[style] + text + RESET;
  });
  return parts.join("").trimEnd();
}

/** The line cut to `width` columns; what was cut off is marked by an ellipsis. */
export function cropLine(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line;
  const cropped: (Span | string)[] = [];
  let left = Math.max(width - 1, 0);
  for (const span of line) {
    const text = spanText(span);
    const letters = cutToWidth(text, left);
    cropped.push(typeof span === "string" ? letters : { ...span, text: letters });
    left -= textWidth(letters);
    if (letters.length < text.length) break;
  }
  cropped.push("…");
  return cropped;
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** As many of its letters, in the sense of a reader, as fit. */
function cutToWidth(text: string, width: number): string {
  let cut = "";
  let left = width;
  for (const { segment } of segmenter.segment(text)) {
    left -= textWidth(segment);
    if (left < 0) break;
    cut += segment;
  }
  return cut;
}

const CONTINUED = " \\";

/** A shell command in lines of at most `width` columns: a shell takes them for the one line that they are. */
export function wrapCommand(command: string, width: number): string[] {
  const letters = [...command];
  if (letters.length <= width || width <= CONTINUED.length) return [command];
  const blank = letters.lastIndexOf(" ", width - CONTINUED.length);
  // A word that is too long is broken by a backslash alone, and goes on where the next line begins.
  const isBetweenWords = blank > 0;
  const end = isBetweenWords ? blank : width - 1;
  const head = letters.slice(0, end).join("") + (isBetweenWords ? CONTINUED : "\\");
  return [head, ...wrapCommand(letters.slice(isBetweenWords ? end + 1 : end).join(""), width)];
}

export interface Column {
  /** Heading; also the least width. */
  readonly title: string;
  readonly align?: "left" | "right";
}

const GAP = "  ";

/**
 * Rows under headings, every column as wide as its widest cell. A cell may consist of several spans. A column in which
 * no row has a value is left out.
 */
export function table(columns: readonly Column[], rows: readonly (readonly Line[])[]): Line[] {
  const used = columns.map((_, index) => rows.some((row) => lineWidth(row[index] ?? []) > 0));
  const widths = columns.map((column, index) =>
    rows.reduce((most, row) => Math.max(most, lineWidth(row[index] ?? [])), column.title.length),
  );
  const layOut = (cells: readonly Line[]): Line => {
    const line: (Span | string)[] = [];
    columns.forEach((column, index) => {
      if (used[index] !== true) return;
      const cell = cells[index] ?? [];
      const padding = " ".repeat((widths[index] ?? 0) - lineWidth(cell));
      if (line.length > 0) line.push(GAP);
      line.push(...(column.align === "right" ? [padding, ...cell] : [...cell, padding]));
    });
    return line;
  };
  return [layOut(columns.map((column) => [styled(column.title, "dim")])), ...rows.map(layOut)];
}
