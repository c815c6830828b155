/** The warnings of one answer: each once, and no more of them than clients take (header sizes are limited). */

/** As kube-apiserver: 4 KiB of warnings in all, and none longer than 256 characters when there are many. */
const MOST_CHARACTERS = 4 * 1024;
const LONGEST = 256;

export class Warnings {
  readonly #texts = new Set<string>();
  #length = 0;

  add(message: string): void {
    if (this.#length >= MOST_CHARACTERS) return;
    const room = MOST_CHARACTERS - this.#length;
    const text =
      message.length <= Math.min(LONGEST, room) ? message : message.slice(0, Math.min(LONGEST, room));
    if (text === "" || this.#texts.has(text)) return;
    this.#texts.add(text);
    this.#length += text.length;
  }

  get texts(): readonly string[] {
    return [...this.#texts];
  }
}
