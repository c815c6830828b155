/** Leases, as leader election uses them: https://kubernetes.io/docs/concepts/architecture/leases/ */
import { expect, test } from "vitest";
import { refusal, useCluster } from "./cluster.ts";
import { leases } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });

function lease(name: string, holderIdentity: string, more: object = {}) {
  const spec = {
    holderIdentity,
    leaseDurationSeconds: 15,
    acquireTime: "2026-01-01T00:00:00.000001Z",
    renewTime: "2026-01-01T00:00:10.123456Z",
    leaseTransitions: 0,
    ...more,
  };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: named(name), spec };
}

test("a lease keeps its microseconds", async () => {
  const created = await api.client.create(leases, lease("micro", "a"));
  expect(created).toMatchObject({ spec: lease("micro", "a").spec });
});

test("of two who create one lease one wins", async () => {
  const results = await Promise.allSettled(
    ["a", "b"].map((who) => api.client.create(leases, lease("race", who))),
  );
  expect(results.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("of many who take over one expired lease on the same revision exactly one wins", async () => {
  const created = await api.client.create(leases, lease("take", "old"));
  const take = (who: string) =>
    api.client.update(leases, { ...created, ...lease("take", who), metadata: created.metadata });
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => take(`candidate-${i}`)));
  expect(results.filter((each) => each.status === "fulfilled")).toHaveLength(1);
  for (const each of results) {
    if (each.status === "rejected") expect(each.reason).toMatchObject({ code: 409, reason: "Conflict" });
  }
});

test("a lease is released by clearing its holder", async () => {
  const created = await api.client.create(leases, lease("release", "a"));
  const released = { ...created, spec: { ...lease("release", "").spec, leaseDurationSeconds: 1 } };
  expect((await api.client.update(leases, released)).metadata.uid).toBe(created.metadata.uid);
});

test("a lease without a positive duration is refused as Invalid", async () => {
  const error = await refusal(api.client.create(leases, lease("zero", "a", { leaseDurationSeconds: 0 })));
  expect([error.code, error.reason]).toEqual([422, "Invalid"]);
});
