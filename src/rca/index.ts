/**
 * Root-cause analysis: evidence → rules → findings → causes → document, and the incidents that live by it.
 */
export { documentOf, type RcaDocument, type Task } from "./document.ts";
export type { Evidence, EvidenceDraft, LogLine, LookUpSeen, Observation } from "./evidence.ts";
export { toHtml } from "./html.ts";
export { type Incident, type IncidentStatus, isTroubled, moveIncident, openIncident } from "./incident.ts";
export {
  closeByHand,
  IncidentKeeper,
  incidentId,
  incidentIn,
  type KeeperOptions,
  saveIncident,
} from "./incident-keeper.ts";
export { toMarkdown } from "./markdown.ts";
export { markdownText } from "./markup.ts";
export { maskSecrets } from "./mask.ts";
export {
  type Basis,
  type Finding,
  findingsFrom,
  type RootCause,
  RULES,
  rootCausesOf,
  type Statement,
} from "./rules.ts";
