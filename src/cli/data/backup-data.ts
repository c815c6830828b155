import { backupStore } from "../../apiserver/index.ts";
import type { DataOptions } from "../data-option.ts";
import { dataDirectoryAt, typedPath } from "../up/data-directory.ts";
import { failureOfStore } from "./store-failure.ts";

export interface BackupOptions extends DataOptions {
  readonly overwrite: boolean;
}

/** @throws CommandFailure when there is nothing to back up, it is not whole, or the file cannot be written. */
export function backUp(file: string, { dataDir, overwrite }: BackupOptions): void {
  const { database } = dataDirectoryAt(dataDir);
  try {
    const { objects, revision } = backupStore(database, file, overwrite);
    console.log(`Backed up: ${objects} objects, as of revision ${revision}, in ${typedPath(file)}.`);
  } catch (error) {
    throw failureOfStore(error, dataDir);
  }
}
