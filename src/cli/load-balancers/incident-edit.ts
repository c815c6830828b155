/** `rca edit`: what people say of an incident, open or closed, and evidence that they hand in. */
import { formatInstant, type Ledger } from "../../ledger/index.ts";
import { type EditRequest, editIncident, type Incident, saveIncident, taskIdsOf } from "../../rca/index.ts";
import { CommandFailure } from "../failure.ts";
import type { MaterialOptions } from "./incident-material.ts";
import { findIncident, printIncident, withMaterial } from "./incidents.ts";
import { actorHere, type LedgerOptions, withLedger } from "./session.ts";

export interface EditOptions extends LedgerOptions, MaterialOptions, EditRequest {}

const EDITS = [
  "title",
  "ticket",
  "impact",
  "severity",
  "pic",
  "task",
  "addTask",
  "status",
  "due",
  "description",
  "term",
  "note",
] as const;

export function editOneIncident(id: string | undefined, options: EditOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings }) => {
    const request: EditRequest = Object.fromEntries(EDITS.map((name) => [name, options[name]]));
    const changed = EDITS.filter((name) => options[name] !== undefined);
    const hasMaterial = options.log !== undefined || options.events !== undefined;
    if (changed.length === 0 && !hasMaterial)
      throw new CommandFailure(
        "nothing was asked for: name what to change, as --title, --severity, --task or --log.",
      );
    const incident = await findIncident(ledger, settings.cluster, id);
    const { systemKernel } = await import("../../kernel/index.ts");
    const at = formatInstant(systemKernel.clock.now());
    const by = actorHere();
    const edited = editIncident(incident, request, { at, by, tasks: taskIdsOf(incident) });
    if (!edited.ok) throw new CommandFailure(edited.error);
    const after = withMaterial(edited.value, options, at);
    await save(ledger, incident, after, { by, changed: [...changed, ...(hasMaterial ? ["evidence"] : [])] });
    printIncident(after);
  });
}

async function save(
  ledger: Ledger,
  before: Incident,
  after: Incident,
  { by, changed }: { readonly by: string; readonly changed: readonly string[] },
): Promise<void> {
  const said = ({ title, ticket, pic, edits, evidence }: Incident) => ({
    title,
    ticket,
    pic,
    edits,
    evidence: evidence.length,
  });
  const note = {
    action: "incident.edit",
    subject: `incident/${after.id}`,
    before: said(before),
    after: said(after),
  };
  await saveIncident(ledger, after, by, `edited by hand: ${changed.join(", ")}`, note);
}
