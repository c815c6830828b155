/** Which review an AdmissionReview asks for, and its answer. */
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
import { ok, type Result } from "../../kernel/index.ts";
import { equalJson } from "../../kube/index.ts";
import { type ReviewRequest, readReviewRequest, reviewAnswer } from "../../webhook/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import {
  type AdmissionPolicy,
  type Review,
  reviewClaim,
  reviewPool,
  reviewPoolClaim,
  reviewSubnet,
} from "./review.ts";

/** The answer's body, or what is wrong with the question. */
export function answerAdmission(
  world: OperatorWorld,
  policy: AdmissionPolicy,
  body: string,
  onAllowed?: (request: AllowedRequest) => void,
): Result<object, string> {
  const request = readReviewRequest(body);
  if (!request.ok) return request;
  const review = reviewRequest(world, policy, request.value);
  const allowed = review.allowed && onAllowed !== undefined ? allowedRequest(request.value) : undefined;
  if (allowed !== undefined) onAllowed?.(allowed);
  return ok(reviewAnswer(request.value.uid, review));
}

/** A request that was let in, which another check of the API server may still reject. */
export interface AllowedRequest {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  /** `metadata.uid` of the object. */
  readonly uid: string;
  /** `metadata.generation` that the object has then; 0 for a deletion. */
  readonly generation: number;
  /** As the API server authenticated it. */
  readonly user: string;
}

/** Undefined: it changes nothing of a spec, stores nothing, or does not name its user. */
function allowedRequest(request: ReviewRequest): AllowedRequest | undefined {
  const { kind, operation, object, oldObject, userInfo, dryRun } = request;
  const user = userInfo?.username ?? "";
  if (kind.group !== GROUP || dryRun === true || user === "") return undefined;
  const { uid = "", generation = 0 } = (object ?? oldObject)?.metadata ?? {};
  if (uid === "") return undefined;
  if (operation === "DELETE") return { operation, uid, generation: 0, user };
  if (operation === "CREATE") return { operation, uid, generation, user };
  if (operation !== "UPDATE" || generation === oldObject?.metadata.generation) return undefined;
  return { operation, uid, generation, user };
}

const ALLOWED: Review = { allowed: true, warnings: [] };

function reviewRequest(world: OperatorWorld, policy: AdmissionPolicy, request: ReviewRequest): Review {
  const { kind, operation, namespace, object, oldObject } = request;
  if (kind.group !== GROUP || !object || (operation !== "CREATE" && operation !== "UPDATE")) return ALLOWED;
  // The API server also sends reviews for those if the webhook was registered before the operator was restricted.
  if (namespace !== undefined && policy.namespaces?.includes(namespace) === false) return ALLOWED;
  // What is on its way out must be able to lose its finalizers, whatever is wrong with it.
  if (object.metadata.deletionTimestamp !== undefined) return ALLOWED;
  if (operation === "UPDATE" && isSameSpec(object, oldObject)) return ALLOWED;
  switch (kind.kind) {
    case SUBNET_POOLS.kind:
      return reviewPool(
        world,
        policy,
        object as unknown as SubnetPool,
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

interface Asked {
  readonly spec?: unknown;
  readonly metadata?: { readonly labels?: unknown };
}

/** An object that was let in before, or came while admission was down, must stay editable in everything else. */
function isSameSpec(object: object, old: object | null | undefined): boolean {
  const { spec, metadata } = object as Asked;
  const { spec: oldSpec, metadata: oldMetadata } = (old ?? {}) as Asked;
  return equalJson([spec, metadata?.labels], [oldSpec, oldMetadata?.labels]);
}
