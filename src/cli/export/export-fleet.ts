/** Reads a fleet at one moment, and writes it as manifests. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { type AnyObject, ApiError, type KubeClient, type KubeObject } from "../../client/index.ts";
import { NAMESPACES } from "../../kube/index.ts";
import { type Backup, backupOf } from "../backup/backup-of.ts";
import { backupText } from "../backup/backup-text.ts";
import { bareNamespace } from "../backup/bare-object.ts";
import { withCluster } from "../cluster-access.ts";
import { CommandFailure } from "../failure.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { printNote } from "../print-note.ts";
import type { ExportOptions } from "./export-options.ts";
import { fleetList } from "./fleet-list.ts";

/**
 * What could be said of a backup only is said on stderr.
 *
 * @throws CommandFailure when there is nothing to write, or nowhere: the file of the last time stays as it is.
 */
export async function exportFleet(options: ExportOptions): Promise<void> {
  const { output, namespace, format } = options;
  const { backup, namespaces, fleet } = await withCluster(options, async ({ client, scope }) => {
    const fleet = await readFleet(client, scope);
    const read = backupOf(fleet);
    const isNeeded = options.namespaces && format === "manifests";
    return { fleet, backup: read, namespaces: isNeeded ? await namespacesOf(client, read) : new Map() };
  });
  if (backup.entries.length === 0) {
    const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
    throw new CommandFailure(
      `there is no pool, claim or Subnet${where} to export: specify another cluster or namespace.`,
    );
  }
  const list = format === "manifests" ? undefined : fleetList(format, backup, fleet);
  const text = list?.text ?? backupText(headerFor(namespace), documentsOf(backup, namespaces));
  if (output === undefined) await writeOut(text);
  else writeWhole(output, text);
  for (const note of [...backup.notes, ...(list?.notes ?? [])]) printNote(note);
  if (output !== undefined)
    printNote(`Exported ${list?.lines ?? backup.entries.length} objects to ${output}.`);
}

/** No time stands in it: where nothing changed, a second export is the same file. */
function headerFor(namespace: string | undefined): string {
  const what = namespace === undefined ? "the cluster" : `namespace ${namespace}`;
  return `# The pools, claims and Subnets of ${what}, written by \`plexaubnet export\`.
# Restore them with \`plexaubnet restore FILE\`, which validates them first, or with \`kubectl apply -f FILE\` if the CRDs are installed.
# The labels plexaubnet.io/block, block-owner and block-life say which block a claim has, and gets again: leave them as they are.
# What has no block yet comes last in each namespace, and has to be applied after the rest.
`;
}

/** Each Namespace stands before what is in it. */
export function documentsOf(
  { entries }: Backup,
  namespaces: ReadonlyMap<string, AnyObject>,
): (AnyObject | KubeObject)[] {
  const documents: (AnyObject | KubeObject)[] = [];
  let last: string | undefined;
  for (const { manifest } of entries) {
    const { namespace } = manifest.metadata;
    const object = namespace === last ? undefined : namespaces.get(namespace);
    if (object !== undefined) documents.push(object);
    last = namespace;
    documents.push(manifest);
  }
  return documents;
}

/** Every cluster has them. */
const ALWAYS_THERE: ReadonlySet<string> = new Set([
  "default",
  "kube-system",
  "kube-public",
  "kube-node-lease",
]);

/**
 * With labels and annotations as they are: `kubectl apply` takes off what an earlier apply had set and this one lacks.
 */
async function namespacesOf(client: KubeClient, { entries }: Backup): Promise<Map<string, AnyObject>> {
  const names = new Set(entries.map(({ manifest }) => manifest.metadata.namespace));
  const found = new Map<string, AnyObject>();
  for (const name of names) {
    if (!ALWAYS_THERE.has(name)) found.set(name, bareNamespace(name, await namespaceOf(client, name)));
  }
  return found;
}

/** A user who may read the objects of a namespace may not be allowed to read the Namespace. */
async function namespaceOf(client: KubeClient, name: string): Promise<KubeObject | undefined> {
  try {
    return await client.get(NAMESPACES, { name });
  } catch (error) {
    if (error instanceof ApiError && (error.code === 403 || error.code === 404)) return undefined;
    throw error;
  }
}

/** All of it, also where the other end of a pipe is slow. */
export function writeOut(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The reader may have closed the pipe (`| head`).
    process.stdout.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EPIPE" ? resolve() : reject(error),
    );
    process.stdout.write(text, () => resolve());
  });
}

/** All or nothing: the backup of the last time is worth more than half of this one. */
function writeWhole(file: string, text: string): void {
  const unfinished = `${file}.unfinished`;
  try {
    writeFileSync(unfinished, text);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`${file} cannot be written (${code ?? message}): specify another file.`, {
      cause: error,
    });
  }
}
