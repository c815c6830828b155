import { expect, test } from "vitest";
import type { Subnet, SubnetPool } from "../../api/index.ts";
import { type Decision, type Request, request } from "../../runtime/index.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { worldOf } from "../testing/world-of.ts";
import { subnetReconciler } from "./subnet.ts";

const prod = pool("prod", "10.0.0.0/16");

function decide(asked: Subnet, ...others: readonly (Subnet | SubnetPool)[]): Decision {
  const target = request(NAMESPACE, asked.metadata.name) as Request;
  return subnetReconciler(worldOf(asked, ...others))(target);
}

/** Controllers and what they are to look at, after a status was written. */
function toldAfterWrite({ actions }: Decision): readonly string[] {
  const writtenAt = actions.findIndex((action) => action.do === "patch-status");
  expect(writtenAt).toBeGreaterThanOrEqual(0);
  return actions
    .slice(writtenAt)
    .flatMap((action) => (action.do === "enqueue" ? [`${action.controller} ${action.request.name}`] : []));
}

test("RQ-06 a controller that allocates a block puts its pool into the queue of PoolStatus, without waiting for the watch", () => {
  const asked = subnet("a", "prod", "10.0.0.0/24");
  expect(toldAfterWrite(decide(asked, prod))).toEqual(["PoolStatus prod"]);
});

test("RQ-06 so does one that refuses one", () => {
  const asked = subnet("a", "prod", "10.0.0.0/24");
  const holder = subnet("b", "prod", "10.0.0.0/16", { status: allocated() });
  expect(toldAfterWrite(decide(asked, prod, holder))).toEqual(["PoolStatus prod"]);
});

test("RQ-06 so does one that keeps one for the next claim", () => {
  const retaining = pool("prod", "10.0.0.0/16", { spec: { reclaimPolicy: "Retain" } });
  const spec = { claimRef: { name: "went", uid: "uid-went" } };
  const kept = subnet("a", "prod", "10.0.0.0/24", { spec, status: allocated({ life: "uuid-a" }) });
  expect(toldAfterWrite(decide(kept, retaining))).toEqual(["PoolStatus prod"]);
});

test("RQ-06 a decision that writes nothing puts nothing into a queue", () => {
  const settled = subnet("a", "prod", "10.0.0.0/24", { status: allocated({ life: "uuid-a" }) });
  expect(decide(settled, prod).actions).toEqual([]);
});
