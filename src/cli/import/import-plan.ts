/** Reads a source, reports the objects and the faults, and creates the objects with --apply. */

import {
  type AddressPlan,
  describeDecodeFailure,
  type Fault,
  faultText,
  objectsOf,
  type PlannedKind,
  type PlannedObjects,
  planOf,
  type Reading,
  readJson,
  readSource,
  UnreadableSource,
} from "../../exchange/index.ts";
import { oneLine } from "../../kernel/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { type ClusterAccess, localKubeconfig, withCluster } from "../cluster-access.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { print } from "../output.ts";
import { printNote } from "../print-note.ts";
import { carryOut, planBeside, scopeFor } from "../restore/restore-fleet.ts";
import { beginStage, type Stage } from "../restore/stages.ts";
import { existingPools, splitByCluster, takenNames } from "./beside-cluster.ts";
import { differencesBetween, differenceTable } from "./differences.ts";
import type { ImportOptions } from "./import-options.ts";
import { netboxToken, readNetboxApi } from "./netbox-api.ts";
import { type Checked, checkedObjects, importWords } from "./planned-backup.ts";
import { readBytes } from "./read-bytes.ts";
import { printManifests, printReport, type Report } from "./report.ts";

const MS = 1000;
const NOTHING_LIVE: FleetObjects = { pools: [], poolClaims: [], claims: [], subnets: [] };
const DEFAULT_NAMESPACE = "default";

/**
 * Sets the exit code to 1 when something is wrong with a row, or not all of it came in.
 *
 * @throws CommandFailure when nothing can be read, or when something is wrong and `--skip-faulty` was not
 * given: then nothing was written.
 */
export async function importPlan(source: string | undefined, options: ImportOptions): Promise<void> {
  if (options.apply && options.output !== "table")
    throw new CommandFailure(`--apply prints its progress: remove -o ${options.output}, or --apply.`, {
      exitCode: USAGE_EXIT_CODE,
    });
  if (options.compare && options.output === "manifests")
    throw new CommandFailure("--compare prints differences: remove -o manifests, or --compare.", {
      exitCode: USAGE_EXIT_CODE,
    });
  const { name, reading } = await readFrom(source, options);
  if (options.compare) {
    await compare(name, reading, options);
    return;
  }
  if (options.apply) {
    await withCluster(options, async (access) => {
      const live = await readLive(access, reading, options);
      const { report, checked } = look(name, reading, options, access.namespace, live);
      refuseFaults(report, options);
      await apply(checked, report, access, options);
    });
    return;
  }
  const { namespace, live, note } = await lookAtCluster(reading, options);
  const { report, checked } = look(name, reading, options, namespace, live ?? NOTHING_LIVE);
  if (options.output !== "manifests")
    printReport({ ...report, notes: [...report.notes, ...note] }, options.output);
  else {
    refuseFaults(report, options);
    await printManifests(checked, name);
  }
  if (options.output === "table") tellFaults(report.faults);
  if (report.faults.length > 0) process.exitCode = 1;
}

/** Sets the exit code to 1 when there is a difference, or a fault. */
async function compare(name: string, reading: Reading, options: ImportOptions): Promise<void> {
  const { namespace, live } = await withCluster(options, async (access) => ({
    namespace: access.namespace,
    live: await readLive(access, reading, options),
  }));
  const { report, planned } = look(name, reading, options, namespace, live);
  const differences = differencesBetween(planned, live);
  if (options.output === "json")
    print("json", { lines: () => [], data: () => ({ source: name, differences }) });
  else print("table", { lines: () => differenceTable(differences, planned.length), data: () => differences });
  tellFaults(report.faults);
  if (differences.length + report.faults.length > 0) process.exitCode = 1;
}

// ── reading ────────────────────────────────────────────────────────────────────────────────────────────────

interface Source {
  /** Of the file, or the host. */
  readonly name: string;
  readonly reading: Reading;
}

async function readFrom(source: string | undefined, options: ImportOptions): Promise<Source> {
  const { url } = options;
  if ((source === undefined) === (url === undefined))
    throw new CommandFailure("name a file, - for stdin, or a NetBox with --url: one of them.", {
      exitCode: USAGE_EXIT_CODE,
    });
  try {
    return source === undefined ? await readOverNetwork(url ?? "", options) : readFile(source, options);
  } catch (error) {
    if (error instanceof UnreadableSource) throw new CommandFailure(oneLine(error.message), { cause: error });
    throw error;
  }
}

function readFile(source: string, { format, column, delimiter }: ImportOptions): Source {
  const name = source === "-" ? "stdin" : source;
  const overrides = column === undefined ? {} : { columns: column };
  const read = readSource(readBytes(source), name, { format, delimiter, ...overrides });
  if (!read.ok) throw new CommandFailure(describeDecodeFailure(read.error, name));
  return { name, reading: read.value };
}

async function readOverNetwork(url: string, { tokenFile }: ImportOptions): Promise<Source> {
  const token = netboxToken(tokenFile, process.env);
  let stage: Stage | undefined;
  const json = await readNetboxApi({
    url,
    token,
    onPage: (kind, done, count) => {
      if (count > 0) stage ??= beginStage(`reading ${kind}:`, count);
      stage?.reached(done);
      if (done < count) return;
      stage?.end();
      stage = undefined;
    },
  });
  return { name: json.file, reading: readJson(json, "netbox") };
}

/**
 * A dry run needs no cluster, and reports when there was none to compare with. Manifests depend on the source
 * alone.
 */
