/**
 * Root-cause analysis: evidence → rules → findings → causes → document, and the incidents that live by it.
 */
export type { RootCause } from "./causes.ts";
export { gather } from "./collect.ts";
export { documentOf, type RcaDocument, taskIdsOf } from "./document.ts";
export { type EditRequest, editIncident } from "./edits.ts";
export type { Evidence, EvidenceDraft, LogLine, LookUpSeen, ObjectSeen, Observation } from "./evidence.ts";
export { toHtml } from "./html.ts";
export { type Incident, type IncidentStatus, isTroubled, moveIncident, openIncident } from "./incident.ts";
export { IncidentKeeper, incidentId, type KeeperOptions } from "./incident-keeper.ts";
export {
  changeIncident,
  closeByHand,
  type IncidentChange,
  type IncidentStamp,
  incidentIn,
} from "./incident-store.ts";
export { type EventEvidence, type EventQuery, eventsOf } from "./kube-events.ts";
export { type LogEvidence, type LogQuery, linesOf } from "./log-lines.ts";
export { type TimeZone, timeZoneOf, UTC } from "./log-times.ts";
export { type Edition, toMarkdown } from "./markdown.ts";
export { markdownText } from "./markup.ts";
export { maskSecrets } from "./mask.ts";
export { keepIncidents, type Observer, observationOf, simulation } from "./observation.ts";
export { originsOf } from "./origins.ts";
export { type CauseId, type Finding, RULES } from "./rules.ts";
export type { Basis, Statement } from "./statement.ts";
export type { Task } from "./tasks.ts";
export {
  type IncidentEdits,
  type OwnTask,
  SEVERITIES,
  type Severity,
  TASK_STATUSES,
  type TaskEdit,
} from "./user-input.ts";
