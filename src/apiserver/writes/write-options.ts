/**
 * The query parameters that all writes share: `dryRun`, `fieldManager`, `fieldValidation`.
 */

import type { ResourceRequest } from "../context.ts";
import { invalidOptions } from "../status-error.ts";
import { defaultManager } from "./apply/index.ts";

export interface WriteOptions {
  readonly dryRun: boolean;
  /** From the request, or the name of the client as its User-Agent begins. */
  readonly manager: string;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
  /** As in managed fields. */
  readonly operation: "Update" | "Apply";
}

const LONGEST_MANAGER = 128;
/** As Go's `unicode.IsPrint`: of the spaces only the plain one is printable. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

export function readWriteOptions(
  request: Pick<ResourceRequest, "query" | "userAgent">,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions",
): WriteOptions {
  const { query } = request;
  const manager = query.get("fieldManager") ?? "";
  if (manager.length > LONGEST_MANAGER) {
    throw invalidOptions(kind, "fieldManager", `Too long: may not be more than ${LONGEST_MANAGER} bytes`);
  }
  const odd = [...manager].findIndex((letter) => UNPRINTABLE.test(letter));
  if (odd >= 0) {
    const value = JSON.stringify(manager);
    const why = `should only contain printable characters (at position ${odd})`;
    throw invalidOptions(kind, "fieldManager", `Invalid value: ${value}: ${why}`);
  }
  return {
    dryRun: readDryRun(query.getAll("dryRun"), kind),
    manager: manager === "" ? defaultManager(request.userAgent) : manager,
    fieldValidation: readFieldValidation(query.get("fieldValidation"), kind),
    operation: "Update",
  };
}

export function readDryRun(values: readonly string[], kind: string): boolean {
  const wrong = values.find((value) => value !== "All");
  if (wrong !== undefined) {
    const message = `Unsupported value: ["${values.join('","')}"]: supported values: "All"`;
    throw invalidOptions(kind, "dryRun", message);
  }
  return values.length > 0;
}

function readFieldValidation(value: string | null, kind: string): WriteOptions["fieldValidation"] {
  if (value === null || value === "") return "Warn";
  if (value === "Ignore" || value === "Warn" || value === "Strict") return value;
  const message = `Unsupported value: "${value}": supported values: "", "Ignore", "Strict", "Warn"`;
  throw invalidOptions(kind, "fieldValidation", message);
}
