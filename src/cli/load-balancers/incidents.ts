/** The commands about incidents and their analyses. */
import { oneLine } from "../../kernel/index.ts";
import type { Ledger } from "../../ledger/index.ts";
import { runRound } from "../../loadbalancer/index.ts";
import {
  closeByHand,
  documentOf,
  type Incident,
  incidentId,
  incidentIn,
  type LogLine,
  moveIncident,
  openIncident,
  saveIncident,
  toHtml,
  toMarkdown,
} from "../../rca/index.ts";
import { readBoundedFile } from "../bounded-file.ts";
import { CommandFailure } from "../failure.ts";
import { jsonText } from "../output.ts";
import { observationOf } from "./observation.ts";
import { printTable, type TableFormat } from "./print-table.ts";
import { actorHere, type LedgerOptions, withLedger, withSession } from "./session.ts";

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
}

export function showIncident(id: string | undefined, options: ShowOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings }) => {
    const document = documentOf(await find(ledger, settings.cluster, id));
    const texts = {
      markdown: () => toMarkdown(document),
      json: () => jsonText(document),
      html: () => toHtml(document),
    };
    process.stdout.write(texts[options.output]());
  });
}

/** The one of this ID; without one the open incident, or the last. */
async function find(ledger: Ledger, cluster: string, id: string | undefined): Promise<Incident> {
  const record =
    id === undefined
      ? ((await ledger.openIncidents(cluster)).at(-1) ?? (await ledger.incidents(cluster, 1))[0])
      : await ledger.incident(id);
  const incident = record?.cluster === cluster ? incidentIn(record) : undefined;
  if (incident !== undefined) return incident;
  throw new CommandFailure(
    id === undefined
      ? `the cluster ${cluster} has no incident; \`plexaubnet rca new\` makes one of what differs now.`
      : `the cluster ${cluster} has no incident ${id}; \`plexaubnet rca list\` lists those that it has, --cluster names another one.`,
  );
}

export interface NewOptions extends LedgerOptions {
  readonly title?: string;
  readonly ticket?: string;
  readonly pic?: string;
  readonly log?: string;
}

/** Opens an incident of what differs now, or adds to the open one. */
export function newIncident(options: NewOptions): Promise<void> {
  return withSession(options, async ({ context, ledger, settings }) => {
    const round = await runRound({ ...context, settings: { ...settings, mode: "observe" } });
    const seen = {
      ...(await observationOf(round, ledger, settings.cluster)),
      logs: logLines(options.log, round.at),
    };
    const open = incidentIn((await ledger.openIncidents(settings.cluster)).at(-1));
    const id = incidentId(round.at, context.kernel);
    const { title, ticket, pic } = options;
    const incident: Incident = {
      ...(open === undefined
        ? openIncident(id, seen, settings, `hand:${id}`)
        : moveIncident(open, seen, settings)),
      ...(title !== undefined && { title }),
      ...(ticket !== undefined && { ticket }),
      ...(pic !== undefined && { pic }),
    };
    await saveIncident(
      ledger,
      incident,
      context.actor,
      open === undefined ? "opened by hand" : "added to by hand",
    );
    printIncident(incident);
  });
}

function printIncident({ id, status, title }: Incident): void {
  process.stdout.write(`${oneLine(`${id} ${status}: ${title}`)}\n`);
}

const MOST_LOG_LINES = 50;
const MOST_LOG_BYTES = 64 * 2 ** 20;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\b/;

/** Lines of a log as evidence, the last ones; each at the time that it names. */
function logLines(file: string | undefined, now: string): readonly LogLine[] {
  if (file === undefined) return [];
  const text = readBoundedFile(file, MOST_LOG_BYTES, "the log");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-MOST_LOG_LINES).map((line, at) => ({
    at: TIME.exec(line)?.[0] ?? now,
    origin: `${file}:${lines.length - Math.min(lines.length, MOST_LOG_LINES) + at + 1}`,
    text: line,
  }));
}

export interface CloseOptions extends LedgerOptions {
  readonly reason: string;
}

export function closeIncident(id: string, options: CloseOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings }) => {
    const incident = await find(ledger, settings.cluster, id);
    if (incident.closedAt !== undefined)
      throw new CommandFailure(`the incident ${id} was closed at ${incident.closedAt} already.`);
    const { formatInstant } = await import("../../ledger/index.ts");
    const { systemKernel } = await import("../../kernel/index.ts");
    const at = formatInstant(systemKernel.clock.now());
    const closed = await closeByHand(ledger, incident, at, actorHere(), options.reason);
    printIncident(closed);
  });
}
