import { expect, test } from "vitest";
import type { SubnetClaim } from "../../api/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { backingClusterID, subnetNameFor } from "../../operator/model/subnet-name.ts";
import { allocated, claim, NOW_TEXT, pool, poolClaim, subnet } from "../../operator/testing/objects.ts";
import { backupOf } from "./backup-of.ts";
import { differencesFrom } from "./compare.ts";

const backing = (cidr: string) => {
  const clusterID = backingClusterID("team");
  return subnet(subnetNameFor("corp", clusterID), "corp", cidr, { spec: { clusterID }, status: allocated() });
};
const bound = (name: string, cidr: string, poolRef = "corp") =>
  claim(name, poolRef, { status: { phase: "Bound", allocatedCIDR: cidr } });

const FLEET: FleetObjects = {
  pools: [
    pool("corp", "10.0.0.0/16"),
    pool("team", "10.0.16.0/20", { spec: { parentRef: { name: "corp" } } }),
  ],
  poolClaims: [poolClaim("team", "corp", 20, { status: { phase: "Bound", boundPoolName: "team" } })],
  claims: [bound("web", "10.0.0.0/24"), bound("red", "10.0.16.0/24", "team"), claim("late", "corp")],
  subnets: [
    subnet(subnetNameFor("corp", "web"), "corp", "10.0.0.0/24", {
      spec: { clusterID: "web", claimRef: { name: "web", uid: "uid-web" } },
      status: allocated(),
    }),
    backing("10.0.16.0/20"),
    subnet("printers", "corp", "10.0.9.0/24", { status: allocated() }),
  ],
};
const BACKUP = backupOf(FLEET);

/** How a fleet differs from the one above. */
function differences(change: Partial<FleetObjects>): string[] {
  return differencesFrom(BACKUP, { ...FLEET, ...change }).map(
    ({ difference, object, message }) => `${difference}: ${object} ${message}`,
  );
}

test("nothing differs from itself, however much was added since", () => {
  expect(differences({})).toEqual([]);
  expect(differences({ claims: [...FLEET.claims, bound("new", "10.0.7.0/24")] })).toEqual([]);
  expect(differences({ claims: [...FLEET.claims.slice(0, 2), bound("late", "10.0.7.0/24")] })).toEqual([]);
});

test("a claim that has another block, none yet, or is not there", () => {
  const waiting: SubnetClaim = claim("web", "corp", {
    status: {
      phase: "Pending",
      message: "10.0.0.0/24 is taken",
      conditions: [
        {
          type: "Ready",
          status: "False",
          reason: "BlockTaken",
          message: "10.0.0.0/24 is taken",
          lastTransitionTime: NOW_TEXT,
        },
      ],
    },
  });
  const others = FLEET.claims.slice(1);
  expect(differences({ claims: [bound("web", "10.0.1.0/24"), ...others] })).toEqual([
    "moved: SubnetClaim web has 10.0.1.0/24, and had 10.0.0.0/24 in the backup",
  ]);
  expect(differences({ claims: [waiting, ...others] })).toEqual([
    "unserved: SubnetClaim web BlockTaken: 10.0.0.0/24 is taken",
  ]);
  expect(differences({ claims: [claim("web", "corp"), ...others] })).toEqual([
    "unserved: SubnetClaim web has no answer yet: an operator has to run",
  ]);
  expect(differences({ claims: others })).toEqual([
    "missing: SubnetClaim web is in the backup, and not in the cluster",
  ]);
});

test("a pool of another range, a pool claim that has another block, a Subnet that is not there", () => {
  const [, ...others] = FLEET.pools;
  expect(differences({ pools: [pool("corp", "10.0.0.0/15"), ...others] })).toEqual([
    "range: SubnetPool corp ranges over 10.0.0.0/15, and over 10.0.0.0/16 in the backup",
  ]);
  expect(differences({ subnets: [backing("10.0.32.0/20")] })).toEqual([
    "missing: Subnet printers is in the backup, and not in the cluster",
    "moved: SubnetPoolClaim team has 10.0.32.0/20, and had 10.0.16.0/20 in the backup",
  ]);
});
