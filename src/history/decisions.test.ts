import { expect, test } from "vitest";
import { decisionsOf, holdOf } from "./decisions.ts";
import { type Facts, type Observed, observe } from "./facts.ts";

const subnet: Facts = {
  kind: "Subnet",
  uid: "u",
  namespace: "fleet",
  name: "s",
  revision: "1",
  createdAt: "2026-05-01T08:00:00Z",
  cidr: "10.0.0.0/24",
  claimUid: "c1",
};
const BY = {
  spec: { manager: "kubectl", at: "2026-05-01T08:00:00Z" },
  status: { manager: "plexaubnet-operator", at: "2026-05-01T08:00:01Z" },
};

function whats(before: Facts | undefined, after: Facts | undefined): readonly string[] {
  return decisionsOf(before, after && { facts: after, by: BY }).map(({ what }) => what);
}

const allocated: Facts = { ...subnet, phase: "Allocated", decidedAt: "2026-05-01T08:00:01Z" };

test.each<[string, Facts | undefined, Facts | undefined, readonly string[]]>([
  ["a Subnet that is new", undefined, subnet, ["created"]],
  ["one that was allocated before it was seen", undefined, allocated, ["created", "allocated"]],
  ["an allocation", subnet, allocated, ["allocated"]],
  ["a rejection", subnet, { ...subnet, phase: "Failed", reason: "Overlap" }, ["failed"]],
  ["a block that is kept", allocated, { ...allocated, phase: "Released" }, ["kept"]],
  ["a block that passes to the next claim", allocated, { ...allocated, claimUid: "c2" }, ["handed-over"]],
  ["a deletion that waits", allocated, { ...allocated, deletingAt: "2026-05-02T00:00:00Z" }, ["deleting"]],
  ["its end", allocated, undefined, ["deleted"]],
  ["a change of nothing that matters", allocated, { ...allocated, revision: "2" }, []],
  ["nothing", undefined, undefined, []],
])("PX-17 %s", (_, before, after, expected) => {
  expect(whats(before, after)).toEqual(expected);
});

test("PX-17 a claim is recorded when it waits for something else, and not when it only words it otherwise", () => {
  const claim: Facts = {
    ...subnet,
    kind: "SubnetClaim",
    cidr: undefined,
    phase: "Pending",
    reason: "PoolExhausted",
  };
  expect(whats(undefined, claim)).toEqual(["created", "pending"]);
  expect(whats(claim, { ...claim, revision: "2" })).toEqual([]);
  expect(whats(claim, { ...claim, reason: "PoolPaused" })).toEqual(["pending"]);
  expect(whats(claim, { ...claim, phase: "Bound", reason: undefined, cidr: "10.0.0.0/24" })).toEqual([
    "bound",
  ]);
  expect(whats(claim, { ...claim, phase: "Error", reason: "SizeNotAllowed" })).toEqual(["refused"]);
  expect(whats({ ...claim, settings: "a" }, { ...claim, settings: "b" })).toEqual(["changed"]);
});

test("PX-17 who and when come from the part of the object that the decision is in", () => {
  const [created, decided] = decisionsOf(undefined, { facts: allocated, by: BY } satisfies Observed);
  expect(created).toMatchObject({ actor: "kubectl", at: "2026-05-01T08:00:00Z" });
  expect(decided).toMatchObject({
    actor: "plexaubnet-operator",
    at: "2026-05-01T08:00:01Z",
    hold: "allocated",
  });
});

test("PX-17 a block on its way out rests, whatever its phase is", () => {
  expect(holdOf(allocated)).toBe("allocated");
  expect(holdOf({ ...allocated, phase: "Released" })).toBe("kept");
  expect(holdOf({ ...allocated, phase: "Released", deletingAt: "2026-05-02T00:00:00Z" })).toBe("resting");
  expect(holdOf(subnet)).toBeUndefined();
  expect(holdOf({ ...allocated, kind: "SubnetClaim" })).toBeUndefined();
});

test("PX-17 a status that was restored with a backup decides nothing about the object of now", () => {
  const object = {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "Subnet",
    metadata: {
      name: "s",
      namespace: "fleet",
      uid: "12345678-0000-4000-8000-000000000000",
      resourceVersion: "7",
      managedFields: [
        { manager: "kubectl", operation: "Update", time: "2026-05-01T08:00:00Z", fieldsV1: { "f:spec": {} } },
        { manager: "argocd", operation: "Apply", time: "2026-05-02T08:00:00Z", fieldsV1: { "f:spec": {} } },
        { manager: "op", operation: "Update", subresource: "status", fieldsV1: { "f:status": {} } },
      ],
    },
    spec: { poolRef: "prod", cidr: "10.0.0.0/24", clusterID: "c" },
    status: { phase: "Allocated", life: "uffffffff" },
  };
  expect(observe(object).facts.phase).toBeUndefined();
  expect(
    observe({ ...object, status: { phase: "Allocated", life: "u12345678" } } as typeof object).facts.phase,
  ).toBe("Allocated");
  expect(observe(object).by).toMatchObject({ spec: { manager: "argocd" }, status: { manager: "op" } });
});
