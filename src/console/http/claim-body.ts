/** Reads the body of `POST /api/what-if` and `POST /api/claims`. */
import { err, ok, type Result } from "../../kernel/index.ts";
import type { WhatIfRequest } from "../answers.ts";
import { type Fault, invalid } from "../read/fault.ts";

const TEXTS = ["namespace", "pool", "cidr", "cluster", "purpose", "name"] as const;
const REQUIRED: readonly string[] = ["namespace", "pool"];
/** Of an object's name. */
const MOST_CHARACTERS = 253;

export function readClaimRequest(body: unknown): Result<WhatIfRequest, Fault> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return err(invalid("the body is not an object: send one with namespace and pool"));
  }
  const given = body as Readonly<Record<string, unknown>>;
  const read: Record<string, string | number> = {};
  for (const field of TEXTS) {
    const value = given[field];
    if (value === undefined || value === null || value === "") {
      if (REQUIRED.includes(field)) return err(invalid(`${field} is missing: set it in the body`));
      continue;
    }
    if (typeof value !== "string" || value.length > MOST_CHARACTERS) {
      return err(invalid(`${field} must be a text of at most ${MOST_CHARACTERS} characters`));
    }
    read[field] = value;
  }
  const { length } = given;
  if (length !== undefined && length !== null) {
    if (typeof length !== "number" || !Number.isInteger(length) || length < 0 || length > 128) {
      return err(invalid("length must be a prefix length: use a whole number from 0 to 128"));
    }
    read.length = length;
  }
  return ok(read as unknown as WhatIfRequest);
}
