/** Comments are as wide as the code: a formatter that wraps code leaves them alone. */

/** `lineWidth` in `biome.json`. */
export const WIDTH = 110;

/** For a program, which reads one line. */
const DIRECTIVE = /\/\/ (?:biome-|@)/;
const LINE = /^(\s*)(\/\/|\/\*\*|\*)(?: (.*)|)$/;

/**
 * Numbers, from 1, of the lines of comments that are wider. An address cannot be broken, so a line of one
 * word may be.
 */
export function wideComments(text: string): number[] {
  return text
    .split("\n")
    .flatMap((line, at) => (line.length > WIDTH && isComment(line) && isBreakable(line) ? [at + 1] : []));
}

function isComment(line: string): boolean {
  return LINE.test(line) && !DIRECTIVE.test(line);
}

function isBreakable(line: string): boolean {
  const words = line.split(/\s+/).filter((word) => /[^\s/*+-]/.test(word));
  return words.length > 1;
}

/** The text with each comment that has such a line filled again, paragraph by paragraph. */
export function reflowed(text: string): string {
  const out: string[] = [];
  let comment: string[] = [];
  const flush = () => {
    const isWide = wideComments(comment.join("\n")).length > 0;
    out.push(...(isWide ? filled(comment) : comment));
    comment = [];
  };
  let inBlock = false;
  for (const line of text.split("\n")) {
    const opens = /^\s*\/\*\*/.test(line);
    const belongs = inBlock || opens || (/^\s*\/\/ /.test(line) && !DIRECTIVE.test(line));
    const goesOn = comment.length > 0 && (inBlock || (!opens && /^\s*\/\/ /.test(comment[0] ?? "")));
    if (comment.length > 0 && !(belongs && goesOn)) flush();
    if (belongs) comment.push(line);
    else out.push(line);
    if (opens || inBlock) inBlock = !line.includes("*/");
  }
  flush();
  return out.join("\n");
}

function filled(comment: readonly string[]): string[] {
  const indent = /^\s*/.exec(comment[0] ?? "")?.[0] ?? "";
  if (comment[0]?.trim().startsWith("//")) {
    const mark = `${indent}// `;
    return paragraphs(comment.map((line) => line.trim().replace(/^\/\/ ?/, ""))).flatMap((each) =>
      wrapped(each, WIDTH - mark.length).map((line) => (mark + line).trimEnd()),
    );
  }
  const last = comment.at(-1) ?? "";
  // What stands behind the end of a comment is code.
  if (!/\*\/\s*$/.test(last)) return [...comment];
  const texts = comment.map((line) =>
    line
      .trim()
      .replace(/^\/\*\* ?/, "")
      .replace(/ ?\*\/$/, "")
      .replace(/^\*( |$)/, ""),
  );
  const mark = `${indent} * `;
  const lines = paragraphs(trimmed(texts)).flatMap((each) =>
    wrapped(each, WIDTH - mark.length).map((line) => (mark + line).trimEnd()),
  );
  return [`${indent}/**`, ...lines, `${indent} */`];
}

function trimmed(texts: readonly string[]): string[] {
  const first = texts.findIndex((text) => text !== "");
  const last = texts.findLastIndex((text) => text !== "");
  return texts.slice(first, last + 1);
}

interface Paragraph {
  readonly text: string;
  /** Of the lines below the first. */
  readonly hang: string;
  /** Laid out by hand: a table, a drawing, code. */
  readonly fixed: boolean;
}

function paragraphs(texts: readonly string[]): Paragraph[] {
  const found: Paragraph[] = [];
  let isOpen = false;
  let inFence = false;
  for (const text of texts) {
    const isFence = text.trimStart().startsWith("```");
    const isFixed = inFence || isFence || text === "" || /^\s*\|/.test(text);
    if (isFence) inFence = !inFence;
    const hang = hangOf(text);
    const before = found.at(-1);
    const goesOn = isOpen && !isFixed && hang === undefined && /^\s*/.exec(text)?.[0] === before?.hang;
    if (goesOn && before !== undefined)
      found[found.length - 1] = { ...before, text: `${before.text} ${text.trim()}` };
    else
      found.push({
        text,
        hang: hang ?? /^\s*/.exec(text)?.[0] ?? "",
        fixed: isFixed || /^ {2,}\S/.test(text),
      });
    isOpen = !isFixed;
  }
  return found;
}

/** Of an item of a list or a tag; undefined: plain text. */
function hangOf(text: string): string | undefined {
  const item = /^(\s*)(?:[-*+]|\d+\.) +/.exec(text);
  if (item !== null) return " ".repeat(item[0].length);
  return text.startsWith("@") ? "" : undefined;
}

function wrapped({ text, hang, fixed }: Paragraph, width: number): string[] {
  if (fixed && text.length <= width) return [text];
  const [lead = ""] = /^\s*/.exec(text) ?? [];
  const lines: string[] = [];
  let line = lead;
  for (const word of text.trim().split(/ +/)) {
    const next = line.trim() === "" ? line + word : `${line} ${word}`;
    if (next.length <= width || line.trim() === "") line = next;
    else {
      lines.push(line);
      line = hang + word;
    }
  }
  return [...lines, line];
}
