import { type RepairSummary, repairStore } from "../../apiserver/index.ts";
import type { DataOptions } from "../data-option.ts";
import { CommandFailure } from "../failure.ts";
import { dataDirectoryAt, typedPath } from "../up/data-directory.ts";
import { failureOfStore } from "./store-failure.ts";

export interface RepairOptions extends DataOptions {
  readonly acceptLoss: boolean;
}

/** So many losses are named; there may be as many as objects. */
const MOST_LOSSES = 100;

/** @throws CommandFailure when nothing can be saved, or something is lost and that was not accepted. */
export function repair({ dataDir, acceptLoss }: RepairOptions): void {
  const { path, database } = dataDirectoryAt(dataDir);
  const { fault, losses, isRepaired, objects, kept } = attempt(database, dataDir, acceptLoss);
  if (fault === undefined) {
    console.log(`${typedPath(path)} is not damaged: it contains ${objects} objects.`);
    return;
  }
  console.error(fault);
  for (const loss of losses.slice(0, MOST_LOSSES)) console.error(`- ${loss}`);
  if (losses.length > MOST_LOSSES) console.error(`- and ${losses.length - MOST_LOSSES} more.`);
  if (!isRepaired)
    throw new CommandFailure(
      `nothing was changed, because data is lost: restore a backup, or add --accept-loss to continue with the remaining ${objects} objects.`,
    );
  const lost = losses.length === 0 ? "no object is lost" : "the losses are listed above";
  console.log(
    `Repaired: ${objects} objects were recovered, ${lost}; history was discarded, so watches have to list again. The old files are ${kept.map(typedPath).join(", ")}.`,
  );
}

function attempt(database: string, dataDir: string, acceptLoss: boolean): RepairSummary {
  try {
    return repairStore(database, acceptLoss);
  } catch (error) {
    throw failureOfStore(error, dataDir);
  }
}
