export { explain, explainIn } from "./explain.ts";
export type * from "./explanation.ts";
export { type ReportedEvent, readEventsOf } from "./reported-events.ts";
