/** The wire format of a validating webhook (`admission.k8s.io/v1`): an AdmissionReview comes in, an AdmissionReview goes out. */
import { err, ok, type Result } from "../kernel/index.ts";

/** As far as it is read. */
export interface ReviewRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly kind: string };
  readonly operation: string;
  readonly namespace?: string | undefined;
  readonly object?: ReviewedObject | null | undefined;
  readonly oldObject?: ReviewedObject | null | undefined;
  /** Who makes the request. */
  readonly userInfo?: { readonly username?: string } | undefined;
  /** Nothing is stored. */
  readonly dryRun?: boolean | undefined;
}

export interface ReviewedObject {
  readonly metadata: {
    readonly uid?: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
  };
}

/** The request of an AdmissionReview, or one sentence about what is wrong with the body. */
export function readReviewRequest(body: string): Result<ReviewRequest, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return err("the body is not JSON: send an admission.k8s.io/v1 AdmissionReview");
  }
  const request = (parsed as { request?: ReviewRequest } | null)?.request;
  if (typeof request?.uid !== "string" || typeof request.kind?.kind !== "string") {
    return err("the body has no request with uid and kind: send an admission.k8s.io/v1 AdmissionReview");
  }
  return ok(request);
}

export type ReviewResponse =
  | { readonly allowed: true; readonly warnings: readonly string[] }
  | { readonly allowed: false; readonly message: string };

export function reviewAnswer(uid: string, review: ReviewResponse): object {
  const response = review.allowed
    ? { uid, allowed: true, ...(review.warnings.length === 0 ? {} : { warnings: review.warnings }) }
    : { uid, allowed: false, status: { code: 422, reason: "Invalid", message: review.message } };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
}
