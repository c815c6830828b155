/**
 * Takes secrets out of text before it becomes evidence. What is masked cannot be found in a stored incident, nor in any
 * document made of one.
 *
 * Logs are written by others, so the work is linear in the text, whatever stands in it: no pattern backtracks, and no
 * part of the text is searched again for each place where a secret might begin. It is bounded, too: text beyond
 * {@link LONGEST_TEXT} and lines beyond {@link LONGEST_LINE} are cut, after the masking.
 */
import { maskAddresses, maskEncodedValues, maskKeyBlocks, maskTokens } from "./mask-shapes.ts";
import { maskValues } from "./mask-values.ts";

/** Maximum number of characters that are read. */
export const LONGEST_TEXT = 65_536;
/** Characters of a line that are kept. */
export const LONGEST_LINE = 8_192;
/** Read beyond the cut: a secret that the cut goes through is known by how it ends. */
const OVERHANG = 4_096;

/** The text with whatever looks like a password, token or key replaced. */
export function maskSecrets(text: string): string {
  const isLong = text.length > LONGEST_TEXT + OVERHANG;
  const read = isLong ? text.slice(0, LONGEST_TEXT + OVERHANG) : text;
  const masked = maskValues(maskEncodedValues(maskTokens(maskAddresses(maskKeyBlocks(read)))));
  const kept = isLong ? masked.slice(0, -OVERHANG) : masked;
  const lines = kept.split("\n").map(cutLine);
  return isLong ? `${lines.join("\n")}… (${text.length - LONGEST_TEXT} more characters)` : lines.join("\n");
}

function cutLine(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  return `${line.slice(0, LONGEST_LINE)}… (${line.length - LONGEST_LINE} more characters)`;
}
