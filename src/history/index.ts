/**
 * The record of every decision about a block. Start with `recorder.ts`, which follows the API, and
 * `history.ts`, which is what it writes to and what questions are asked of. The decision record is
 * `docs/design/0017`.
 */
export { capacityOf, forecastPool, sinceFor } from "./forecasts.ts";
export { describeForecast, type Forecast } from "./growth.ts";
export { type History, openHistory } from "./history.ts";
export { HistoryMetrics } from "./metrics.ts";
export type { Answer, Question, Tenure } from "./questions.ts";
export { type Recorder, startRecorder } from "./recorder.ts";
export { RequestNotes } from "./request-notes.ts";
export type { HistoryRow } from "./row.ts";
export { blockSubject, type Subject } from "./subject.ts";
export type { Anchor } from "./verify.ts";
