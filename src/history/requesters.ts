/**
 * Which user made a request, as the admission webhook saw it. The API server notes programs only; a review
 * names the user. It is known beside the record until the change itself is recorded, and then belongs to its
 * row.
 */
import type { What } from "./decisions.ts";
import type { Facts } from "./facts.ts";

export interface RequestNote {
  readonly uid: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  /** `metadata.generation` of the object as it was requested; 0 for a deletion. */
  readonly generation: number;
  readonly user: string;
}

const OPERATIONS: Partial<Record<What, RequestNote["operation"]>> = {
  created: "CREATE",
  changed: "UPDATE",
  "handed-over": "UPDATE",
  deleting: "DELETE",
  deleted: "DELETE",
};

export class Requesters {
  readonly #users = new Map<string, string>();

  add({ uid, operation, generation, user }: RequestNote): void {
    this.#users.set(keyOf(uid, operation, generation), user);
  }

  /** Undefined: no review of it was seen. */
  of(what: What, { uid, generation = 0 }: Facts): string | undefined {
    const operation = OPERATIONS[what];
    return operation === undefined ? undefined : this.#users.get(keyOf(uid, operation, generation));
  }
}

/** An object is created and deleted once, and changed once from one generation to the next. */
function keyOf(uid: string, operation: RequestNote["operation"], generation: number): string {
  return operation === "UPDATE" ? `${uid}/${operation}/${generation}` : `${uid}/${operation}`;
}
