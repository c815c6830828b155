/** Validates a backup, restores it, waits, and reports what differs from it. */
import type { AnyObject } from "../../client/index.ts";
import { oneLine } from "../../kernel/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { type Backup, type BackupEntry, backupOf } from "../backup/backup-of.ts";
import { differencesFrom } from "../backup/compare.ts";
import { differenceLines } from "../backup/difference-lines.ts";
import { type BackupFile, type ObjectFault, readBackupFile } from "../backup/read-backup.ts";
import { type ClusterAccess, withCluster } from "../cluster-access.ts";
import type { ConnectionOptions } from "../command-options.ts";
import type { DataOptions } from "../data-option.ts";
import { CommandFailure } from "../failure.ts";
import { readFleet, type Scope } from "../fleet-snapshot.ts";
import { print } from "../output.ts";
import { printNote } from "../print-note.ts";
import type { Line } from "../screen/text.ts";
import { awaitBlocks } from "./await-blocks.ts";
import { backupFaults } from "./backup-faults.ts";
import { type Creation, createAll, createNamespaces } from "./create-objects.ts";
import { beginStage } from "./stages.ts";

export interface RestoreOptions extends ConnectionOptions, DataOptions {
  readonly dryRun: boolean;
  /** Of a data directory that has a store. */
  readonly replace: boolean;
  readonly skipFaulty: boolean;
  /** Seconds. */
  readonly timeout: number;
}

const MS = 1000;

export interface Plan {
  readonly file: string;
  readonly sound: Backup;
  readonly namespaces: readonly AnyObject[];
  readonly scope: Scope;
  readonly words: Words;
}

/** The messages of a command for the same steps. */
export interface Words {
  readonly doing: string;
  readonly done: string;
  /** Of a number of claims that all have their blocks. */
  readonly verdict: (claims: number) => string;
  /** How to look again, where something is not as it is to be. */
  readonly again: string;
}

/**
 * Sets the exit code to 1 when something is not as in the file.
 *
 * @throws CommandFailure when something is wrong with the file, and nothing was restored.
 */
export async function restoreFleet(file: string, options: RestoreOptions): Promise<void> {
  await withCluster(options, async (access) => {
    const { namespace } = options;
    const backup = readBackupFile(file, { namespace, fallback: access.namespace });
    const { faults, plan } = await planFor(file, backup, access);
    for (const { origin, object, message } of faults) printNote(oneLine(`${origin}: ${object}: ${message}.`));
    if (faults.length > 0 && !options.skipFaulty) throw refusalOf(faults, plan);
    if (plan.sound.entries.length === 0)
      throw new CommandFailure(`${file} has nothing to restore: specify another file.`);
    for (const note of plan.sound.notes) printNote(note);
    if (options.dryRun) return printPlan(plan);
    await carryOut(plan, faults, access, options.timeout * MS);
  });
}

function refusalOf(faults: readonly ObjectFault[], { file, sound }: Plan): CommandFailure {
  const what = faults.length === 1 ? "1 object is" : `${faults.length} objects are`;
  return new CommandFailure(
    `nothing was restored: ${what} invalid in ${file}, and ${sound.entries.length} are valid; correct the file, or add --skip-faulty to restore the valid ones.`,
  );
}

async function planFor(file: string, backup: BackupFile, { client }: ClusterAccess): Promise<PlanAndFaults> {
  const live = await readFleet(client, scopeFor([...backup.namespaces.keys()]));
  return planBeside(live, backup, file, {
    doing: "restoring objects:",
    done: "Restored",
    verdict: (claims) => `each of the ${claims} claims that had a block has it again`,
    again: `run \`plexaubnet check --against ${file}\` to compare again`,
  });
}

export interface PlanAndFaults {
  readonly faults: readonly ObjectFault[];
  readonly plan: Plan;
}

