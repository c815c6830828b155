/**
 * Text that users or other clusters wrote, made fit to be shown: what would reorder, hide or break a line becomes visible
 * in its place (Unicode TR 9 and TR 36). React escapes HTML; this is about what no escaping shows.
 */

const CONTROLS =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** `U+202E` in brackets, so that one sees that it is there and what it is. */
export function displayText(text: string): string {
  return text.replace(CONTROLS, codePoint);
}

/** As a sentence of its own: the messages of conditions and differences begin in small letters. */
export function displaySentence(text: string): string {
  const shown = displayText(text);
  return `${shown.charAt(0).toUpperCase()}${shown.slice(1)}`;
}

/** For text of several lines: line feeds stay, tabs become blanks. */
export function displayLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(CONTROLS, (character) =>
      character === "\n" ? character : character === "\t" ? "  " : codePoint(character),
    );
}

function codePoint(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
