/** Messages of a command in addition to its result. */
import { inspect } from "node:util";
import { plainText } from "../kernel/index.ts";

/**
 * Writes a remark to stderr: a sentence, or several lines. A value that is not text is a bug, and shown completely. A terminal finds
 * nothing in it to obey.
 */
export function printNote(note: unknown): void {
  process.stderr.write(`${plainText(typeof note === "string" ? note : inspect(note))}\n`);
}
