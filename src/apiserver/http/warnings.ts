/** `Warning` headers of an answer. Clients read headers into a small buffer: Node's own refuses more than 16 KiB. */

/** Of all warnings of an answer together, as in Kubernetes. */
const MAX_CHARACTERS = 4 * 1024;
/** What one warning is cut to where there is no room for all of it, as in Kubernetes. */
const CUT_CHARACTERS = 256;

/** Adds a warning that is new, as long as there is room. */
export function addWarning(warnings: string[], message: string): void {
  const used = warnings.reduce((sum, warning) => sum + warning.length, 0);
  const text = used + message.length <= MAX_CHARACTERS ? message : message.slice(0, CUT_CHARACTERS);
  if (text === "" || used + text.length > MAX_CHARACTERS || warnings.includes(text)) return;
  warnings.push(text);
}