async function lookAtCluster(
  reading: Reading,
  options: ImportOptions,
): Promise<{ namespace: string; live?: FleetObjects; note: readonly string[] }> {
  const namespace = options.namespace ?? DEFAULT_NAMESPACE;
  if (options.output === "manifests") return { namespace, note: [] };
  if (options.kubeconfig === undefined && !isClusterNamed())
    return { namespace, note: ["It was compared with no cluster, since there is none to be found."] };
  try {
    return await withCluster(options, async (access) => ({
      namespace: access.namespace,
      live: await readLive(access, reading, options),
      note: [`It was compared with ${access.server}.`],
    }));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { namespace, note: [`It was compared with no cluster: ${error.message}`] };
  }
}

/** A user who may read the namespaces of the plan may be forbidden to read others. */
function readLive(
  { client, namespace }: ClusterAccess,
  { rows }: Reading,
  options: ImportOptions,
): Promise<FleetObjects> {
  const plan = planOf(rows, planOptions(options, namespace));
  const { pools, blocks, verbatim } = plan.ok ? plan.value : { pools: [], blocks: [], verbatim: [] };
  const used = new Set([namespace, ...[...pools, ...blocks, ...verbatim].map((each) => each.namespace)]);
  return readFleet(client, scopeFor([...used]));
}

function planOptions(options: ImportOptions, namespace: string) {
  const { vrf, within = [], cluster } = options;
  return { namespace, isNamespaceGiven: options.namespace !== undefined, vrf, within, cluster };
}

function isClusterNamed(): boolean {
  try {
    localKubeconfig(process.env);
    return true;
  } catch {
    return false;
  }
}

// ── looking ────────────────────────────────────────────────────────────────────────────────────────────────

interface Looked {
  readonly report: Report;
  readonly checked: Checked;
  /** Everything that the source comes to, also what the cluster has. */
  readonly planned: readonly PlannedKind[];
}

function look(
  name: string,
  reading: Reading,
  options: ImportOptions,
  namespace: string,
  live: FleetObjects,
): Looked {
  const plan = planOf(reading.rows, { ...planOptions(options, namespace), existing: existingPools(live) });
  if (!plan.ok) throw new CommandFailure(`${name}: ${oneLine(plan.error)}.`);
  const planned = objectsOf(plan.value, takenNames(live));
  const { there, missing } = splitByCluster(planned.objects, live);
  const checked = checkedObjects(missing, plan.value.vrfs, live, name);
  const faults = inOrder([...reading.faults, ...plan.value.faults, ...checked.faults]);
  const report = reportOf(name, reading, plan.value, planned, faults, there.length, checked);
  const all = [...planned.objects.map(({ object }) => object), ...existingOf(plan.value, live)];
  return { report, checked, planned: all };
}

/** Pools that a row names and the cluster has: the plan has no object of them. */
function existingOf({ pools }: AddressPlan, live: FleetObjects): PlannedKind[] {
  const named = new Set(
    pools.flatMap(({ row, namespace, existingName }) =>
      row && existingName ? [`${namespace}/${existingName}`] : [],
    ),
  );
  return live.pools.filter(({ metadata }) => named.has(`${metadata.namespace}/${metadata.name}`));
}

function inOrder(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((a, b) => (a.origin.line ?? 0) - (b.origin.line ?? 0));
}

function reportOf(
  name: string,
  reading: Reading,
  plan: AddressPlan,
  { renamed }: PlannedObjects,
  faults: readonly Fault[],
  there: number,
  { sound }: Checked,
): Report {
  return {
    source: name,
    format: reading.format,
    rows: reading.rows.length + reading.faults.length,
    columns: reading.columns ?? [],
    notes: reading.notes,
    vrfs: [...plan.vrfs].map(([vrf, namespace]) => ({ vrf, namespace })),
    renamed,
    objects: sound,
    there,
    waiting: plan.waiting.length,
    faults,
  };
}

function tellFaults(faults: readonly Fault[]): void {
  for (const fault of faults) printNote(oneLine(faultText(fault)));
}

function refuseFaults(report: Report, { skipFaulty }: ImportOptions): void {
  const { faults, source, objects } = report;
  if (faults.length === 0) return;
  tellFaults(faults);
  if (skipFaulty) return;
  const what = faults.length === 1 ? "1 row has a fault" : `${faults.length} rows have faults`;
  throw new CommandFailure(
    `nothing was written: ${what} in ${source}, and ${objects.length} objects are sound; correct the source, or add --skip-faulty to bring in those.`,
  );
}

// ── bringing in ────────────────────────────────────────────────────────────────────────────────────────────

async function apply(
  { backup }: Checked,
  report: Report,
  access: ClusterAccess,
  { timeout }: ImportOptions,
): Promise<void> {
  const { faults, there, source } = report;
  if (report.objects.length === 0 && there + faults.length > 0) {
    printNote(`Nothing is to be done: ${there} objects of ${source} are there already.`);
    if (faults.length > 0) process.exitCode = 1;
    return;
  }
  if (report.objects.length === 0)
    throw new CommandFailure(`${source} has nothing to bring in: name another one.`);
  const live = await readFleet(access.client, scopeFor([...backup.namespaces.keys()]));
  const { plan, faults: late } = planBeside(live, backup, source, importWords(source, there));
  await carryOut(plan, late, access, timeout * MS);
  if (faults.length > 0) process.exitCode = 1;
}
