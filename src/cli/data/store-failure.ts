import { StoreOpenError } from "../../apiserver/index.ts";
import { CommandFailure } from "../failure.ts";
import { unwritable } from "../up/data-directory.ts";

/** What the store says in its own words, and what the system says of a folder; any other error is left as it is. */
export function failureOfStore(error: unknown, path: string): unknown {
  if (error instanceof StoreOpenError) return new CommandFailure(error.message, { cause: error });
  return unwritable(path, error);
}
