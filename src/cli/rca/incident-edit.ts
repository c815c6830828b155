/** `rca edit`: what people say of an incident, open or closed, and evidence that they hand in. */

import {
  changeIncident,
  type EditRequest,
  editIncident,
  type Incident,
  taskIdsOf,
} from "../../balancers/incidents/index.ts";
import { type AuditNote, formatInstant } from "../../balancers/ledger/index.ts";
import { CommandFailure } from "../failure.ts";
import { actorHere, type LedgerOptions, withLedger } from "../ledger/session.ts";
import type { MaterialOptions } from "./incident-material.ts";
import { findIncident, printIncident, withMaterial } from "./incidents.ts";

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
        "there is nothing to change: pass an option such as --title, --severity, --task or --log.",
      );
    const incident = await findIncident(ledger, settings.cluster, id);
    const { systemKernel } = await import("../../kernel/index.ts");
    const at = formatInstant(systemKernel.clock.now());
    const by = actorHere();
    const stamp = {
      actor: by,
      reason: `edited by hand: ${[...changed, ...(hasMaterial ? ["evidence"] : [])].join(", ")}`,
    };
    const after = await changeIncident(ledger, incident, stamp, (current) => {
      const edited = editIncident(current, request, { at, by, tasks: taskIdsOf(current) });
      if (!edited.ok) throw new CommandFailure(edited.error);
      const incident = withMaterial(edited.value, options, at);
      return { incident, note: noteOf(current, incident) };
    });
    printIncident(after);
  });
}

function noteOf(before: Incident, after: Incident): AuditNote {
  const said = ({ title, ticket, pic, edits, evidence }: Incident) => ({
    title,
    ticket,
    pic,
    edits,
    evidence: evidence.length,
  });
  return {
    action: "incident.edit",
    subject: `incident/${after.id}`,
    before: said(before),
    after: said(after),
  };
}
