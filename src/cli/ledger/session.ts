/**
 * What the commands about load balancers work with: the cluster, the ledger, and the settings of the comparison, from
 * options, environment and a file.
 */
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { IncidentKeeper } from "../../balancers/incidents/index.ts";
import {
  type Ledger,
  LedgerError,
  type LedgerTarget,
  openLedger,
  type PoolMapping,
  parseConnectionString,
  readMapping,
} from "../../balancers/ledger/index.ts";
import {
  clusterFault,
  identifiedLedger,
  type RoundContext,
  readSettings,
  type SyncMode,
  type SyncSettings,
} from "../../balancers/sync/index.ts";
import { ApiError } from "../../client/index.ts";
import { defined } from "../../kernel/index.ts";
import { type ClusterAccess, withCluster } from "../cluster-access.ts";
import type { ConnectionOptions } from "../command-options.ts";
import { CommandFailure, systemErrorCode } from "../failure.ts";
import { spareMemory } from "./spared-memory.ts";

export interface LedgerOptions extends ConnectionOptions {
  readonly ledger?: string;
  readonly config?: string;
  readonly cluster?: string;
  readonly mode?: SyncMode;
  /** The mode where neither an option nor the settings say one. */
  readonly presetMode?: SyncMode;
  /** Guards that are confirmed for this run. */
  readonly confirm?: readonly string[];
  /** The caller changes which cluster has this name. */
  readonly rebind?: boolean;
}

export interface Session {
  readonly ledger: Ledger;
  readonly settings: SyncSettings;
  readonly context: RoundContext;
  readonly keeper: IncidentKeeper;
  readonly access: ClusterAccess;
}

export interface LedgerConfig {
  readonly target: LedgerTarget;
  readonly mapping: PoolMapping | undefined;
  readonly settings: SyncSettings;
}

export const LEDGER_FILE = "ledger.db";

/** The ledger that is taken when none is named: that of `plexaubnet up` in this folder. */
export const LOCAL_LEDGER = join(".plexaubnet", LEDGER_FILE);

/** @throws CommandFailure for all that its user can cure. */
export async function withLedger<T>(
  options: LedgerOptions,
  use: (ledger: Ledger, config: LedgerConfig) => Promise<T>,
): Promise<T> {
  const config = configFor(options);
  spareMemory();
  const { systemKernel } = await import("../../kernel/index.ts");
  let ledger: Ledger | undefined;
  try {
    const { target, mapping } = config;
    ledger = await openLedger({ target, kernel: systemKernel, ...defined({ mapping }) });
    return await use(ledger, config);
  } catch (error) {
    if (error instanceof LedgerError) throw new CommandFailure(error.message, { cause: error });
    throw error;
  } finally {
    await ledger?.close();
  }
}

/** @throws CommandFailure for all that its user can cure. */
export function withSession<T>(options: LedgerOptions, use: (session: Session) => Promise<T>): Promise<T> {
  return withLedger(options, (opened, { settings }) =>
    withCluster(options, async (access) => {
      const actor = actorHere();
      const { client, kernel } = access;
      const { cluster } = settings;
      const fault = options.rebind === true ? undefined : await clusterFault(opened, client, cluster);
      if (fault !== undefined) throw new CommandFailure(fault);
      const ledger = options.rebind === true ? opened : identifiedLedger(opened, client, cluster);
      const context: RoundContext = { client, kernel, ledger, settings, actor };
      const keeper = new IncidentKeeper({ ledger, kernel, settings, actor });
      try {
        return await use({ ledger, settings, context, keeper, access });
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 404) throw error;
        const sentence = `${access.server} does not serve metallb.io/v1beta1: install MetalLB, or apply examples/load-balancers/00-metallb-kinds.yaml.`;
        throw new CommandFailure(sentence, { cause: error });
      }
    }),
  );
}

/** The user in the audit log: USER may be missing in the environment, and the user in a container. */
export function actorHere(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return `cli:${env.USER || accountName()}`;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}

export function configFor(options: LedgerOptions): LedgerConfig {
  const { ledger: inFile, mapping, ...rest } = readConfigFile(options.config);
  const given = {
    ...defined({ mode: options.presetMode }),
    ...rest,
    ...defined({ cluster: options.cluster, mode: options.mode }),
  };
  const settings = readSettings(given);
  if (!settings.ok) throw listOf(`${options.config ?? "the settings"} cannot be used`, settings.error);
  const read = mapping === undefined ? undefined : readMapping(mapping);
  if (read !== undefined && !read.ok) throw listOf(`${options.config} cannot be used`, read.error);
  const address = options.ledger ?? process.env.PLEXAUBNET_LEDGER ?? inFile ?? localLedger();
  if (typeof address !== "string") throw new CommandFailure("ledger in the configuration must be text.");
  const target = parseConnectionString(address);
  if (!target.ok) throw new CommandFailure(target.error);
  return { target: target.value, mapping: read?.value, settings: confirmed(settings.value, options.confirm) };
}

/** The guards that a person overrides, for this run only. */
function confirmed(settings: SyncSettings, confirm: readonly string[] = []): SyncSettings {
  return {
    ...settings,
    ...defined({
      confirmed: confirm.length > 0 ? confirm : undefined,
      guards: confirm.includes("short-read") ? { ...settings.guards, shortReadPercent: 0 } : undefined,
      usage: confirm.includes("not-confirmed")
        ? { missingAfterRounds: 1, missingAfterSeconds: 0 }
        : undefined,
    }),
  };
}

function listOf(what: string, faults: readonly string[]): CommandFailure {
  return new CommandFailure(
    faults.length === 1
      ? `${what}: ${faults[0]}`
      : `${what}:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
  );
}

function readConfigFile(file: string | undefined): Readonly<Record<string, unknown>> {
  if (file === undefined) return {};
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    if (typeof content === "object" && content !== null && !Array.isArray(content)) return { ...content };
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT")
      throw new CommandFailure(`there is no file ${file}: specify a file with settings in --config.`, {
        cause: error,
      });
    if (systemErrorCode(error) === "EISDIR")
      throw new CommandFailure(`${file} is a folder: specify a file with settings in --config.`, {
        cause: error,
      });
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new CommandFailure(`${file} cannot be read as YAML: ${line}.`, { cause: error });
  }
  throw new CommandFailure(`${file} must contain an object with settings.`);
}

function localLedger(): string {
  if (existsSync(LOCAL_LEDGER)) return `sqlite:${LOCAL_LEDGER}`;
  throw new CommandFailure(
    `there is no ${LOCAL_LEDGER}: set a ledger with --ledger or PLEXAUBNET_LEDGER, or start \`plexaubnet up\` in this folder.`,
  );
}
