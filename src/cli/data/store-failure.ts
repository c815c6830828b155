import { StoreOpenError } from "../../apiserver/index.ts";
import { CommandFailure } from "../failure.ts";
import { unwritable } from "../up/data-directory.ts";

/** The message for an error of the store, or of the system about a folder; any other error is returned unchanged. */
export function failureOfStore(error: unknown, path: string): unknown {
  if (error instanceof StoreOpenError) return new CommandFailure(error.message, { cause: error });
  return unwritable(path, error);
}
