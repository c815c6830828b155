/** One fault of an object, for conditions and admission answers alike (PX-07). */
import type { ClaimReason } from "./subnet-claim.ts";

export interface Fault {
  /** `spec.cidr`, `spec.reserved[0].cidr`. */
  readonly field: string;
  /** One sentence that names the value and the cure. */
  readonly message: string;
  /** The reason of the condition that reports it. */
  readonly reason: ClaimReason | "ParentMismatch";
}

/** The message of a condition: all faults in one line. */
export function describeFaults(faults: readonly Fault[]): string {
  return faults.map((fault) => `${fault.field}: ${fault.message}`).join("; ");
}

export function invalid(field: string, message: string): Fault {
  return { field, message, reason: "InvalidSpec" };
}
