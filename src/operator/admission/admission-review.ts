/** The wire format of a validating webhook: an AdmissionReview comes in, an AdmissionReview goes out. */
import {
  GROUP,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { err, ok, type Result } from "../../kernel/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import {
  type AdmissionPolicy,
  type Review,
  reviewClaim,
  reviewPool,
  reviewPoolClaim,
  reviewSubnet,
} from "./review.ts";

/** `admission.k8s.io/v1`, as far as it is read. */
interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly kind: string };
  readonly operation: string;
  readonly namespace?: string;
  readonly object?: { readonly metadata: { readonly deletionTimestamp?: string } } | null;
  readonly oldObject?: object | null;
}

/** The answer's body, or what is wrong with the question. */
export function answerAdmission(
  world: OperatorWorld,
  policy: AdmissionPolicy,
  body: string,
): Result<object, string> {
  const request = readRequest(body);
  if (!request.ok) return request;
  const { uid } = request.value;
  const review = reviewRequest(world, policy, request.value);
  const response = review.allowed
    ? { uid, allowed: true, ...(review.warnings.length === 0 ? {} : { warnings: review.warnings }) }
    : { uid, allowed: false, status: { code: 422, reason: "Invalid", message: review.message } };
  return ok({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

function readRequest(body: string): Result<AdmissionRequest, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return err("the body is not JSON: send an admission.k8s.io/v1 AdmissionReview");
  }
  const request = (parsed as { request?: AdmissionRequest } | null)?.request;
  if (typeof request?.uid !== "string" || typeof request.kind?.kind !== "string") {
    return err("the body has no request with uid and kind: send an admission.k8s.io/v1 AdmissionReview");
  }
  return ok(request);
}

const ALLOWED: Review = { allowed: true, warnings: [] };

function reviewRequest(world: OperatorWorld, policy: AdmissionPolicy, request: AdmissionRequest): Review {
  const { kind, operation, namespace, object, oldObject } = request;
  if (kind.group !== GROUP || !object || (operation !== "CREATE" && operation !== "UPDATE")) return ALLOWED;
  // The API server asks about those too when it was told of the webhook before the operator was restricted.
  if (namespace !== undefined && policy.namespaces?.includes(namespace) === false) return ALLOWED;
  // What is on its way out must be able to lose its finalizers, whatever is wrong with it.
  if (object.metadata.deletionTimestamp !== undefined) return ALLOWED;
  if (operation === "UPDATE" && isSameSpec(object, oldObject)) return ALLOWED;
  switch (kind.kind) {
    case SUBNET_POOLS.kind:
      return reviewPool(
        world,
        policy,
        object as SubnetPool,
        (oldObject ?? undefined) as SubnetPool | undefined,
      );
    case SUBNET_CLAIMS.kind:
      return reviewClaim(world, object as SubnetClaim);
    case SUBNETS.kind:
      return reviewSubnet(world, object as Subnet);
    case SUBNET_POOL_CLAIMS.kind:
      return reviewPoolClaim(world, object as SubnetPoolClaim);
    default:
      return ALLOWED;
  }
}

/** An object that was let in before, or came while admission was down, must stay editable in everything else. */
function isSameSpec(object: object, old: object | null | undefined): boolean {
  const text = (of: object | null | undefined) => {
    const { spec, metadata } = (of ?? {}) as { spec?: unknown; metadata?: { labels?: unknown } };
    return JSON.stringify([spec, metadata?.labels]);
  };
  return text(object) === text(old);
}
