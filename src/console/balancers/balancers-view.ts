/** Load balancers and incidents as the console shows them, from the cluster and the ledger, where there is one. */
import {
  documentOf,
  type Incident,
  incidentIn,
  type RcaDocument,
  type Statement,
  type Task,
} from "../../balancers/incidents/index.ts";
import { type Ledger, LedgerError } from "../../balancers/ledger/index.ts";
import {
  clusterFault,
  previewPlan,
  readClusterSide,
  type Sides,
  type SyncPlan,
  type SyncSettings,
} from "../../balancers/sync/index.ts";
import { ApiError } from "../../client/index.ts";
import { defined, err, type Kernel, ok, oneLine, type Result } from "../../kernel/index.ts";
import type { Viewer } from "../access/viewer.ts";
import type {
  BalancersAnswer,
  IncidentAnswer,
  IncidentRow,
  IncidentSection,
  IncidentsAnswer,
} from "../answers.ts";
import { type Fault, notFound } from "../read/fault.ts";
import { differencesOf, poolRowsOf, stepsOf, usageRowsOf } from "./rows.ts";

/** Where the ledger is. Opened when someone looks. */
export interface LedgerSource {
  readonly settings: SyncSettings;
  open(): Promise<Ledger>;
  /** Whether it is closed by someone else. */
  readonly isShared?: boolean;
}

export interface BalancersViewOptions {
  readonly kernel: Kernel;
  /** Asked for when someone looks. */
  readonly ledger?: (() => LedgerSource | undefined) | undefined;
}

/** How long an answer is given again: it costs complete lists of both sides. */
const FRESH_MS = 2_000;
const MOST_HISTORY = 100;
const MOST_INCIDENTS = 200;
const ACTOR = "plexaubnet-console";

const NO_LEDGER =
  "No ledger is configured: start the console with --ledger, or set PLEXAUBNET_LEDGER, to compare it with the cluster.";

export class BalancersView {
  readonly #options: BalancersViewOptions;
  #ledger: Promise<Ledger> | undefined;
  #last:
    | { readonly viewer: Viewer; readonly atMs: number; readonly answer: Promise<BalancersAnswer> }
    | undefined;

  constructor(options: BalancersViewOptions) {
    this.#options = options;
  }

  get hasLedger(): boolean {
    return this.#options.ledger?.() !== undefined;
  }

  answer(viewer: Viewer): Promise<BalancersAnswer> {
    const nowMs = this.#options.kernel.clock.monotonicMs();
    const last = this.#last;
    if (last?.viewer === viewer && nowMs - last.atMs < FRESH_MS) return last.answer;
    const answer = this.#read(viewer);
    this.#last = { viewer, atMs: nowMs, answer };
    return answer;
  }

  async incidents(viewer: Viewer): Promise<IncidentsAnswer> {
    const opened = await this.#open(viewer);
    if (!opened.ok) return { ledgerMessage: opened.error, rows: [] };
    const { ledger, settings } = opened.value;
    const records = await ledger.incidents(settings.cluster, MOST_INCIDENTS);
    const rows = records.flatMap((record) => {
      const incident = incidentIn(record);
      return incident === undefined ? [] : [rowOf(incident, documentOf(incident))];
    });
    return { rows };
  }

  async incident(viewer: Viewer, id: string): Promise<Result<IncidentAnswer, Fault>> {
    const opened = await this.#open(viewer);
    if (!opened.ok) return err({ reason: "Unreachable", message: opened.error });
    const record = await opened.value.ledger.incident(id);
    const incident = record && incidentIn(record);
    if (incident === undefined || incident.cluster !== opened.value.settings.cluster) {
      return err(notFound(`there is no incident ${id}: choose one from the list of incidents`));
    }
    const document = documentOf(incident);
    return ok({
      ...rowOf(incident, document),
      sections: sectionsOf(document),
      evidence: document.evidence.map(({ id: name, at, source, message }) => ({
        id: name,
        at,
        source,
        sentence: message,
      })),
    });
  }

  async close(): Promise<void> {
    const opened = this.#ledger;
    this.#ledger = undefined;
    if (this.#options.ledger?.()?.isShared === true) return;
    await opened?.then(
      (ledger) => ledger.close(),
      () => {},
    );
  }

  async #read(viewer: Viewer): Promise<BalancersAnswer> {
    const opened = await this.#open(viewer);
    if (!opened.ok) return clusterOnly(viewer, opened.error);
    const { ledger, settings } = opened.value;
    try {
      const { kernel } = this.#options;
      const context = { client: viewer.client, kernel, ledger, settings, actor: ACTOR };
      const { sides, plan, doubt } = await previewPlan(context);
      const history = await ledger.audit({ cluster: settings.cluster, limit: MOST_HISTORY });
      return answerOf(sides, plan, doubt, history);
    } catch (error) {
      if (error instanceof LedgerError) {
        this.#ledger = undefined;
        return clusterOnly(viewer, sentenceOf(error));
      }
      return { ...EMPTY, clusterMessage: clusterSentence(error) };
    }
  }

