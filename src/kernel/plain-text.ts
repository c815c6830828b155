/**
 * Text from outside, made safe to display: the one place that takes from it what a terminal, a pager or a
 * ticket would obey instead of show (CVE-2021-25743; Unicode TR 36, TR 9). What is taken is replaced character for
 * character, so that it can be seen that something was there, and columns stay as wide as they were counted.
 */

/** In the place of what was taken. */
const REPLACEMENT = "\uFFFD";

/**
 * Control characters of C0 and C1, line and paragraph separators, halves of a pair, and what no one sees: marks,
 * embeddings, overrides and isolates of writing direction, joiners of words, fillers, tags. The joiners that letters
 * and emoji need (U+200C, U+200D) stay.
 */
const UNFIT =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** Those of them that set words apart. */
const BREAKS = new Set(["\t", "\n", "\v", "\f", "\r", "\u0085", "\u2028", "\u2029"]);

/** For a field or a cell: whatever breaks a line becomes a blank. */
export function oneLine(text: string): string {
  return text.replace(UNFIT, (character) => (BREAKS.has(character) ? " " : REPLACEMENT));
}

/** For text that may have several lines: line feeds stay, tabs become blanks. */
export function plainText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNFIT, (character) => {
    if (character === "\n") return character;
    return BREAKS.has(character) ? " " : REPLACEMENT;
  });
}

/** Whether there is nothing in it that {@link oneLine} would replace. */
export function isPlain(text: string): boolean {
  return text.search(UNFIT) < 0;
}

/**
 * JSON as text that means the same: what is unfit stands there as an escape, or as two of them beyond the first plane
 * (RFC 8259, section 7). Line feeds and tabs between tokens stay.
 *
 * @param json as `JSON.stringify` writes it
 */
export function plainJson(json: string): string {
  return json.replace(UNFIT, (character) => (isLayout(character) ? character : jsonEscape(character)));
}

/** The same for YAML 1.2, section 5.7. All that is unfit must stand in double quotes. */
export function plainYaml(yaml: string): string {
  return yaml.replace(UNFIT, (character) =>
    isLayout(character) ? character : `\\U${hex(character.codePointAt(0) ?? 0, 8)}`,
  );
}

function isLayout(character: string): boolean {
  return character === "\n" || character === "\t" || character === "\r";
}

function jsonEscape(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
    .join("");
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
