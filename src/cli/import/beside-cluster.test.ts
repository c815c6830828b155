import { expect, test } from "vitest";
import type { Subnet, SubnetClaim } from "../../api/index.ts";
import { faultText, objectsOf, planOf, type Row } from "../../exchange/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { claim, pool, subnet } from "../../operator/testing/objects.ts";
import { existingPools, splitByCluster, takenNames } from "./beside-cluster.ts";
import { checkedObjects } from "./planned-backup.ts";

const bound = (name: string, block: string): SubnetClaim =>
  claim(name, "corp", { status: { phase: "Bound", allocatedCIDR: block } });
const held = (name: string, block: string): Subnet => {
  const made = subnet(name, "corp", block);
  return {
    ...made,
    spec: { ...made.spec, claimRef: { name, uid: `uid-${name}` } },
    status: { phase: "Allocated" },
  };
};
const hand = (name: string, block: string): Subnet => ({
  ...subnet(name, "corp", block),
  status: { phase: "Allocated" },
});

/** Pool `corp`, in which claim `web` has 10.0.0.0/16, and a Subnet by hand 10.1.0.0/24. */
const live: FleetObjects = {
  pools: [pool("corp", "10.0.0.0/8")],
  poolClaims: [],
  claims: [bound("web", "10.0.0.0/16")],
  subnets: [held("web", "10.0.0.0/16"), hand("printers", "10.1.0.0/24")],
};

function beside(...rows: readonly Partial<Row>[]) {
  const all = rows.map((row, at): Row => ({ origin: { file: "p.csv", line: at + 2 }, block: "", ...row }));
  const plan = planOf(all, { namespace: "fleet", isNamespaceGiven: true, existing: existingPools(live) });
  if (!plan.ok) throw new Error(plan.error);
  const { objects } = objectsOf(plan.value, takenNames(live));
  const { there, missing } = splitByCluster(objects, live);
  const { sound, faults } = checkedObjects(missing, plan.value.vrfs, live, "p.csv");
  return {
    there: there.length,
    sound: sound.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    faults: [...plan.value.faults, ...faults].map(faultText),
  };
}

test("PX-13 a block that is there under any name is not made again", () => {
  expect(
    beside(
      { block: "10.0.0.0/8" },
      { block: "10.0.0.0/16", owner: "Web", name: "another name" },
      { block: "10.1.0.0/24" },
    ),
  ).toEqual({ there: 2, sound: [], faults: [] });
});

test("PX-13 a name that something else has in the cluster is not taken", () => {
  expect(beside({ block: "10.7.0.0/24", owner: "web" }).sound).toEqual(["SubnetClaim web-10.7.0.0-24"]);
});

test("PX-13 a block of another claim in the cluster is a fault of the row", () => {
  const { sound, faults } = beside({ block: "10.0.9.0/24", owner: "db" });
  expect(sound).toEqual([]);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(
    /^p\.csv:2: .* in the cluster has: delete that one, or remove this one from the file\.$/,
  );
});

test("PX-13 a pool around what its parent has allocated would never be ready: it and what is in it are held back", () => {
  expect(
    beside(
      { block: "10.1.0.0/16", shape: "pool" },
      { block: "10.1.4.0/22" },
      { block: "10.1.5.0/24" },
      { block: "10.2.0.0/16" },
    ),
  ).toEqual({
    there: 0,
    sound: ["Subnet 10.2.0.0-16"],
    faults: [
      "p.csv:2: pool 10.1.0.0/16 would lie in pool corp, of which Subnet printers has 10.1.0.0/24 in the cluster: delete that one or its claim first, or take this out.",
    ],
  });
});
