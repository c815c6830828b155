import { describe, expect, test } from "vitest";
import { type Prefix, parsePrefix } from "../../../ipam/index.ts";
import type { FleetObjects } from "../../check/fleet-objects.ts";
import { backingClusterID } from "../../model/subnet-name.ts";
import { allocated, claim, NAMESPACE, pool, subnet } from "../../testing/objects.ts";
import { findBlock } from "./find-block.ts";
import { findFree } from "./find-free.ts";
import { findAll, findName } from "./find-name.ts";

const backing = subnet("corp-west", "corp", "10.1.0.0/16", {
  spec: { clusterID: backingClusterID("west") },
  status: allocated(),
});
const web = subnet("west-web", "west", "10.1.2.0/24", {
  spec: { clusterID: "eu-1", claimRef: { name: "web", uid: "uid-web" } },
  status: allocated(),
});
const fleet: FleetObjects = {
  pools: [
    pool("corp", "10.0.0.0/8", { spec: { reserved: [{ cidr: "10.255.0.0/16", reason: "routers" }] } }),
    pool("west", "10.1.0.0/16", {
      spec: { parentRef: { name: "corp" }, defaultBlockSize: 24, reuseDelaySeconds: 3600 },
    }),
  ],
  poolClaims: [],
  claims: [
    claim("web", "west", {
      spec: { clusterID: "eu-1" },
      status: { phase: "Bound", allocatedCIDR: "10.1.2.0/24" },
    }),
    claim("late", "west", { spec: { clusterID: "eu-1", purpose: "pods" } }),
  ],
  subnets: [
    backing,
    web,
    subnet("printers", "west", "10.1.3.0/24", { status: allocated() }),
    subnet("old", "west", "10.1.4.0/24", {
      status: allocated({ phase: "Released", releasedAt: "2026-01-01T00:00:00Z" }),
    }),
    subnet("clash", "west", "10.1.2.128/25", { status: { phase: "Failed", message: "overlaps west-web" } }),
  ],
};

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function states(objects: FleetObjects, text: string): string[] {
  return findBlock(objects, [prefix(text)]).map(({ block }) => `${block.state} ${block.cidr}`);
}

describe("the smallest block that holds addresses (PX-20)", () => {
  test("PX-20 a claim's, with its pools, its cluster, since when, what overlaps and what is beside it", () => {
    expect(findBlock(fleet, [prefix("10.1.2.200/32")])).toMatchObject([
      {
        block: {
          state: "claimed",
          cidr: "10.1.2.0/24",
          cluster: "eu-1",
          claim: "SubnetClaim web",
          subnet: "west-web",
          since: "2026-01-01T00:00:00Z",
          pools: ["corp", "west"],
        },
        around: [{ name: "corp" }, { name: "west", cidr: "10.1.0.0/16" }],
        overlaps: [{ subnet: "clash", state: "failed", message: "overlaps west-web" }],
        beside: [
          { side: "below", what: "free", cidr: "10.1.0.0/23" },
          { side: "above", what: "taken", cidr: "10.1.3.0/24", by: "Subnet printers" },
        ],
      },
    ]);
  });

  test.each([
    ["10.1.3.9/32", "unclaimed 10.1.3.0/24"],
    ["10.1.4.0/25", "resting 10.1.4.0/24"],
    ["10.1.128.0/20", "free 10.1.128.0/17"],
    ["10.255.1.0/24", "reserved 10.255.0.0/16"],
    ["10.1.2.0/23", "pool 10.1.0.0/16"],
    ["10.0.0.0/8", "pool 10.0.0.0/8"],
    ["0.0.0.0/0", "outside 0.0.0.0/0"],
  ])("PX-20 %s: %s", (text, expected) => {
    expect(states(fleet, text)).toEqual([expected]);
  });

  test("PX-20 each of two pools that overlap is a place of its own", () => {
    const twice = { ...fleet, pools: [...fleet.pools, pool("lab", "10.1.2.0/23")] };
    expect(states(twice, "10.1.2.7/32")).toEqual(["free 10.1.2.0/23", "claimed 10.1.2.0/24"]);
  });

  test("PX-20 addresses that nothing has are in no place", () => {
    expect(findBlock(fleet, [prefix("192.0.2.0/24")])).toEqual([]);
  });
});

describe("the blocks of a name (PX-20)", () => {
  const named = (name: string, kind?: Parameters<typeof findName>[2]) =>
    findName(fleet, name, kind).map(
      ({ cidr, state, claim: by, subnet: of }) => `${state} ${cidr || "-"} ${by ?? of}`,
    );

  test("PX-20 everything that a cluster has, and what it waits for", () => {
    expect(named("eu-1")).toEqual(["claimed 10.1.2.0/24 SubnetClaim web", "pending - SubnetClaim late"]);
  });

  test("PX-20 a child pool is one block, and the kind decides where names meet", () => {
    expect(named("west")).toEqual(["pool 10.1.0.0/16 SubnetPool west"]);
    expect(named("web", "Subnet")).toEqual([]);
    expect(named("web", "SubnetClaim")).toEqual(["claimed 10.1.2.0/24 SubnetClaim web"]);
  });

  test("PX-20 all blocks by address, and those that no claim has among them", () => {
    const all = findAll(fleet);
    expect(all.map(({ cidr }) => cidr)).toEqual([
      "10.0.0.0/8",
      "10.1.0.0/16",
      "10.1.2.0/24",
      "10.1.2.128/25",
      "10.1.3.0/24",
      "10.1.4.0/24",
      "",
    ]);
    expect(all.filter(({ state }) => state === "unclaimed").map(({ subnet: name }) => name)).toEqual([
      "printers",
    ]);
  });
});

describe("what is free in a pool (PX-20)", () => {
  const west = { namespace: NAMESPACE, name: "west" };

  test("PX-20 how many blocks of a size, the lowest of them, and the largest of all", () => {
    const free = findFree(fleet, west, { size: 24, limit: 3 });
    expect(free).toMatchObject({
      count: 253,
      blocks: ["10.1.0.0/24", "10.1.1.0/24", "10.1.5.0/24"],
      use: { largestFree: "10.1.128.0/17" },
    });
  });

  test("PX-20 without a size the maximal free blocks, whole", () => {
    const free = findFree(fleet, west, { limit: 2 });
    expect(free).toMatchObject({ count: 8, blocks: ["10.1.0.0/23", "10.1.5.0/24"] });
  });

  test("PX-20 a size that the pool does not allocate is free, and it is reported that no claim gets it", () => {
    const narrow = {
      ...fleet,
      pools: [pool("west", "10.1.0.0/16", { spec: { maxBlockSize: 24, defaultBlockSize: 24 } })],
    };
    expect(findFree(narrow, west, { size: 28, limit: 1 })).toMatchObject({
      notice: expect.stringMatching(/^the pool allocates .* and no \/28$/),
    });
  });

  test("PX-20 no such pool, and one without a valid range", () => {
    expect(findFree(fleet, { namespace: NAMESPACE, name: "none" }, { limit: 1 })).toBeUndefined();
    const broken = { ...fleet, pools: [pool("west", "nonsense")] };
    expect(findFree(broken, west, { limit: 1 })).toBe("has an invalid spec");
  });
});
