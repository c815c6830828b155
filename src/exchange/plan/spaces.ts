/** Which address space each row is of. A VRF is one of its own, and here an address space is a namespace. */
import { err, ok, type Result } from "../../kernel/index.ts";
import { namesFor } from "../names.ts";
import type { Row } from "../row.ts";

export interface SpaceOptions {
  /** For rows without a VRF, and for those of the VRF that was chosen. */
  readonly namespace: string;
  /** Whether the user named it. */
  readonly isNamespaceGiven: boolean;
  /** Rows of this VRF alone; `global` for those of none. */
  readonly vrf?: string | undefined;
}

export interface Spaces {
  readonly rows: readonly Row[];
  namespaceOf(row: Row): string;
  /** VRF → namespace, by name. */
  readonly vrfs: ReadonlyMap<string, string>;
}

const GLOBAL = "global";

/** @returns a sentence without a full stop, when no row is of the VRF that was chosen */
export function spacesOf(all: readonly Row[], options: SpaceOptions): Result<Spaces, string> {
  const { vrf, namespace, isNamespaceGiven } = options;
  const names = [...new Set(all.flatMap((row) => (row.own === undefined ? (row.vrf ?? []) : [])))].sort();
  const rows = vrf === undefined ? all : all.filter((row) => isOf(row, vrf));
  if (rows.length === 0 && vrf !== undefined && all.length > 0) {
    const known = names.length === 0 ? "it has no VRF" : `it has ${names.slice(0, 20).join(", ")}`;
    return err(`no row is of VRF ${vrf}: ${known}; \`--vrf ${GLOBAL}\` takes the rows of none`);
  }
  const isOne = vrf !== undefined && isNamespaceGiven;
  const vrfs = isOne
    ? new Map(names.map((name) => [name, namespace]))
    : namesFor(names, true, new Set([namespace]));
  const used = new Set(rows.flatMap((row) => row.vrf ?? []));
  // An export of one namespace goes into whichever is named.
  const own = new Set(rows.flatMap((row) => row.own?.namespace ?? []));
  const moves = isNamespaceGiven && own.size <= 1;
  return ok({
    rows,
    namespaceOf: (row) =>
      (moves ? undefined : row.own?.namespace) ??
      (row.vrf === undefined || row.own !== undefined ? namespace : (vrfs.get(row.vrf) ?? namespace)),
    vrfs: new Map([...vrfs].filter(([name]) => used.has(name))),
  });
}

function isOf(row: Row, vrf: string): boolean {
  return vrf === GLOBAL ? row.vrf === undefined || row.vrf === GLOBAL : row.vrf === vrf;
}
