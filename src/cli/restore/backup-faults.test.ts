import { describe, expect, test } from "vitest";
import { recordLabels, type SubnetClaim, type SubnetPoolClaim } from "../../api/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { backingClusterID, subnetNameFor } from "../../operator/model/subnet-name.ts";
import { allocated, claim, pool, poolClaim, subnet } from "../../operator/testing/objects.ts";
import { backupOf, named } from "../backup/backup-of.ts";
import { readable } from "../backup/fleet-lookup.ts";
import { backupFaults } from "./backup-faults.ts";

const NONE: FleetObjects = { pools: [], poolClaims: [], claims: [], subnets: [] };

/** `SubnetClaim fleet/web` → what is wrong with it. */
function faultsOf(file: Partial<FleetObjects>, live: Partial<FleetObjects> = {}): Record<string, string> {
  const fleet = { ...NONE, ...file };
  const { entries } = backupOf(fleet);
  const faults = backupFaults({
    entries,
    fleet,
    live: { ...NONE, ...live },
    originOf: (object) => `line of ${named(object)}`,
  });
  return Object.fromEntries([...faults.values()].map(({ object, message }) => [object, message]));
}

const bound = (name: string, poolRef: string, allocatedCIDR: string, more: object = {}) =>
  claim(name, poolRef, { status: { phase: "Bound", allocatedCIDR }, ...more });
const served = (name: string, poolRef: string, cidr: string) =>
  subnet(subnetNameFor(poolRef, name), poolRef, cidr, {
    spec: { clusterID: name, claimRef: { name, uid: `uid-${name}` } },
    status: allocated(),
  });
const backing = (parent: string, child: string, cidr: string) => {
  const clusterID = backingClusterID(child);
  return subnet(subnetNameFor(parent, clusterID), parent, cidr, { spec: { clusterID }, status: allocated() });
};

/** As a claim is restored by a tool that keeps labels alone. */
function remembering<T extends SubnetClaim | SubnetPoolClaim>(bare: T, block: string): T {
  const prefix = readable(block);
  if (prefix === undefined) throw new Error(block);
  return { ...bare, metadata: { ...bare.metadata, labels: recordLabels(bare, prefix, "old") } };
}

const corp = pool("corp", "10.0.0.0/16");

test("a whole fleet beside itself is sound, in the file alone and in the cluster, too", () => {
  const fleet = {
    pools: [corp, pool("team", "10.0.16.0/20", { spec: { parentRef: { name: "corp" } } })],
    poolClaims: [poolClaim("team", "corp", 20, { status: { phase: "Bound", boundPoolName: "team" } })],
    claims: [
      bound("web", "corp", "10.0.0.0/24"),
      bound("red", "team", "10.0.16.0/24"),
      claim("late", "corp"),
    ],
    subnets: [
      served("web", "corp", "10.0.0.0/24"),
      served("red", "team", "10.0.16.0/24"),
      backing("corp", "team", "10.0.16.0/20"),
      subnet("printers", "corp", "10.0.9.0/24", { status: allocated() }),
    ],
  };
  expect(faultsOf(fleet)).toEqual({});
  expect(faultsOf(fleet, fleet)).toEqual({});
});

describe("in the file", () => {
  test("two claims of one block, and a claim inside another's", () => {
    const claims = [
      bound("a", "corp", "10.0.0.0/24"),
      remembering(claim("b", "corp"), "10.0.0.0/24"),
      bound("c", "corp", "10.0.2.0/23"),
      bound("d", "corp", "10.0.3.0/24"),
    ];
    expect(faultsOf({ pools: [corp], claims })).toEqual({
      "SubnetClaim fleet/a":
        "has 10.0.0.0/24, which SubnetClaim b at line of SubnetClaim fleet/b has: remove one of them",
      "SubnetClaim fleet/b":
        "has 10.0.0.0/24, which SubnetClaim a at line of SubnetClaim fleet/a has: remove one of them",
      "SubnetClaim fleet/c":
        "has 10.0.2.0/23, and 10.0.3.0/24, which overlaps it, is what SubnetClaim d at line of SubnetClaim fleet/d has: remove one of them",
      "SubnetClaim fleet/d":
        "has 10.0.3.0/24, and 10.0.2.0/23, which overlaps it, is what SubnetClaim c at line of SubnetClaim fleet/c has: remove one of them",
    });
    // Pools that share addresses are not meant, and allowed.
    expect(
      faultsOf({ claims: [bound("a", "corp", "10.0.0.0/24"), bound("b", "other", "10.0.0.0/24")] }),
    ).toEqual({});
  });

  test("a claim, a pool claim and a Subnet outside their pool", () => {
    const subnets = [subnet("printers", "corp", "10.9.0.0/24", { status: allocated() })];
    const faults = faultsOf({
      pools: [corp],
      claims: [bound("a", "corp", "172.16.0.0/24"), bound("b", "corp", "fd00::/64")],
      poolClaims: [remembering(poolClaim("team", "corp", 20), "10.1.0.0/20")],
      subnets,
    });
    expect(Object.keys(faults).sort()).toEqual([
      "Subnet fleet/printers",
      "SubnetClaim fleet/a",
      "SubnetClaim fleet/b",
      "SubnetPoolClaim fleet/team",
    ]);
    expect(faults["SubnetClaim fleet/a"]).toBe(
      "has 172.16.0.0/24, which is outside pool corp, whose range is 10.0.0.0/16 in the file: correct one of them",
    );
  });

  test("a claim and its Subnet that contradict each other", () => {
    const faults = faultsOf({
      claims: [bound("a", "corp", "10.0.0.0/24")],
      subnets: [served("a", "corp", "10.0.1.0/24")],
    });
    expect(faults).toEqual({
      "SubnetClaim fleet/a": `has 10.0.0.0/24, and its Subnet ${subnetNameFor("corp", "a")} in the file has 10.0.1.0/24: correct one of them`,
      [`Subnet fleet/${subnetNameFor("corp", "a")}`]:
        "has 10.0.1.0/24, and its SubnetClaim a in the file has 10.0.0.0/24: correct one of them",
    });
  });

  test("two claims for one cluster, unless their purposes differ", () => {
    const twin = (purpose?: string) =>
      bound("b", "corp", "10.0.1.0/24", {
        spec: { clusterID: "a", ...(purpose === undefined ? {} : { purpose }) },
      });
    const first = bound("a", "corp", "10.0.0.0/24");
    expect(Object.keys(faultsOf({ claims: [first, twin()] }))).toHaveLength(2);
    expect(faultsOf({ claims: [first, twin("pods")] })).toEqual({});
  });
});

