/** What is to be done: proposed by cause, with what people decided of it, and their own tasks. Pure. */
import { defined } from "../../kernel/index.ts";
import { type Case, controllerOf } from "./case.ts";
import type { RootCause } from "./causes.ts";
import { outcomeOf } from "./outcomes.ts";
import type { CauseId, Finding } from "./rules.ts";
import type { TaskEdit, TaskStatus } from "./user-input.ts";

export interface Task {
  /** What `rca edit --task` calls it: `desynchronisation.now`, `own-1`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly pic: string;
  readonly status: TaskStatus;
  /** `YYYY-MM-DD`, or empty. */
  readonly due: string;
  /** Empty for a task that a person added. */
  readonly evidence: readonly string[];
  /** For those who were not there: what is done, and not how. Undefined: it is not for them. */
  readonly publicText: string | undefined;
}

export const NOBODY = "not assigned";

interface TaskText {
  readonly title: string;
  readonly description: string;
  readonly publicText: string;
}

const SHORT_TERM: Readonly<Record<CauseId, TaskText>> = {
  "look-up": {
    title: "Answer look-ups with not-found",
    description:
      "Let callers of the look-up take not-found for an answer of its own, which names the address.",
    publicText: "Services that look pools up treat a missing pool as an error of its own.",
  },
  desynchronisation: {
    title: "Synchronise the pools",
    description: "Run `plexaubnet lb repair --dry-run`, read it, then `plexaubnet lb repair`.",
    publicText: "The pools of the database and of the load balancer configuration are brought in step.",
  },
  "pool-removed-in-use": {
    title: "Restore the pool, or move its load balancers",
    description:
      "Apply the IPAddressPool again, or give its Services addresses of another pool; then run `plexaubnet lb repair`.",
    publicText: "The load balancers concerned keep their address or get a new one by agreement.",
  },
  "unreadable-range": {
    title: "Correct the range",
    description:
      "Write the range as a CIDR or as `first-last` where it comes from, then run `plexaubnet lb repair`.",
    publicText: "The range is corrected.",
  },
  "usage-not-reconciled": {
    title: "Record what is missing, release what is gone",
    description: "Run `plexaubnet lb repair`; `plexaubnet lb orphans` lists what it is about.",
    publicText: "The records of usage are corrected.",
  },
  "overlapping-pools": {
    title: "Make the ranges disjoint",
    description: "Change one of the overlapping pools in the ledger; no plan decides which.",
    publicText: "Each address is assigned to exactly one pool.",
  },
  "shared-address": {
    title: "Give each Service an address of its own",
    description:
      "Move one of the Services to another address, or give both the same sharing key if they are meant to share.",
    publicText: "Each load balancer gets an address of its own.",
  },
  "ledger-unavailable": {
    title: "Find out why the ledger did not answer",
    description: "Look at the database, its network and its credentials at the time named above.",
    publicText: "The cause of the outage of the database is examined.",
  },
  "cluster-unavailable": {
    title: "Find out why the cluster did not answer",
    description: "Look at the API server, its network and the credentials at the time named above.",
    publicText: "The cause of the outage of the control plane is examined.",
  },
  "addresses-beside-metallb": {
    title: "Find who gave the addresses",
    description: "Compare `status.loadBalancer` of the Services with the controllers that write it.",
    publicText: "The origin of the addresses is examined.",
  },
};

const LONG_TERM: Readonly<Record<CauseId, TaskText>> = {
  "look-up": {
    title: "Refuse empty records",
    description: "Give every caller of the look-up a result that cannot be mistaken for a record.",
    publicText: "Look-ups are changed so that a missing record cannot be mistaken for one.",
  },
  desynchronisation: {
    title: "Synchronise continuously",
    description:
      "Run the controller in mode upsert or sync, so that a change of a pool reaches the ledger within seconds.",
    publicText: "Changes of pools are carried over automatically.",
  },
  "pool-removed-in-use": {
    title: "Keep pools in use from being deleted",
    description:
      "Let a change of an IPAddressPool be reviewed, or refuse it while addresses of the pool are in use.",
    publicText: "The removal of pools in use is prevented.",
  },
  "unreadable-range": {
    title: "Check ranges where they are written",
    description: "Refuse a range that cannot be read when it is written.",
    publicText: "Ranges are checked when they are entered.",
  },
  "usage-not-reconciled": {
    title: "Reconcile usage continuously",
    description: "Run the controller; alert on plexaubnet_lb_unrecorded_load_balancers.",
    publicText: "Usage is compared with its records automatically.",
  },
  "overlapping-pools": {
    title: "Check new pools for overlaps",
    description: "Refuse a pool in the ledger whose range overlaps another one of the same size.",
    publicText: "New pools are checked for overlaps.",
  },
  "shared-address": {
    title: "Check addresses that are asked for",
    description: "Refuse a Service that asks for an address in use without its sharing key.",
    publicText: "Requests for addresses in use are refused.",
  },
  "ledger-unavailable": {
    title: "Watch the ledger",
    description: "Alert on plexaubnet_lb_ledger_errors_total and on the age of the last comparison.",
    publicText: "The database is monitored for this.",
  },
  "cluster-unavailable": {
    title: "Watch the comparison",
    description: "Alert on the age of the last comparison.",
    publicText: "The comparison is monitored for this.",
  },
  "addresses-beside-metallb": {
    title: "Give addresses in one way only",
    description: "Let MetalLB be the only controller that writes the addresses of load balancers.",
    publicText: "Addresses are given by one component only.",
  },
};

