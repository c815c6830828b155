/**
 * What may be configured, with the defaults: look only, the cluster is right about pools, and little may be deleted.
 */
import { err, ok, type Result } from "../../kernel/index.ts";
import { parsePoolRange } from "../ledger/index.ts";

const LONGEST_NAME = 253;

/** `observe` changes no pool and accepts no usage; each further mode allows one more kind of change. */
export type SyncMode = "observe" | "create-only" | "upsert" | "sync";
export type Truth = "cluster" | "ledger";

export const SYNC_MODES: readonly SyncMode[] = ["observe", "create-only", "upsert", "sync"];

export interface SyncSettings {
  /** The name under which the ledger knows this cluster. */
  readonly cluster: string;
  readonly mode: SyncMode;
  /** Which side is right. `pools` decides whether a pool exists, and its ranges. */
  readonly truth: { readonly pools: Truth; readonly autoAssign: Truth; readonly avoidBuggyIPs: Truth };
  readonly guards: {
    /** Most deletions a round, of pools on each side and of usage records. */
    readonly maxDeletions: number;
    /** Of pools also at most so many of a hundred, one always; of records so many of a hundred, if that is more. */
    readonly maxDeletionPercent: number;
    /** A read that returns less than this percentage of the other side is rejected. 0: accept any read. */
    readonly shortReadPercent: number;
  };
  readonly usage: {
    /** Comparisons in a row that do not see a record before it counts as missing, … */
    readonly missingAfterRounds: number;
    /** … and seconds since the first of them. */
    readonly missingAfterSeconds: number;
  };
  readonly metallb: {
    /** Where MetalLB's IPAddressPools are; those of other namespaces are none to it. */
    readonly namespace: string;
    /** What MetalLB was started with as `--lb-class`; empty: it takes care of Services without a class. */
    readonly loadBalancerClass: string;
  };
  /** What is left out of the comparison. */
  readonly ignore: {
    /** Of Services. */
    readonly namespaces: readonly string[];
    /** `NAMESPACE/NAME`. */
    readonly services: readonly string[];
    /** IPAddressPools by name. */
    readonly pools: readonly string[];
    /** Addresses of Services: CIDRs or `a-b`. */
    readonly ranges: readonly string[];
  };
  /** Guards that a person has confirmed for this run; in no file. */
  readonly confirmed?: readonly string[];
  /** Seconds between full comparisons when nothing happens. */
  readonly intervalSeconds: number;
  /** An incident without drift is resolved after so many seconds. */
  readonly quietSeconds: number;
}

export const DEFAULT_SETTINGS: SyncSettings = {
  cluster: "default",
  mode: "observe",
  truth: { pools: "cluster", autoAssign: "cluster", avoidBuggyIPs: "cluster" },
  guards: { maxDeletions: 5, maxDeletionPercent: 20, shortReadPercent: 50 },
  usage: { missingAfterRounds: 3, missingAfterSeconds: 300 },
  metallb: { namespace: "metallb-system", loadBalancerClass: "" },
  ignore: { namespaces: [], services: [], pools: [], ranges: [] },
  intervalSeconds: 60,
  quietSeconds: 600,
};

/** Settings as a file has them: what is absent is the default. The failure lists all that is wrong. */
export function readSettings(value: unknown): Result<SyncSettings, readonly string[]> {
  const faults: string[] = [];
  const settings = overlay(DEFAULT_SETTINGS, value, "", faults) as SyncSettings;
  if (!SYNC_MODES.includes(settings.mode)) faults.push(`mode must be one of ${SYNC_MODES.join(", ")}.`);
  for (const [field, truth] of Object.entries(settings.truth)) {
    if (truth !== "cluster" && truth !== "ledger") faults.push(`truth.${field} must be cluster or ledger.`);
  }
  faults.push(...nameFaults(settings));
  return faults.length === 0 ? ok(settings) : err(faults);
}

function nameFaults({ cluster, metallb, ignore }: SyncSettings): string[] {
  const faults: string[] = [];
  if (cluster === "") faults.push("cluster must not be empty.");
  if (cluster !== cluster.trim()) {
    faults.push(`cluster is ${JSON.stringify(cluster)}; it must not begin or end with a blank.`);
  }
  if (cluster.length > LONGEST_NAME)
    faults.push(`cluster has ${cluster.length} characters, and at most ${LONGEST_NAME} are kept.`);
  if (metallb.namespace === "")
    faults.push("metallb.namespace must not be empty; MetalLB's own is metallb-system.");
  for (const text of ignore.ranges) {
    if (!parsePoolRange(text).ok)
      faults.push(`ignore.ranges has ${JSON.stringify(text)}, which is no CIDR and no a-b.`);
  }
  for (const name of ignore.services) {
    if (!/^[^/]+\/[^/]+$/.test(name))
      faults.push(`ignore.services has ${JSON.stringify(name)}; it must be NAMESPACE/NAME.`);
  }
  return faults;
}

/** Takes from `value` what has the shape of `base`, and reports what has not. */
function overlay(base: unknown, value: unknown, path: string, faults: string[]): unknown {
  if (value === undefined) return base;
  if (Array.isArray(base)) {
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    faults.push(`${path.slice(0, -1)} must be a list of texts.`);
    return base;
  }
  if (typeof base === "object" && base !== null) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      faults.push(`${path || "the configuration"} must be an object.`);
      return base;
    }
    const known = base as Readonly<Record<string, unknown>>;
    const given = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(given)) {
      if (!(name in known))
        faults.push(`${path}${name} is not known; those known are ${Object.keys(known).join(", ")}.`);
    }
    return Object.fromEntries(
      Object.entries(known).map(([name, preset]) => [
        name,
        overlay(preset, given[name], `${path}${name}.`, faults),
      ]),
    );
  }
  const good =
    typeof base === "number" ? Number.isFinite(value) && Number(value) >= 0 : typeof value === typeof base;
  if (good) return value;
  faults.push(
    `${path.slice(0, -1)} must be ${typeof base === "number" ? "a number of at least 0" : "text"}.`,
  );
  return base;
}