describe("beside the cluster", () => {
  test("a pool that has shrunk", () => {
    const live = { pools: [pool("corp", "10.0.0.0/22")] };
    const claims = [bound("a", "corp", "10.0.0.0/24"), bound("b", "corp", "10.0.9.0/24")];
    expect(faultsOf({ pools: [corp], claims }, live)).toEqual({
      "SubnetClaim fleet/b":
        "has 10.0.9.0/24, which is outside pool corp, whose range is 10.0.0.0/22 in the cluster, and 10.0.0.0/16 in the file: grow the pool, or remove this object from the file",
    });
  });

  test("a block that another claim has by now, or was promised, or still has while it goes", () => {
    const claims = [bound("a", "corp", "10.0.0.0/24")];
    const holders = [
      { subnets: [served("b", "corp", "10.0.0.0/24")] },
      { claims: [bound("b", "corp", "10.0.0.0/24")] },
      { claims: [remembering(claim("b", "corp"), "10.0.0.0/23")] },
      {
        subnets: [
          {
            ...backing("corp", "b", "10.0.0.0/20"),
            metadata: {
              ...backing("corp", "b", "10.0.0.0/20").metadata,
              deletionTimestamp: "2026-01-01T00:00:00Z",
            },
          },
        ],
      },
    ];
    for (const live of holders)
      expect(Object.keys(faultsOf({ claims }, live))).toEqual(["SubnetClaim fleet/a"]);
    expect(
      faultsOf({ claims }, { subnets: [served("b", "corp", "10.0.0.0/24")] })["SubnetClaim fleet/a"],
    ).toBe(
      `has 10.0.0.0/24, which Subnet ${subnetNameFor("corp", "b")} in the cluster has: delete that one, or remove this one from the file`,
    );
  });

  test("not a Subnet that is its own: of an earlier life, or made by hand for its cluster", () => {
    const claims = [bound("a", "corp", "10.0.0.0/24")];
    expect(faultsOf({ claims }, { subnets: [served("a", "corp", "10.0.0.0/24")] })).toEqual({});
    const byHand = subnet("by-hand", "corp", "10.0.0.0/24", {
      spec: { clusterID: "a" },
      status: allocated(),
    });
    expect(faultsOf({ claims }, { subnets: [byHand] })).toEqual({});
    expect(
      Object.keys(
        faultsOf({ claims }, { subnets: [{ ...byHand, spec: { ...byHand.spec, clusterID: "b" } }] }),
      ),
    ).toEqual(["SubnetClaim fleet/a"]);
  });

  test("an existing one with another block, or another wanted, or on its way out", () => {
    const claims = [bound("a", "corp", "10.0.0.0/24")];
    const faultWith = (live: SubnetClaim) => faultsOf({ claims }, { claims: [live] })["SubnetClaim fleet/a"];
    expect(faultWith(bound("a", "corp", "10.0.1.0/24"))).toBe(
      "has 10.0.1.0/24 in the cluster, and 10.0.0.0/24 in the file: delete it in the cluster, or remove it from the file",
    );
    expect(faultWith(claim("a", "other"))).toBe(
      "exists in the cluster as one of pool other for cluster a, and in the file as one of pool corp for cluster a: delete it in the cluster, or remove it from the file",
    );
    expect(
      faultWith(claim("a", "corp", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })),
    ).toMatch(/wait until it is gone/);
    expect(faultWith(claim("a", "corp"))).toBeUndefined();
    const other = bound("z", "corp", "10.0.1.0/24", { spec: { clusterID: "a" } });
    expect(faultWith(other)).toMatch(/like SubnetClaim z in the cluster/);
  });

  test("a claim that has none in the file is sound, whatever has come since", () => {
    const live = {
      claims: [bound("late", "corp", "10.0.1.0/24")],
      subnets: [served("late", "corp", "10.0.1.0/24")],
    };
    expect(faultsOf({ claims: [claim("late", "corp")] }, live)).toEqual({});
  });
});
