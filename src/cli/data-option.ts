/** The option of the commands about the data of `plexaubnet up`. */
import { type Command, InvalidArgumentError } from "commander";

export interface DataOptions {
  readonly dataDir: string;
}

/** As `up` has it. */
const DEFAULT_DATA_DIRECTORY = ".plexaubnet";

export function withData(command: Command): Command {
  return command.option(
    "--data-dir <dir>",
    "data directory of `plexaubnet up`",
    parseFolder,
    DEFAULT_DATA_DIRECTORY,
  );
}

function parseFolder(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("It must not be empty.");
}
