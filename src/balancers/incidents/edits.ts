/**
 * What people say of an incident: it stands in the analysis beside what was observed, and nothing observed replaces it.
 * Pure.
 */
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import type { Incident } from "./incident.ts";
import type { IncidentEdits, OwnTask, Severity, TaskEdit, TaskStatus } from "./user-input.ts";

/** One edit, as it is asked for; what is absent stays as it is. An empty text takes what was said away. */
export interface EditRequest {
  readonly title?: string | undefined;
  readonly ticket?: string | undefined;
  readonly impact?: string | undefined;
  readonly severity?: Severity | undefined;
  /** Of the task that `task` names; without one `pic` is who is in charge of all. */
  readonly pic?: string | undefined;
  readonly status?: TaskStatus | undefined;
  readonly due?: string | undefined;
  readonly task?: string | undefined;
  readonly addTask?: string | undefined;
  readonly description?: string | undefined;
  readonly term?: "short" | "long" | undefined;
  readonly note?: string | undefined;
}

/** The incident as edited, or what is wrong in one sentence. `tasks` are the IDs that there are. */
export function editIncident(
  incident: Incident,
  request: EditRequest,
  { at, by, tasks }: { readonly at: string; readonly by: string; readonly tasks: readonly string[] },
): Result<Incident, string> {
  const { title, ticket, impact, severity, note } = request;
  const fault = faultIn(request, tasks);
  if (fault !== undefined) return err(fault);
  const edits: IncidentEdits = {
    ...incident.edits,
    ...defined({ title, impact, severity }),
    ...(note !== undefined && { notes: [...(incident.edits?.notes ?? []), { at, by, text: note }] }),
  };
  const isOfAll = request.task === undefined && request.addTask === undefined;
  return ok({
    ...incident,
    ...(title !== undefined && title !== "" && { title }),
    ...(ticket !== undefined && { ticket: ticket === "" ? undefined : ticket }),
    ...(isOfAll && request.pic !== undefined && { pic: request.pic === "" ? undefined : request.pic }),
    edits: withTasks(edits, request),
    changedAt: at > incident.changedAt ? at : incident.changedAt,
  });
}

function faultIn(
  { title, task, addTask, status, due, description, term }: EditRequest,
  tasks: readonly string[],
) {
  if (title?.trim() === "") return "the title is empty; give it at least one word.";
  if (task !== undefined && addTask !== undefined)
    return "name one task with --task, or add one with --add-task, not both.";
  if (task !== undefined && !tasks.includes(task))
    return `there is no task ${task}; those of this incident are ${tasks.join(", ") || "none"}.`;
  if (addTask?.trim() === "") return "the new task has an empty title; give it at least one word.";
  if (task === undefined && addTask === undefined && (status ?? due) !== undefined)
    return "a status and a due date are those of a task: name it with --task.";
  if (addTask === undefined && (description ?? term) !== undefined)
    return "a description and a term are given with a new task: name it with --add-task.";
  if (due !== undefined && due !== "" && !isDate(due))
    return `the due date ${JSON.stringify(due)} is none; write it as YYYY-MM-DD.`;
  return undefined;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function withTasks(edits: IncidentEdits, request: EditRequest): IncidentEdits {
  const { task, addTask, pic, status, due, description = "", term = "short" } = request;
  const change: TaskEdit = {
    ...defined({ pic, status, due }),
  };
  const own = edits.ownTasks ?? [];
  if (addTask !== undefined) {
    const added: OwnTask = { id: `own-${own.length + 1}`, term, title: addTask, description, ...change };
    return { ...edits, ownTasks: [...own, added] };
  }
  if (task === undefined) return edits;
  if (task.startsWith("own-"))
    return { ...edits, ownTasks: own.map((one) => (one.id === task ? { ...one, ...change } : one)) };
  return { ...edits, tasks: { ...edits.tasks, [task]: { ...edits.tasks?.[task], ...change } } };
}