/** @param live what the cluster has in the namespaces of the file */
export function planBeside(
  live: FleetObjects,
  backup: BackupFile,
  file: string,
  words: Words,
): PlanAndFaults {
  const { fleet, namespaces, originOf } = backup;
  const { entries, notes } = backupOf(fleet);
  const scope = scopeFor([...namespaces.keys()]);
  const found = backupFaults({ entries, fleet, live, originOf });
  const sound = entries.filter((entry) => !found.has(entry));
  const used = new Set(sound.map(({ manifest }) => manifest.metadata.namespace));
  const needed = [...namespaces].flatMap(([name, object]) => (used.has(name) ? [object] : []));
  const faults = [...backup.faults, ...found.values()];
  return { faults, plan: { file, sound: { entries: sound, notes }, namespaces: needed, scope, words } };
}

/** A user who restores one namespace may not be allowed to read others. */
export function scopeFor(namespaces: readonly string[]): Scope {
  const [only, ...others] = namespaces;
  return only === undefined || others.length > 0 ? {} : { namespace: only };
}

function printPlan({ sound, namespaces }: Plan): void {
  const lines = [...namespaces, ...sound.entries.map(({ manifest }) => manifest)].map(
    ({ kind, metadata }): Line => {
      const where = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
      return [`${kind} ${where}${metadata.name} would be created if it does not exist`];
    },
  );
  print("table", { lines: () => lines, data: () => lines });
}

/** Those that have no block take what the others leave, so they come when the others have theirs. */
export async function carryOut(
  { file, sound, namespaces, scope, words }: Plan,
  faults: readonly ObjectFault[],
  { client, kernel }: ClusterAccess,
  patienceMs: number,
): Promise<void> {
  const { entries } = sound;
  const isLate = ({ manifest, block }: BackupEntry) => manifest.kind.endsWith("Claim") && block === undefined;
  const first = entries.filter((entry) => !isLate(entry));
  const claims = first.filter(({ manifest }) => manifest.kind.endsWith("Claim")).length;
  await createNamespaces(client, namespaces);
  const creating = beginStage(words.doing, first.length);
  let done = 0;
  const onDone = () => creating.reached(++done);
  const created = await createAll(client, first, onDone);
  creating.end();
  if (claims > 0) {
    const waiting = beginStage("waiting for claims:", claims);
    await awaitBlocks(client, kernel.clock, first, scope, patienceMs, (bound) => waiting.reached(bound));
    waiting.end();
  }
  const late = await createAll(client, entries.filter(isLate), () => {});
  const differences = differencesFrom(sound, await readFleet(client, scope));
  const total = sumOf(created, late);
  for (const { entry, message } of total.refusals)
    printNote(
      `${entry.manifest.kind} ${entry.manifest.metadata.namespace}/${entry.manifest.metadata.name} was refused: ${message}.`,
    );
  const isWhole = differences.length === 0 && total.refusals.length === 0 && faults.length === 0;
  if (!isWhole) process.exitCode = 1;
  const summary: Line = [summaryOf(total, claims, differences.length, faults.length, file, words)];
  const lines = differences.length === 0 ? [summary] : [...differenceLines(differences), [], summary];
  print("table", { lines: () => lines, data: () => differences });
}

function sumOf(a: Creation, b: Creation): Creation {
  return {
    created: a.created + b.created,
    there: a.there + b.there,
    refusals: [...a.refusals, ...b.refusals],
  };
}

function summaryOf(
  { created, there, refusals }: Creation,
  claims: number,
  differences: number,
  faults: number,
  file: string,
  { done, verdict: good, again }: Words,
): string {
  const counts = `${created} created, ${there} existed already`;
  const refused = refusals.length === 0 ? "" : `, ${refusals.length} refused`;
  const skipped = faults === 0 ? "" : `, ${faults} skipped because they are invalid`;
  const verdict =
    differences === 0
      ? good(claims)
      : `${differences === 1 ? "1 object is" : `${differences} objects are`} not as in ${file}: ${again}`;
  return `${done}: ${counts}${refused}${skipped}; ${verdict}.`;
}
