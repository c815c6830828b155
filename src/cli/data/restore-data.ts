/** The half of `restore` that takes what `backup` wrote. */
import { isDatabaseFile, restoreStore } from "../../apiserver/index.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import type { RestoreOptions } from "../restore/restore-fleet.ts";
import { assertLocal, dataDirectoryAt, typedPath } from "../up/data-directory.ts";
import { failureOfStore } from "./store-failure.ts";

/** Whether a file is what `backup` wrote, or at least a database; false also when it cannot be read. */
export function isBackupOfData(file: string): boolean {
  if (file === "-") return false;
  try {
    return isDatabaseFile(file);
  } catch {
    return false;
  }
}

/** @throws CommandFailure when the backup is damaged, or the data directory is in use or has a store already. */
export function restoreData(file: string, options: RestoreOptions): void {
  assertForData(file, options);
  const { dataDir, replace, dryRun } = options;
  const { path, database } = dataDirectoryAt(dataDir);
  try {
    assertLocal(path);
    const { objects, revision, atMs, kept } = restoreStore(file, database, { replace, dryRun });
    const what = `${objects} objects, as of revision ${revision}, ${new Date(atMs).toISOString()}`;
    if (dryRun) {
      console.log(`${typedPath(file)} is valid and would be restored: ${what}.`);
      return;
    }
    const old = kept.length === 0 ? "" : `; the previous files are ${kept.map(typedPath).join(", ")}`;
    console.log(`Restored into ${typedPath(path)}: ${what}${old}.`);
    console.error(
      "Blocks that were allocated after that moment are not in the backup: before new claims are fulfilled, pause the pools and compare with a newer export, see docs/guide/back-up-and-restore.md.",
    );
  } catch (error) {
    throw failureOfStore(error, dataDir);
  }
}

/** Options of the other half. */
function assertForData(file: string, { namespace, kubeconfig, context, skipFaulty }: RestoreOptions): void {
  const given = { "--namespace": namespace, "--kubeconfig": kubeconfig, "--context": context };
  const [wrong] = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const option = wrong ?? (skipFaulty ? "--skip-faulty" : undefined);
  if (option === undefined) return;
  throw new CommandFailure(
    `${option} applies to manifests, and ${file} is a backup of a data directory, which is restored as a whole: remove the option.`,
    { exitCode: USAGE_EXIT_CODE },
  );
}
