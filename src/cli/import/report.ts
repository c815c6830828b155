/** What is said of a source: what would come in, how it was read, what has another name here. */

import type { SubnetPool } from "../../api/index.ts";
import type { ColumnChoice, Fault, PlannedKind, Renamed } from "../../exchange/index.ts";
import { counted, defined } from "../../kernel/index.ts";
import { backupOf } from "../backup/backup-of.ts";
import { backupText } from "../backup/backup-text.ts";
import { documentsOf, writeOut } from "../export/export-fleet.ts";
import { print } from "../output.ts";
import { type Line, styled, table } from "../screen/text.ts";
import type { Checked } from "./planned-backup.ts";

export interface Report {
  readonly source: string;
  readonly format: string;
  readonly rows: number;
  readonly columns: readonly ColumnChoice[];
  readonly notes: readonly string[];
  readonly vrfs: readonly { readonly vrf: string; readonly namespace: string }[];
  readonly renamed: readonly Renamed[];
  /** That are to be created. */
  readonly objects: readonly PlannedKind[];
  /** That the cluster has already. */
  readonly there: number;
  /** Rows that come in when a faulty row around them does. */
  readonly waiting: number;
  readonly faults: readonly Fault[];
}

export function printReport(report: Report, format: "table" | "json"): void {
  print(format, { lines: () => linesOf(report), data: () => dataOf(report) });
}

/** As `export` writes them. */
export function printManifests({ backup }: Checked, source: string): Promise<void> {
  const { entries, notes } = backupOf(backup.fleet);
  const header = `# Made of ${source.replaceAll(/\s/g, " ")} by \`plexaubnet import\`.
# \`plexaubnet restore FILE\` or \`kubectl apply -f FILE\` brings it in.
`;
  return writeOut(backupText(header, documentsOf({ entries, notes }, backup.namespaces)));
}

function countsOf({ objects }: Report): Readonly<Record<string, number>> {
  const count = (kind: string) => objects.filter((object) => object.kind === kind).length;
  return {
    pools: count("SubnetPool"),
    poolClaims: count("SubnetPoolClaim"),
    claims: count("SubnetClaim"),
    subnets: count("Subnet"),
  };
}

function dataOf(report: Report): unknown {
  const { source, format, rows, columns, notes, vrfs, renamed, there, waiting, faults } = report;
  return {
    source,
    format,
    rows,
    columns,
    notes,
    vrfs,
    renamed,
    creates: countsOf(report),
    there,
    waiting,
    faults: faults.map(({ kind, origin, message, cure }) => ({
      kind,
      file: origin.file,
      ...defined({ line: origin.line }),
      message,
      cure,
    })),
  };
}

/** More of a kind than that are in `-o json`. */
const MOST_SHOWN = 12;

function linesOf(report: Report): Line[] {
  const { source, format, rows, notes, faults, there, waiting } = report;
  return [
    [styled(source, "bold"), `: ${format}, ${counted(rows, "row")}`],
    ...notes.map((note): Line => [`  ${note}`]),
    ...columnLines(report),
    ...spaceLines(report),
    ...renamedLines(report),
    [],
    ...poolLines(report),
    [`Would be created: ${countText(report)}.`],
    ...(there === 0 ? [] : [[`${counted(there, "object")} existed already.`]]),
    ...(waiting === 0 ? [] : [[`${waiting} rows wait for the row around them, which has a fault.`]]),
    [faults.length === 0 ? styled("No row has a fault.", "good") : styled(faultCounts(report), "bad")],
    ["Nothing was written: --apply does it, -o manifests prints it."],
  ];
}

function countText(report: Report): string {
  const { pools = 0, poolClaims = 0, claims = 0, subnets = 0 } = countsOf(report);
  const parts = [counted(pools, "pool"), counted(claims, "claim"), counted(subnets, "Subnet")];
  return [...parts, ...(poolClaims === 0 ? [] : [counted(poolClaims, "pool claim")])].join(", ");
}

function faultCounts({ faults }: Report): string {
  const kinds = [...Map.groupBy(faults, ({ kind }) => kind)].map(
    ([kind, those]) => `${those.length} ${kind}`,
  );
  const many = faults.length === 1 ? "1 row has a fault" : `${faults.length} rows have faults`;
  return `${many}: ${kinds.join(", ")}.`;
}

function columnLines({ columns }: Report): Line[] {
  const read = columns.filter(({ field }) => field !== undefined);
  if (read.length === 0) return [];
  const unread = columns
    .filter(({ field }) => field === undefined)
    .map(({ heading }) => heading || "(no heading)");
  return [
    ["  columns: ", read.map(({ field, heading }) => `${field} ← ${heading}`).join(", ")],
    ...(unread.length === 0 ? [] : [[`  not read: ${unread.join(", ")} (--column field=heading reads one)`]]),
  ];
}

function spaceLines({ vrfs }: Report): Line[] {
  return shortened(vrfs.map(({ vrf, namespace }): Line => [`  VRF ${vrf} becomes namespace ${namespace}`]));
}

function renamedLines({ renamed }: Report): Line[] {
  const others = renamed.filter(({ what }) => what !== "VRF");
  return shortened(others.map(({ what, words, name }): Line => [`  ${what} "${words}" is called ${name}`]));
}

function poolLines({ objects }: Report): Line[] {
  const pools = objects.filter((object): object is SubnetPool => object.kind === "SubnetPool");
  if (pools.length === 0) return [];
  const counts = Map.groupBy(objects, (object) =>
    "poolRef" in object.spec ? `${object.metadata.namespace}/${object.spec.poolRef}` : "",
  );
  const rows = pools
    .slice(0, MOST_SHOWN)
    .map(({ metadata, spec }): Line[] => [
      [metadata.namespace ?? ""],
      [metadata.name],
      [spec.cidr],
      [spec.parentRef?.name ?? ""],
      [String(counts.get(`${metadata.namespace}/${metadata.name}`)?.length ?? 0)],
    ]);
  const columns = ["NAMESPACE", "POOL", "CIDR", "PARENT", "BLOCKS"].map((title) => ({ title }));
  const more = pools.length - rows.length;
  return [...table(columns, rows), ...(more > 0 ? [[`… and ${more} more pools`]] : []), []];
}

function shortened(lines: readonly Line[]): Line[] {
  const more = lines.length - MOST_SHOWN;
  return more <= 0 ? [...lines] : [...lines.slice(0, MOST_SHOWN), [`  … and ${more} more: -o json has all`]];
}
