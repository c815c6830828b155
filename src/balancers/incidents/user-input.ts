/** What users add to an incident: values alone, since the incident holds them and the edits make them. */

export type TaskStatus = "To Do" | "In Progress" | "Done" | "Backlog";

export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const TASK_STATUSES: readonly TaskStatus[] = ["To Do", "In Progress", "Done", "Backlog"];

export interface TaskEdit {
  readonly pic?: string;
  readonly status?: TaskStatus;
  /** `YYYY-MM-DD` */
  readonly due?: string;
}

export interface OwnTask extends TaskEdit {
  /** `own-1`, `own-2`, … */
  readonly id: string;
  readonly term: "short" | "long";
  readonly title: string;
  readonly description: string;
}

export interface Note {
  /** RFC 3339. */
  readonly at: string;
  readonly by: string;
  readonly text: string;
}

export interface IncidentEdits {
  readonly title?: string;
  readonly impact?: string;
  readonly severity?: Severity;
  /** Of tasks that the analysis proposes, by their ID. */
  readonly tasks?: Readonly<Record<string, TaskEdit>>;
  readonly ownTasks?: readonly OwnTask[];
  readonly notes?: readonly Note[];
}
