/** What the command line asks for. */
import type { Row } from "./row.ts";

export interface Flags {
  /** Beginnings of ids, or kinds. Empty: all. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly huge: boolean;
  readonly list: boolean;
}

/** @throws Error that names the flag that there is not. */
export function readFlags(args: readonly string[]): Flags {
  const only: string[] = [];
  const set = new Set<string>();
  let takesIds = false;
  for (const arg of args) {
    if (!arg.startsWith("--")) {
      if (!takesIds) throw new Error(`${arg} stands alone: name rows with --only ID…`);
      only.push(arg);
      continue;
    }
    if (!["--only", "--quick", "--huge", "--list", "--json"].includes(arg)) {
      throw new Error(`hostile has no flag ${arg}: --only ID…, --quick, --huge, --list or --json`);
    }
    takesIds = arg === "--only";
    set.add(arg);
  }
  if (set.has("--only") && only.length === 0) throw new Error("--only needs an id, or several: see --list");
  return { only, quick: set.has("--quick"), huge: set.has("--huge"), list: set.has("--list") };
}

/** A row that is named is played, whatever it takes. */
export function chooseRows(rows: readonly Row[], { only, quick, huge }: Flags): readonly Row[] {
  const isNamed = ({ id, kind }: Row) => only.some((name) => id.startsWith(name) || kind === name);
  if (only.length > 0) return rows.filter(isNamed);
  return rows.filter((row) => (huge || row.isHuge !== true) && !(quick && row.takesMinutes === true));
}