/** Whose short-term task a plan carries out; the others change what is not visible here. */
const DONE_BY_PLAN: ReadonlySet<CauseId> = new Set(["desynchronisation", "usage-not-reconciled"]);

export function shortTermOf(
  of: Case,
  findings: readonly Finding[],
  causes: readonly RootCause[],
): readonly Task[] {
  const proposed = causes.map((cause) => {
    const status = statusOf(cause, of, findings);
    const text = SHORT_TERM[cause.id];
    return taskOf(
      `${cause.id}.now`,
      { ...text, ...defined({ description: status.note }) },
      status.status,
      cause,
      of,
    );
  });
  return [...proposed, ...ownTasks(of, "short")];
}

export function longTermOf(of: Case, causes: readonly RootCause[]): readonly Task[] {
  const runs = controllerOf(of);
  const proposed = causes.map((cause) => {
    const base = LONG_TERM[cause.id];
    const mode = runs?.facts?.mode ?? "";
    const isRunning = cause.id === "desynchronisation" && (mode === "observe" || mode === "create-only");
    const description = isRunning
      ? `Let the controller, which ran in mode ${mode}, run in mode upsert or sync, so that a change of a pool reaches the ledger within seconds.`
      : base.description;
    return taskOf(`${cause.id}.later`, { ...base, description }, "Backlog", cause, of);
  });
  return [...proposed, ...ownTasks(of, "long")];
}

/** Done only by a plan that was applied to each difference; what ended otherwise leaves a question open. */
function statusOf(
  cause: RootCause,
  of: Case,
  findings: readonly Finding[],
): { readonly status: TaskStatus; readonly note?: string } {
  const isAttempted = of.of("plan", "applied", "failed", "refused").length > 0;
  const cited = new Set(
    findings.filter((finding) => finding.cause === cause.id).flatMap(({ evidence }) => evidence),
  );
  const differences = of.newest.filter(
    ({ id, source, kind }) =>
      source === "comparison" && kind !== "ended" && kind !== "compared" && cited.has(id),
  );
  const outcomes = new Set(differences.map((one) => outcomeOf(one, of)));
  if (differences.length === 0 || !DONE_BY_PLAN.has(cause.id)) return { status: "To Do" };
  if (outcomes.size === 1 && outcomes.has("repaired")) return { status: "Done" };
  if (!outcomes.has("open") && outcomes.has("ended")) {
    return {
      status: "To Do",
      note: "Not everything was ended by a plan: find out who did it, and whether the usage of the time between is recorded (`plexaubnet lb usage`, `plexaubnet lb history`).",
    };
  }
  return { status: isAttempted ? "In Progress" : "To Do" };
}

function taskOf(id: string, text: TaskText, status: TaskStatus, cause: RootCause, of: Case): Task {
  const edit: TaskEdit = of.incident.edits?.tasks?.[id] ?? {};
  return {
    id,
    ...text,
    pic: edit.pic || of.incident.pic || NOBODY,
    status: edit.status ?? status,
    due: edit.due ?? "",
    evidence: cause.evidence,
  };
}

function ownTasks(of: Case, term: "short" | "long"): readonly Task[] {
  const own = of.incident.edits?.ownTasks ?? [];
  return own
    .filter((task) => task.term === term)
    .map(({ id, title, description, pic, status, due }) => ({
      id,
      title,
      description,
      pic: pic || of.incident.pic || NOBODY,
      status: status ?? (term === "short" ? "To Do" : "Backlog"),
      due: due ?? "",
      evidence: [],
      publicText: undefined,
    }));
}
