/**
 * The response of a validating webhook to a Service of type LoadBalancer: it checks only whether the IPs and
 * the pool that it asks for are in the ledger. It records nothing, and when the ledger cannot be asked it lets everything
 * through: an unavailable ledger must not block load balancers.
 */
import { describeLookUp, type Ledger, type LedgerPool, PoolIndex } from "../ledger/index.ts";
import { requestsOf, type Service } from "./metallb.ts";
import type { LoadBalancerMetrics } from "./metrics.ts";

export type WebhookPolicy = "warn" | "refuse";

/** `admission.k8s.io/v1 AdmissionReview`, as far as it is read and written. */
export interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request?: { readonly uid: string; readonly operation?: string; readonly object?: unknown };
}

export interface AdmissionAnswer {
  readonly apiVersion: "admission.k8s.io/v1";
  readonly kind: "AdmissionReview";
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly warnings?: readonly string[];
    readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  };
}

export interface ServiceVerdict {
  readonly allowed: boolean;
  /** A sentence for each request that the ledger cannot place. */
  readonly complaints: readonly string[];
}

/** Pure. A Service that asks for nothing in particular is always allowed. */
export function judgeService(
  service: Service,
  pools: readonly LedgerPool[],
  policy: WebhookPolicy,
): ServiceVerdict {
  if (service.spec?.type !== "LoadBalancer") return { allowed: true, complaints: [] };
  const requests = requestsOf(service);
  const index = new PoolIndex(pools);
  const complaints: string[] = [];
  for (const ip of requests.ips) {
    const found = index.lookUp(ip);
    if (found.result !== "found") complaints.push(describeLookUp(found));
  }
  if (requests.pool !== undefined && !pools.some(({ name }) => name === requests.pool)) {
    complaints.push(`the ledger has no pool ${requests.pool}; usage of it cannot be recorded until it has.`);
  }
  return { allowed: complaints.length === 0 || policy === "warn", complaints };
}

export interface WebhookContext {
  readonly ledger: Pick<Ledger, "pools">;
  readonly cluster: string;
  readonly policy: WebhookPolicy;
  readonly metrics: LoadBalancerMetrics;
}

/** Never rejects. */
export async function reviewService(
  review: AdmissionReview,
  context: WebhookContext,
): Promise<AdmissionAnswer> {
  const uid = review.request?.uid ?? "";
  const service = review.request?.object as Service | undefined;
  const allow = (warnings: readonly string[] = []): AdmissionAnswer => ({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid, allowed: true, ...(warnings.length > 0 && { warnings }) },
  });
  if (service?.spec?.type !== "LoadBalancer") return allow();
  try {
    const verdict = judgeService(service, await context.ledger.pools(context.cluster), context.policy);
    if (verdict.allowed) return allow(verdict.complaints);
    const status = { code: 403, reason: "Forbidden", message: verdict.complaints.join(" ") };
    return { ...allow(), response: { uid, allowed: false, status } };
  } catch {
    context.metrics.webhookUnanswered(context.cluster);
    return allow(["the ledger could not be asked about this load balancer; it is checked later."]);
  }
}
