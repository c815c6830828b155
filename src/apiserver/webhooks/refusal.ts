/**
 * The refusal of a webhook as an answer to the client. The text of a webhook is foreign: of its `metav1.Status` only
 * what an answer can carry is taken over.
 */

import { defined, shortened } from "../../kernel/index.ts";
import { isJsonObject, type JsonObject } from "../kinds/schema/json-value.ts";
import type { Cause } from "../status-error.ts";
import { type StatusDetails, StatusError } from "../status-error.ts";

/** Characters of the explanation that are passed on: a client keeps what it gets, and prints it. */
const MAX_TEXT = 16 * 1024;
/** Causes that are passed on. */
const MAX_CAUSES = 50;

/** Characters of the reason, and of each text in the details. */
const MAX_FIELD = 512;

export function refusalOf(webhook: string, status: JsonObject): StatusError {
  const { message, reason, code, details } = status;
  const text = [message, reason].find((each) => typeof each === "string" && each !== "");
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const explanation = text === undefined ? " without explanation" : `: ${shortened(String(text), MAX_TEXT)}`;
  return new StatusError(
    codeOf(code),
    typeof reason === "string" ? shortened(reason, MAX_FIELD) : "",
    denied + explanation,
    isJsonObject(details) ? detailsOf(details) : undefined,
  );
}

/** A code that is not an error becomes 400, as in kube-apiserver what is below 400 does. */
function codeOf(code: unknown): number {
  return Number.isInteger(code) && Number(code) >= 400 && Number(code) <= 599 ? Number(code) : 400;
}

function detailsOf(details: JsonObject): StatusDetails {
  const { causes, retryAfterSeconds: retry } = details;
  return {
    ...textsOf(details, ["name", "group", "kind", "uid"]),
    ...defined({
      causes: Array.isArray(causes)
        ? causes.filter(isJsonObject).slice(0, MAX_CAUSES).map(causeOf)
        : undefined,
      retryAfterSeconds: Number.isInteger(retry) && Number(retry) >= 0 ? Number(retry) : undefined,
    }),
  };
}

function causeOf(cause: JsonObject): Partial<Cause> {
  return textsOf(cause, ["reason", "message", "field"]);
}

function textsOf(from: JsonObject, fields: readonly string[]): Record<string, string> {
  const texts = fields.map((field) => [field, from[field]] as const);
  const known = texts.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(known.map(([field, text]) => [field, shortened(text, MAX_FIELD)]));
}