  async #open(
    viewer: Viewer,
  ): Promise<Result<{ readonly ledger: Ledger; readonly settings: SyncSettings }, string>> {
    const source = this.#options.ledger?.();
    if (source === undefined) return err(NO_LEDGER);
    try {
      this.#ledger ??= source.open();
      const ledger = await this.#ledger;
      const fault = await clusterFault(ledger, viewer.client, source.settings.cluster);
      return fault === undefined ? ok({ ledger, settings: source.settings }) : err(fault);
    } catch (error) {
      this.#ledger = undefined;
      return err(sentenceOf(error));
    }
  }
}

const EMPTY: BalancersAnswer = { pools: [], usage: [], differences: [], history: [] };

async function clusterOnly({ client }: Viewer, ledgerMessage: string): Promise<BalancersAnswer> {
  try {
    const cluster = await readClusterSide(client);
    const sides: Sides = { ledger: { pools: [], usages: [] }, cluster };
    return { ...EMPTY, ledgerMessage, pools: poolRowsOf(sides, false), usage: usageRowsOf(sides) };
  } catch (error) {
    return { ...EMPTY, ledgerMessage, clusterMessage: clusterSentence(error) };
  }
}

function answerOf(
  sides: Sides,
  plan: SyncPlan,
  doubt: string | undefined,
  history: BalancersAnswer["history"],
): BalancersAnswer {
  return {
    pools: poolRowsOf(sides, true),
    usage: usageRowsOf(sides),
    differences: differencesOf(plan),
    plan: { mode: plan.mode, steps: stepsOf(plan), ...(doubt !== undefined && { doubt }) },
    history: history.map(({ at, actor, action, subject, reason }) => ({
      at,
      actor,
      action,
      subject,
      reason,
    })),
  };
}

function clusterSentence(error: unknown): string {
  if (error instanceof ApiError && error.code === 404) {
    return "This cluster does not serve IPAddressPools: install MetalLB to see its load balancers.";
  }
  if (error instanceof ApiError && error.code === 403) {
    return "You may not list IPAddressPools and Services of all namespaces: ask for the right to list them.";
  }
  return sentenceOf(error);
}

function sentenceOf(error: unknown): string {
  const text = oneLine(error instanceof Error ? error.message : String(error));
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function rowOf(incident: Incident, { title, status, severity }: RcaDocument): IncidentRow {
  const { id, openedAt, changedAt, closedAt } = incident;
  return {
    id,
    title,
    status,
    severity: severity.level,
    openedAt,
    changedAt,
    ...defined({ closedAt }),
  };
}

/** In the order of the document that `plexaubnet rca show` prints. */
function sectionsOf(document: RcaDocument): IncidentSection[] {
  const said = (title: string, statements: readonly Statement[]): IncidentSection => ({
    title,
    statements: statements.map(({ text, basis, evidence }) => ({ text, basis, evidence })),
  });
  const labelled = (all: readonly (Statement & { readonly title: string })[]) =>
    all.map((one) => ({ ...one, text: `${one.title}: ${one.text}` }));
  const steps = document.timeline.steps.map((step) => ({ ...step, text: `${step.at}: ${step.text}` }));
  const sections = [
    said("Problem", document.problem),
    said("Expected behavior", document.expected),
    said("Actual behavior", document.actual),
    said("Impact", [...document.impact, ...document.owners]),
    said("Conclusion", document.conclusion),
    said("Timeline", steps),
    said("Findings", labelled(document.findings)),
    said("Rejected hypotheses", labelled(document.rejected)),
    said("Root cause", labelled(document.rootCauses)),
    said("Trigger", document.trigger),
    said("What a plan comes to", document.counterfactual),
    tasks("Short-term solution", document.shortTerm),
    tasks("Long-term solution", document.longTerm),
    said("Existing cases", document.existingCases),
    {
      title: "Not known",
      statements: document.notKnown.map((text) => ({ text, evidence: [] })),
    },
  ];
  return sections.filter(({ statements }) => statements.length > 0);
}

function tasks(title: string, all: readonly Task[]): IncidentSection {
  return {
    title,
    statements: all.map((task) => ({
      text: `${task.title}${task.description === "" ? "" : `: ${task.description}`} (${task.status}, ${task.pic})`,
      evidence: task.evidence,
    })),
  };
}
