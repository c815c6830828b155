/** What a fleet is compared with: a backup of it. */
import { type Backup, backupOf } from "../backup/backup-of.ts";
import { type ObjectFault, readBackupFile } from "../backup/read-backup.ts";
import type { ClusterAccess } from "../cluster-access.ts";

export interface Memory {
  readonly file: string;
  readonly backup: Backup;
  /** Objects of the file that cannot be compared with anything. */
  readonly faults: readonly ObjectFault[];
}

/** @throws CommandFailure when the file cannot be read. */
export function readMemory(
  file: string,
  namespace: string | undefined,
  access: Pick<ClusterAccess, "namespace">,
): Memory {
  const { fleet, faults } = readBackupFile(file, { namespace, fallback: access.namespace });
  return { file, backup: backupOf(fleet), faults };
}
