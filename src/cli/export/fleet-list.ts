/** A fleet as a list of pools, blocks and free space. Pure. */
import type { Subnet, SubnetPool } from "../../api/index.ts";
import {
  type InventoryFormat,
  type InventoryObject,
  inventoryOf,
  inventoryText,
  isInNetbox,
  type PlannedKind,
} from "../../exchange/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import type { Backup, BackupEntry } from "../backup/backup-of.ts";
import { isBacking } from "../backup/fleet-lookup.ts";

export interface FleetList {
  readonly text: string;
  /** Free ones are not counted. */
  readonly lines: number;
  readonly notes: readonly string[];
}

export function fleetList(format: InventoryFormat, { entries }: Backup, fleet: FleetObjects): FleetList {
  const claims = new Set(
    entries.filter(({ manifest }) => manifest.kind === "SubnetClaim").map(({ manifest }) => keyOf(manifest)),
  );
  const shown = entries.filter(({ source }) => !isMade(source as PlannedKind, claims));
  const list = inventoryOf({ objects: shown.map(inventoryObject), hidden: fleet.subnets });
  const blocks = list.filter(({ kind }) => kind !== "free");
  const inNetbox = blocks.filter(isInNetbox).length;
  const left = format === "netbox" ? blocks.length - inNetbox : 0;
  return {
    text: inventoryText(format, list),
    lines: blocks.length - left,
    notes:
      left === 0
        ? []
        : [`NetBox has no word for ${left} claims without a block and pool claims: they are left out.`],
  };
}

function keyOf({ metadata }: PlannedKind | BackupEntry["manifest"], name = metadata.name): string {
  return `${metadata.namespace ?? ""}/${name}`;
}

/** The Subnet of a claim, or of a child pool: it comes back with that. */
function isMade(source: PlannedKind, claims: ReadonlySet<string>): boolean {
  if (source.kind !== "Subnet") return false;
  const subnet = source as Subnet;
  const name = subnet.spec.claimRef?.name;
  return isBacking(subnet) || (name !== undefined && name !== "" && claims.has(keyOf(subnet, name)));
}

function inventoryObject({ manifest, source, block }: BackupEntry): InventoryObject {
  return {
    manifest: manifest as PlannedKind,
    block: block ?? rangeOf(manifest as PlannedKind),
    status: statusOf(source as PlannedKind),
  };
}

function rangeOf(manifest: PlannedKind) {
  if (manifest.kind !== "SubnetPool") return undefined;
  const parsed = parsePrefix((manifest as SubnetPool).spec.cidr);
  return parsed.ok ? parsed.value : undefined;
}

/** A phase; of a pool whether blocks can be claimed of it. */
function statusOf(source: PlannedKind): string {
  if (source.kind !== "SubnetPool") return (source as Subnet).status?.phase ?? "Pending";
  const ready = (source as SubnetPool).status?.conditions?.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True" ? "Ready" : ready.reason;
}
