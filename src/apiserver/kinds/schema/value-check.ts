/** What a schema is compiled to. */
import type { Cause } from "../../status-error.ts";

/** Appends the faults of `value` to `faults`. */
export type ValueCheck = (value: unknown, old: unknown, path: string, faults: Cause[]) => void;
