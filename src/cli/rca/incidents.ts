/** The commands about incidents and their analyses. */

import {
  changeIncident,
  closeByHand,
  documentOf,
  type Edition,
  editIncident,
  gather,
  type Incident,
  incidentIn,
  observationOf,
  simulation,
  toHtml,
  toMarkdown,
} from "../../balancers/incidents/index.ts";
import type { Ledger } from "../../balancers/ledger/index.ts";
import { runRound } from "../../balancers/sync/index.ts";
import { oneLine } from "../../kernel/index.ts";
import { CommandFailure } from "../failure.ts";
import { printTable } from "../ledger/print-table.ts";
import { actorHere, type LedgerOptions, withLedger, withSession } from "../ledger/session.ts";
import type { TableFormat } from "../ledger/table-format.ts";
import { jsonText } from "../output.ts";
import { type MaterialOptions, materialOf } from "./incident-material.ts";

export interface ListOptions extends LedgerOptions {
  readonly output: TableFormat;
}

export function listIncidents(options: ListOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings }) => {
    const records = await ledger.incidents(settings.cluster);
    printTable(options.output, {
      header: ["ID", "STATUS", "OPENED", "CLOSED", "TITLE"],
      rows: records.map(({ id, status, openedAt, closedAt, title }) => [
        id,
        status,
        openedAt,
        closedAt ?? "-",
        title,
      ]),
      notes: records.length === 0 ? ["No incident."] : [],
      data: records.map(({ content: _, ...record }) => record),
    });
  });
}

export const DOCUMENT_FORMATS = ["markdown", "json", "html"] as const;

export interface ShowOptions extends LedgerOptions {
  readonly output: (typeof DOCUMENT_FORMATS)[number];
  readonly edition?: Edition;
}

export function showIncident(id: string | undefined, options: ShowOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings }) => {
    const { output, edition = "internal" } = options;
    const document = documentOf(await findIncident(ledger, settings.cluster, id));
    if (output === "json" && edition === "customer") {
      throw new CommandFailure("the customer edition is a document: use -o markdown or -o html.");
    }
    const texts = {
      markdown: () => toMarkdown(document, edition),
      json: () => jsonText(document),
      html: () => toHtml(document, edition),
    };
    process.stdout.write(texts[output]());
  });
}

/** The one of this ID; without one the open incident, or the last. */
export async function findIncident(
  ledger: Ledger,
  cluster: string,
  id: string | undefined,
): Promise<Incident> {
  const record =
    id === undefined
      ? ((await ledger.openIncidents(cluster)).at(-1) ?? (await ledger.incidents(cluster, 1))[0])
      : await ledger.incident(id);
  const incident = record?.cluster === cluster ? incidentIn(record) : undefined;
  if (incident !== undefined) return incident;
  throw new CommandFailure(
    id === undefined
      ? `the cluster ${cluster} has no incident; create one for the current differences with \`plexaubnet rca new\`.`
      : `the cluster ${cluster} has no incident ${id}; list its incidents with \`plexaubnet rca list\`, or select another cluster with --cluster.`,
  );
}

export interface NewOptions extends LedgerOptions, MaterialOptions {
  readonly title?: string;
  readonly ticket?: string;
  readonly pic?: string;
}

/** Opens an incident of what differs now, or adds to the open one. Where nothing differs there is none to open. */
export function newIncident(options: NewOptions): Promise<void> {
  return withSession(options, async ({ context, keeper, ledger, settings }) => {
    const round = await runRound({ ...context, settings: { ...settings, mode: "observe" } });
    const observer = { client: context.client, by: context.actor };
    const looked = await observationOf(round, ledger, settings.cluster, observer);
    await keeper.observe({ ...looked, ...(round.result === "compared" && (await simulation(context))) });
    const open = incidentIn((await ledger.openIncidents(settings.cluster)).at(-1));
    if (open === undefined) {
      process.stdout.write(
        "Ledger and cluster are in sync: no incident was opened. To add to a closed incident, use `plexaubnet rca edit`.\n",
      );
      return;
    }
    const { title, ticket, pic } = options;
    const { actor } = context;
    const incident = await changeIncident(ledger, open, { actor, reason: "added to by hand" }, (current) => {
      const edited = editIncident(current, { title, ticket, pic }, { at: round.at, by: actor, tasks: [] });
      if (!edited.ok) throw new CommandFailure(edited.error);
      return { incident: withMaterial(edited.value, options, round.at) };
    });
    printIncident(incident);
  });
}

/** Logs and Events that are handed in: evidence that moves no status. */
export function withMaterial(incident: Incident, options: MaterialOptions, at: string): Incident {
  if (options.log === undefined && options.events === undefined) return incident;
  const seen = { at, drift: undefined, ...materialOf(options, incident, at) };
  return { ...incident, evidence: gather(incident, seen, false) };
}

export function printIncident({ id, status, title }: Incident): void {
  process.stdout.write(`${oneLine(`${id} ${status}: ${title}`)}\n`);
}

export interface CloseOptions extends LedgerOptions {
  readonly reason: string;
}

export function closeIncident(id: string, options: CloseOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings }) => {
    const incident = await findIncident(ledger, settings.cluster, id);
    const already = ({ closedAt }: Incident) =>
      new CommandFailure(`the incident ${id} was already closed at ${closedAt}.`);
    if (incident.closedAt !== undefined) throw already(incident);
    const { systemKernel } = await import("../../kernel/index.ts");
    const stamp = { actor: actorHere(), reason: options.reason };
    const closed = await closeByHand(ledger, incident, systemKernel.clock.now(), stamp);
    if (closed === undefined) throw already(await findIncident(ledger, settings.cluster, id));
    printIncident(closed);
  });
}
