/** What the command line asks for. */
import type { Row } from "./row.ts";

export interface Flags {
  /** Beginnings of ids, or kinds. Empty: all. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly huge: boolean;
  readonly list: boolean;
  /** Instead of 20 s, for a quick look at a server that is stuck often. */
  readonly cutOffMs?: number;
}

const USAGE = "--only ID…, --quick, --huge, --list, --cut-off SECONDS or --json";

/** @throws Error that names the flag that there is not. */
export function readFlags(args: readonly string[]): Flags {
  const values = new Map<string, string[]>();
  let flag = "";
  for (const arg of args) {
    if (arg.startsWith("--")) {
      if (!["--only", "--quick", "--huge", "--list", "--cut-off", "--json"].includes(arg)) {
        throw new Error(`hostile has no flag ${arg}: ${USAGE}`);
      }
      flag = arg;
      values.set(flag, values.get(flag) ?? []);
    } else if (flag === "--only" || flag === "--cut-off") values.get(flag)?.push(arg);
    else throw new Error(`${arg} belongs to no flag: ${USAGE}`);
  }
  const only = values.get("--only") ?? [];
  if (values.has("--only") && only.length === 0)
    throw new Error("--only needs an id, or several: see --list");
  const cutOffMs = cutOff(values.get("--cut-off"));
  const [quick, huge, list] = ["--quick", "--huge", "--list"].map((each) => values.has(each)) as [
    boolean,
    boolean,
    boolean,
  ];
  return { only, quick, huge, list, ...(cutOffMs !== undefined && { cutOffMs }) };
}

function cutOff(values: readonly string[] | undefined): number | undefined {
  if (values === undefined) return undefined;
  const seconds = Number(values[0]);
  if (values.length === 1 && seconds > 0) return seconds * 1000;
  throw new Error(`--cut-off needs a number of seconds, not "${values.join(" ")}"`);
}

/** A row that is named is played, whatever it takes. */
export function chooseRows(rows: readonly Row[], { only, quick, huge }: Flags): readonly Row[] {
  const isNamed = ({ id, kind }: Row) => only.some((name) => id.startsWith(name) || kind === name);
  if (only.length > 0) return rows.filter(isNamed);
  return rows.filter((row) => (huge || row.isHuge !== true) && !(quick && row.takesMinutes === true));
}
