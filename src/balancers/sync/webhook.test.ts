import { Registry } from "@prometheus-io/client";
import { expect, test } from "vitest";
import { LedgerError, type LedgerPool, type PoolId } from "../ledger/index.ts";
import type { Service } from "./metallb.ts";
import { LoadBalancerMetrics } from "./metrics.ts";
import { type AdmissionReview, judgeService, reviewService } from "./webhook.ts";

const POOLS: readonly LedgerPool[] = [
  { id: "1" as PoolId, cluster: "c1", name: "public-a", ranges: ["203.0.113.0/26"] },
];

function service(annotations: Record<string, string> = {}, type = "LoadBalancer"): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop", annotations },
    spec: { type },
  };
}

function review(object: Service): AdmissionReview {
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: { uid: "u-1", object } };
}

test("RC-02 a Service that asks for nothing in particular, or for what the ledger holds, is let through in silence", () => {
  const quiet = { allowed: true, complaints: [] };
  expect(judgeService(service(), POOLS, "refuse")).toEqual(quiet);
  expect(judgeService(service({ "metallb.io/loadBalancerIPs": "203.0.113.5" }), POOLS, "refuse")).toEqual(
    quiet,
  );
  expect(judgeService(service({ "metallb.universe.tf/address-pool": "public-a" }), POOLS, "refuse")).toEqual(
    quiet,
  );
  expect(
    judgeService(service({ "metallb.io/loadBalancerIPs": "9.9.9.9" }, "ClusterIP"), POOLS, "refuse"),
  ).toEqual(quiet);
});

test("RC-01 a requested IP that no ledger pool holds is a warning or a refusal that names it, by configuration", () => {
  const wanted = service({
    "metallb.io/loadBalancerIPs": "203.0.113.5, 192.0.2.9",
    "metallb.io/address-pool": "gpu",
  });
  const warned = judgeService(wanted, POOLS, "warn");
  expect(warned.allowed).toBe(true);
  expect(warned.complaints).toEqual([
    "no pool of the ledger holds 192.0.2.9; the nearest are public-a (203.0.113.0/26).",
    "the ledger has no pool gpu; usage of it cannot be recorded until it has.",
  ]);
  expect(judgeService(wanted, POOLS, "refuse")).toMatchObject({
    allowed: false,
    complaints: warned.complaints,
  });
});

test("RC-02 a ledger that is down blocks nothing, and is counted", async () => {
  const registry = new Registry();
  const metrics = new LoadBalancerMetrics(registry);
  const ledger = { pools: () => Promise.reject(new LedgerError("unreachable", "down")) };
  const context = { ledger, cluster: "c1", policy: "refuse" as const, metrics };
  const answer = await reviewService(review(service({ "metallb.io/loadBalancerIPs": "9.9.9.9" })), context);
  expect(answer.response).toMatchObject({
    uid: "u-1",
    allowed: true,
    warnings: [expect.stringContaining("checked later")],
  });
  expect(await registry.metrics()).toContain('plexaubnet_lb_webhook_unanswered_total{cluster="c1"} 1');
});

test("RC-01 a refusal is an answer in the form that an API server expects", async () => {
  const context = {
    ledger: { pools: async () => [...POOLS] },
    cluster: "c1",
    policy: "refuse" as const,
    metrics: new LoadBalancerMetrics(new Registry()),
  };
  const answer = await reviewService(review(service({ "metallb.io/loadBalancerIPs": "192.0.2.9" })), context);
  expect(answer).toMatchObject({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid: "u-1",
      allowed: false,
      status: { code: 403, message: expect.stringContaining("192.0.2.9") },
    },
  });
});
