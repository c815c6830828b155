/** A claim in its pool for tests of what is decided about it, and readers of the decision. */
import { recordLabels, type Subnet, type SubnetClaim, type SubnetClaimStatus } from "../../api/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import type { ClaimSnapshot } from "../decide/claim.ts";
import { claim, NOW_TEXT, pool, subnet } from "./objects.ts";
import { prefix, usablePool } from "./usable-pool.ts";

export const prod = pool("prod", "10.0.0.0/16", {
  spec: { minBlockSize: 20, maxBlockSize: 26, reserved: [{ cidr: "10.0.255.0/24", reason: "routers" }] },
});

export function snapshot(more: Partial<ClaimSnapshot> = {}): ClaimSnapshot {
  return {
    claim: claim("payments", "prod"),
    pool: usablePool(prod),
    subnetName: "prod-payments-x",
    subnet: undefined,
    orphans: [],
    holder: undefined,
    conflictingClaims: () => [],
    restsUntil: () => undefined,
    freedLengths: () => [],
    nowText: NOW_TEXT,
    ...more,
  };
}

/** A claim on whose labels the block is recorded that its Subnet has. */
export function recorded(of: SubnetClaim, cidr = "10.0.0.0/24", life?: string): SubnetClaim {
  const labels = { ...of.metadata.labels, ...recordLabels(of, prefix(cidr), life) };
  return { ...of, metadata: { ...of.metadata, labels } };
}

export function created(decision: Decision): Subnet {
  const create = decision.actions.find((action) => action.do === "create");
  if (create?.do !== "create") throw new Error(`creates nothing: ${decision.message}`);
  return create.object as Subnet;
}

export function statusOf(decision: Decision): Partial<SubnetClaimStatus> {
  const patch = decision.actions.find((action: Action) => action.do === "patch-status");
  return patch?.do === "patch-status" ? patch.status : {};
}

export function reasonOf(decision: Decision): string | undefined {
  return statusOf(decision).conditions?.find((condition) => condition.type === "Ready")?.reason;
}

export const mine = (status: Subnet["status"]) =>
  subnet("prod-payments-x", "prod", "10.0.0.0/24", {
    metadata: { labels: { "plexaubnet.io/pool": "prod" } },
    spec: { claimRef: { name: "payments", uid: "uid-payments" } },
    ...(status === undefined ? {} : { status }),
  });
