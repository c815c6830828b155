/**
 * `AdmissionReview` (`admission.k8s.io/v1`): what is asked, and what is answered.
 */
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import type { AdmissionAttributes, Operation } from "../context.ts";
import { tooDeepMessage } from "../depth.ts";
import { parseShallow } from "../json-scan.ts";
import { boundedText } from "../kinds/schema/bounded-text.ts";
import { isJsonObject, type JsonObject } from "../kinds/schema/json-value.ts";
import { applyJsonPatch } from "../writes/patch/index.ts";

export const REVIEW_VERSION = "admission.k8s.io/v1";

/** The `request` of a review. */
export function reviewRequest(attributes: AdmissionAttributes, uid: string): JsonObject {
  const { request, operation, dryRun, options, object, oldObject } = attributes;
  const { group, version, kind, plural } = request.resource;
  const name = request.name === "" ? ((object ?? oldObject)?.metadata.name ?? "") : request.name;
  const subresource = request.subresource === "" ? {} : { subResource: request.subresource };
  return {
    uid,
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    ...subresource,
    requestKind: { group, version, kind },
    requestResource: { group, version, resource: plural },
    ...defined({ requestSubResource: request.subresource || undefined }),
    name,
    ...defined({ namespace: request.namespace || undefined }),
    operation,
    userInfo: request.user,
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun,
    options: options ?? defaultOptions(operation, dryRun),
  };
}

function defaultOptions(operation: Operation, dryRun: boolean): JsonObject | null {
  if (operation === "CONNECT") return null;
  const kind = `${operation.charAt(0)}${operation.slice(1).toLowerCase()}Options`;
  return { kind, apiVersion: "meta.k8s.io/v1", ...(dryRun ? { dryRun: ["All"] } : {}) };
}

export interface ReviewResponse {
  readonly allowed: boolean;
  /** `metav1.Status` of a refusal. */
  readonly status: JsonObject;
  /** The operations of a JSON patch. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
}

/** Longer warnings are cut, and no more than so many characters of them in all are passed on. */
const MAX_WARNING_LENGTH = 256;

const MAX_WARNINGS = 100;

function boundedWarning(warning: unknown): string {
  return typeof warning === "string"
    ? warning.slice(0, MAX_WARNING_LENGTH)
    : boundedText(warning, MAX_WARNING_LENGTH);
}

/** Reads the answer to the review `uid`. The error describes what is wrong with it. */
export function readReview(answer: unknown, uid: string): Result<ReviewResponse, string> {
  if (!isJsonObject(answer)) return err("received invalid webhook response: it is not a JSON object");
  if (answer.apiVersion !== REVIEW_VERSION || answer.kind !== "AdmissionReview") {
    const got = `${String(answer.apiVersion)}, Kind=${String(answer.kind)}`;
    return err(`expected webhook response of ${REVIEW_VERSION}, Kind=AdmissionReview, got ${got}`);
  }
  const { response } = answer;
  if (!isJsonObject(response)) return err("webhook response was absent");
  if (response.uid !== uid) {
    return err(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  }
  if (typeof response.allowed !== "boolean") return err("webhook response has no response.allowed");
  const patch = readPatch(response);
  if (!patch.ok) return patch;
  const warnings = Array.isArray(response.warnings) ? response.warnings : [];
  return ok({
    allowed: response.allowed,
    status: isJsonObject(response.status) ? response.status : {},
    patch: patch.value,
    warnings: warnings.slice(0, MAX_WARNINGS).map((warning) => boundedWarning(warning)),
  });
}

function readPatch(response: JsonObject): Result<unknown, string> {
  const { patch, patchType } = response;
  if (patch === undefined || patch === null || patch === "") {
    return patchType === undefined || patchType === ""
      ? ok(undefined)
      : err("webhook returned response.patchType but not response.patch");
  }
  if (patchType === undefined || patchType === "") {
    return err("webhook returned response.patch but not response.patchType");
  }
  if (patchType !== "JSONPatch") {
    return err(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  }
  const operations = parseShallow(Buffer.from(String(patch), "base64"));
  if (operations.ok) return operations;
  return operations.error === "too-deep"
    ? err(tooDeepMessage("response.patch"))
    : err("webhook returned response.patch that is not base64 of JSON");
}

/** The object with the patch of a response applied. */
export function patchObject(object: unknown, patch: unknown): Result<unknown, string> {
  const patched = applyJsonPatch(object, patch);
  return patched.ok ? patched : err(patched.error.message);
}
