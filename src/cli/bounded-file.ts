/** Files that users name: read only when they are files, and of a size that can be held. */
import { readFileSync, statSync } from "node:fs";
import { CommandFailure } from "./failure.ts";

/**
 * Text in UTF-8.
 *
 * @param what of a message: "the log", "the plan"
 * @throws CommandFailure when it cannot be read, is not a regular file (a device may never end), or is too large
 */
export function readBoundedFile(file: string, mostBytes: number, what: string): string {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new CommandFailure(`${what} ${file} is not a file: name one.`);
    if (stat.size > mostBytes) {
      throw new CommandFailure(
        `${what} ${file} has ${stat.size} bytes, and at most ${mostBytes} are read: name a smaller one.`,
      );
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${what} ${file} cannot be read.`, { cause: error });
  }
}
