/** Why a question cannot be answered: one sentence that names the thing and the cure, without the full stop at its end. */
import type { RefusalReason } from "../answers.ts";

export interface Fault {
  readonly reason: RefusalReason;
  readonly message: string;
}

export function invalid(message: string): Fault {
  return { reason: "Invalid", message };
}

export function notFound(message: string): Fault {
  return { reason: "NotFound", message };
}
