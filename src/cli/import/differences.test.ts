import { expect, test } from "vitest";
import type { FleetObjects } from "../../operator/index.ts";
import { allocated, claim, pool, subnet } from "../../operator/testing/objects.ts";
import { differencesBetween } from "./differences.ts";

const corp = pool("corp", "10.0.0.0/8");
const bound = (name: string, cidr: string) =>
  claim(name, "corp", { status: { phase: "Bound", allocatedCIDR: cidr } });
const asked = (name: string, cidr: string, clusterID = name) =>
  claim(name, "corp", { spec: { requestedCIDR: cidr, clusterID } });

const live: FleetObjects = {
  pools: [corp],
  poolClaims: [],
  claims: [bound("web", "10.0.0.0/24"), bound("old", "10.0.9.0/24")],
  subnets: [
    subnet("corp-web", "corp", "10.0.0.0/24", {
      spec: { claimRef: { name: "web", uid: "uid-web" } },
      status: allocated(),
    }),
    subnet("printers", "corp", "10.0.2.0/24", { status: allocated() }),
  ],
};

test("PX-13 a source and the cluster are compared block by block, both ways", () => {
  const planned = [
    corp,
    asked("web", "10.0.0.0/24"),
    asked("new", "10.0.1.0/24"),
    asked("printers", "10.0.2.0/24"),
    subnet("spare", "corp", "10.0.3.0/24"),
  ];
  expect(differencesBetween(planned, live).map(({ cidr, difference }) => `${cidr} ${difference}`)).toEqual([
    "10.0.1.0/24 only in the source",
    "10.0.2.0/24 another kind",
    "10.0.3.0/24 only in the source",
    "10.0.9.0/24 only in the cluster",
  ]);
  expect(differencesBetween([asked("x", "10.0.0.0/24", "other")], live)).toContainEqual({
    difference: "another owner",
    namespace: "fleet",
    cidr: "10.0.0.0/24",
    source: "SubnetClaim x of other",
    cluster: "SubnetClaim web of web",
  });
});

test("PX-13 the same blocks are not a difference, and other namespaces are not compared", () => {
  const same = [
    corp,
    asked("web", "10.0.0.0/24"),
    asked("old", "10.0.9.0/24"),
    subnet("p", "corp", "10.0.2.0/24"),
  ];
  const elsewhere = pool("lab", "192.168.0.0/16", { metadata: { namespace: "lab" } });
  expect(differencesBetween(same, { ...live, pools: [...live.pools, elsewhere] })).toEqual([]);
});
