/**
 * `plexaubnet lb resolve …`: what a person decides, where no plan can: which of two pools has an address, which row of a
 * pool stays, that a difference is to be left as it is, that a record is over, and that a cluster has taken another's place.
 */
import {
  acceptedValue,
  curesFor,
  DECIDABLE,
  type DriftRow,
  decisionSubject,
  previewPlan,
  readClusterUid,
  type Sides,
  type SyncPlan,
} from "../../balancers/sync/index.ts";
import { CommandFailure } from "../failure.ts";
import { printTable } from "../ledger/print-table.ts";
import { type Session, withSession } from "../ledger/session.ts";
import { exitFor, type LookOptions } from "./look.ts";

export interface ResolveOptions extends LookOptions {
  readonly pool?: string;
  readonly accept?: boolean;
  readonly release?: boolean;
  readonly keep?: string;
  readonly reason: string;
}

export function resolve(subject: string | undefined, options: ResolveOptions): Promise<void> {
  if (subject === "cluster") return rebind(options);
  return withSession({ presetMode: "sync", ...options }, async (session) => {
    const { sides, plan, doubt } = await previewPlan(session.context);
    if (subject === undefined) return list(plan, session, options);
    // What is read now is what the decision is about.
    if (doubt !== undefined && options.release === true) throw new CommandFailure(doubt);
    const done = await decide(subject, sides, plan.drift, session, options);
    process.stdout.write(`${done}\n`);
  });
}

function list(plan: SyncPlan, { settings }: Session, options: ResolveOptions): void {
  const cures = curesFor(plan, settings.metallb.namespace);
  printTable(options.output, {
    header: ["KIND", "SUBJECT", "BECAUSE", "COMMAND"],
    rows: cures.map(({ row, message, command }) => [row.kind, row.subject, message, command]),
    notes: [
      cures.length === 0
        ? "No difference needs a decision; to resolve the remaining ones, run `plexaubnet lb repair`."
        : `${cures.length} ${cures.length === 1 ? "difference needs" : "differences need"} a person.`,
    ],
    data: cures.map(({ row, ...rest }) => ({ ...row, ...rest })),
  });
  exitFor(cures);
}

async function decide(
  subject: string,
  sides: Sides,
  drift: readonly DriftRow[],
  session: Session,
  options: ResolveOptions,
): Promise<string> {
  const { pool, accept, release, keep } = options;
  const given = [pool, accept, release, keep].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new CommandFailure(
      "lb resolve needs one of --pool, --accept, --release and --keep; run `plexaubnet lb resolve` to list which one each difference needs.",
    );
  }
  const rows = drift.filter((row) => row.subject === subject);
  if (pool !== undefined) return choosePool(subject, pool, rows, session, options);
  if (accept === true) return acceptRows(subject, rows, session, options);
  if (keep !== undefined) return keepRow(subject, keep, sides, session, options);
  return releaseUsage(subject, sides, session, options);
}

function unknown(subject: string, what: string): CommandFailure {
  return new CommandFailure(
    `${subject} ${what}; run \`plexaubnet lb resolve\` to list the differences that need a decision.`,
  );
}

async function choosePool(
  subject: string,
  pool: string,
  rows: readonly DriftRow[],
  { ledger, settings, context }: Session,
  { reason }: ResolveOptions,
): Promise<string> {
  const row = rows.find(({ kind }) => kind === "ip-in-two-pools");
  const pools = row?.ledger?.split(", ") ?? [];
  if (row === undefined) throw unknown(subject, "is not in several pools of the ledger");
  if (!pools.includes(pool)) throw unknown(subject, `lies in ${pools.join(" and ")}, not in ${pool}`);
  const { kind } = row;
  const { actor } = context;
  await ledger.write({ actor, reason }, (writer) =>
    writer.decide({ cluster: settings.cluster, kind, subject, choice: pool, actor, reason }),
  );
  return `${subject} belongs to the pool ${pool} from now on; to record it, run \`plexaubnet lb repair\`.`;
}

async function acceptRows(
  subject: string,
  rows: readonly DriftRow[],
  { ledger, settings, context }: Session,
  { reason }: ResolveOptions,
): Promise<string> {
  const open = rows.filter(({ kind }) => DECIDABLE.includes(kind) && kind !== "ip-in-two-pools");
  if (open.length === 0) throw unknown(subject, "has no difference that can be accepted");
  const { actor } = context;
  await ledger.write({ actor, reason }, async (writer) => {
    for (const row of open) {
      await writer.decide({
        cluster: settings.cluster,
        kind: row.kind,
        subject: decisionSubject(row),
        choice: acceptedValue(row),
        actor,
        reason,
      });
    }
  });
  return `${subject} is accepted as long as it is unchanged.`;
}

async function keepRow(
  subject: string,
  key: string,
  sides: Sides,
  { ledger, settings, context }: Session,
  { reason }: ResolveOptions,
): Promise<string> {
  const rows = sides.ledger.pools.filter(({ name }) => `pool/${name}` === subject);
  const kept = rows.find(({ id }) => id === key);
  if (kept === undefined) {
    throw unknown(subject, `has the rows ${rows.map(({ id }) => id).join(", ") || "of none"}, not ${key}`);
  }
  await ledger.write({ actor: context.actor, reason }, (writer) =>
    writer.mergePoolRows(settings.cluster, kept.name, key),
  );
  return `${subject} has only the row ${key} from now on.`;
}

async function releaseUsage(
  subject: string,
  sides: Sides,
  { ledger, context }: Session,
  { reason }: ResolveOptions,
): Promise<string> {
  const seen = new Set(sides.cluster.balancers.map(({ ip, serviceUid }) => `${ip} ${serviceUid}`));
  const usages = sides.ledger.usages.filter(
    ({ namespace, service, ip }) => `service/${namespace}/${service}/${ip}` === subject,
  );
  if (usages.length === 0) throw unknown(subject, "has no record in the ledger");
  const gone = usages.filter(({ ip, serviceUid }) => !seen.has(`${ip} ${serviceUid}`));
  if (gone.length === 0) throw unknown(subject, "is in use in the cluster, and cannot be released");
  await ledger.write({ actor: context.actor, reason }, async (writer) => {
    for (const usage of gone) await writer.changeUsage(usage, { state: "released" });
  });
  return `${subject} is released.`;
}

function rebind(options: ResolveOptions): Promise<void> {
  return withSession({ ...options, rebind: true }, async ({ ledger, settings, context }) => {
    const uid = await readClusterUid(context.client);
    const { reason } = options;
    await ledger.write({ actor: context.actor, reason, cluster: settings.cluster }, (writer) =>
      writer.rebindCluster(settings.cluster, uid),
    );
    process.stdout.write(
      `The cluster ${settings.cluster} is the one whose kube-system has the UID ${uid}.\n`,
    );
  });
}
