import { describe, expect, test } from "vitest";
import {
  BLOCK_LABEL,
  BLOCK_LIFE_LABEL,
  POOL_CLAIM_LABEL,
  recordLabels,
  recordOf,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../../ipam/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { backingClusterID, subnetNameFor } from "../../operator/model/subnet-name.ts";
import { allocated, claim, pool, poolClaim, subnet } from "../../operator/testing/objects.ts";
import { backupOf } from "./backup-of.ts";

function fleet(part: Partial<FleetObjects>): FleetObjects {
  return { pools: [], poolClaims: [], claims: [], subnets: [], ...part };
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const GOING = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const bound = (allocatedCIDR: string) => ({ status: { phase: "Bound" as const, allocatedCIDR } });

function served(name: string, poolRef: string, cidr: string, more: object = {}) {
  return subnet(subnetNameFor(poolRef, name), poolRef, cidr, {
    spec: { clusterID: name, claimRef: { name, uid: `uid-${name}` } },
    status: allocated(),
    ...more,
  });
}

function backing(parent: string, child: string, cidr: string, more: object = {}) {
  const clusterID = backingClusterID(child);
  return subnet(subnetNameFor(parent, clusterID), parent, cidr, {
    spec: { clusterID },
    status: allocated(),
    ...more,
  });
}

const keysOf = (objects: FleetObjects) =>
  backupOf(objects).entries.map(({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`);

/** The manifest of a name, as text would carry it. */
function manifestOf<T>(objects: FleetObjects, name: string, kind: string): T {
  const found = backupOf(objects).entries.find(
    ({ manifest }) => manifest.metadata.name === name && manifest.kind === kind,
  );
  return JSON.parse(JSON.stringify(found?.manifest)) as T;
}

describe("what is written", () => {
  test("labels, annotations and spec stay; whatever belongs to this life goes", () => {
    const web = claim("web", "corp", {
      ...bound("10.0.0.0/24"),
      metadata: {
        labels: { team: "red" },
        annotations: { note: "x", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
        finalizers: ["example.com/up"],
        ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid: "b" }],
        creationTimestamp: "2026-01-01T00:00:00Z",
        managedFields: [{}],
      },
      spec: { blockSize: 24 },
    });
    expect(manifestOf(fleet({ claims: [web] }), "web", "SubnetClaim")).toEqual({
      apiVersion: "plexaubnet.io/v1alpha1",
      kind: "SubnetClaim",
      metadata: {
        name: "web",
        namespace: "fleet",
        labels: { team: "red", ...recordLabels(web, prefix("10.0.0.0/24"), "uuid-web") },
        annotations: { note: "x" },
      },
      spec: { blockSize: 24, clusterID: "web", poolRef: "corp" },
    });
  });

  test("a Subnet keeps the name of its claim, and loses the UID", () => {
    const found = manifestOf<{ spec: object }>(
      fleet({ subnets: [served("web", "corp", "10.0.0.0/24")] }),
      subnetNameFor("corp", "web"),
      "Subnet",
    );
    expect(found.spec).toEqual({
      cidr: "10.0.0.0/24",
      claimRef: { name: "web" },
      clusterID: "web",
      poolRef: "corp",
    });
  });

  test("in an order that does not depend on that of the lists: child pools after Subnets, claims without a block last", () => {
    const objects = fleet({
      pools: [
        pool("aaa", "10.0.16.0/20", { spec: { parentRef: { name: "corp" } } }),
        pool("corp", "10.0.0.0/16"),
        pool("b", "10.1.0.0/16", { metadata: { namespace: "a" } }),
      ],
      claims: [claim("aaa", "corp"), claim("web", "corp", bound("10.0.0.0/24"))],
      subnets: [served("web", "corp", "10.0.0.0/24")],
      poolClaims: [poolClaim("team", "corp", 20)],
    });
    const expected = [
      "SubnetPool b",
      "SubnetPool corp",
      `Subnet ${subnetNameFor("corp", "web")}`,
      "SubnetPool aaa",
      "SubnetClaim web",
      "SubnetPoolClaim team",
      "SubnetClaim aaa",
    ];
    expect(keysOf(objects)).toEqual(expected);
    expect(
      keysOf({ ...objects, pools: objects.pools.toReversed(), claims: objects.claims.toReversed() }),
    ).toEqual(expected);
  });
});

describe("what a claim remembers", () => {
  const recorded = (block: string, life: string) => {
    const bare = claim("web", "corp");
    return {
      metadata: { uid: bare.metadata.uid as string, labels: recordLabels(bare, prefix(block), life) },
    };
  };
  const blockIn = (objects: FleetObjects) => {
    const record = recordOf(manifestOf<SubnetClaim>(objects, "web", "SubnetClaim"));
    return record && formatPrefix(record.block);
  };

  test("the block that it was promised, whatever its labels say", () => {
    const web = claim("web", "corp", { ...recorded("10.0.7.0/24", "old"), ...bound("10.0.0.0/24") });
    expect(blockIn(fleet({ claims: [web] }))).toBe("10.0.0.0/24");
  });

  test("the block that it waits for since it was restored, with the life that had it", () => {
    const objects = fleet({ claims: [claim("web", "corp", recorded("10.0.7.0/24", "old"))] });
    expect(blockIn(objects)).toBe("10.0.7.0/24");
    const { metadata } = manifestOf<SubnetClaim>(objects, "web", "SubnetClaim");
    expect(metadata.labels?.[BLOCK_LIFE_LABEL]).toBe("old");
  });

  test("not one that it has only asked for; but one that it got, before its status reports it", () => {
    const asking = claim("web", "corp", recorded("10.0.7.0/24", "uuid-web"));
    expect(blockIn(fleet({ claims: [asking] }))).toBeUndefined();
    expect(blockIn(fleet({ claims: [asking], subnets: [served("web", "corp", "10.0.7.0/24")] }))).toBe(
      "10.0.7.0/24",
    );
  });

  test("not what was copied from another claim", () => {
    const { metadata } = claim("other", "corp", {
      metadata: { labels: recordLabels(claim("web", "corp"), prefix("10.0.7.0/24"), "old") },
    });
    const objects = fleet({ claims: [claim("other", "corp", { metadata })] });
    expect(manifestOf<SubnetClaim>(objects, "other", "SubnetClaim").metadata.labels).toBeUndefined();
  });

  test("not what it was promised and another claim has by now, which is reported", () => {
    const web = claim("web", "corp", { status: { phase: "Error", allocatedCIDR: "10.0.0.0/24" } });
    const objects = fleet({ claims: [web], subnets: [served("thief", "corp", "10.0.0.0/24")] });
    expect(blockIn(objects)).toBeUndefined();
    expect(backupOf(objects).notes).toEqual([
      `SubnetClaim fleet/web was promised 10.0.0.0/24, which Subnet ${subnetNameFor("corp", "thief")} holds: it is exported without a block.`,
    ]);
  });

  test("of a UID that is not known, another life than any that will come", () => {
    const web = claim("web", "corp", { ...bound("10.0.0.0/24"), metadata: { uid: "" } });
    const { metadata } = manifestOf<SubnetClaim>(fleet({ claims: [web] }), "web", "SubnetClaim");
    expect(metadata.labels?.[BLOCK_LIFE_LABEL]).toBe("restored");
  });
});

describe("pools that were made for a claim", () => {
  const team = poolClaim("team", "corp", 20, { status: { phase: "Bound", boundPoolName: "team" } });
  const owner = {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "SubnetPoolClaim",
    name: "team",
    uid: "uid-team",
  };
  const made = pool("team", "10.0.16.0/20", {
    metadata: { ownerReferences: [{ ...owner, controller: true }] },
    spec: { parentRef: { name: "corp" } },
  });

  test("the pool names its claim by the label, and the claim remembers the block that the pool began with", () => {
    const grown = { ...made, spec: { ...made.spec, cidr: "10.0.16.0/19" } };
    const objects = fleet({
      pools: [pool("corp", "10.0.0.0/16"), grown],
      poolClaims: [team],
      subnets: [backing("corp", "team", "10.0.16.0/20")],
    });
    const { metadata } = manifestOf<SubnetPool>(objects, "team", "SubnetPool");
    expect(metadata.labels?.[POOL_CLAIM_LABEL]).toBe("team");
    expect(metadata.ownerReferences).toBeUndefined();
    const restored = manifestOf<SubnetPoolClaim>(objects, "team", "SubnetPoolClaim");
    expect(restored.metadata.labels?.[BLOCK_LABEL]).toBe("10.0.16.0_20");
    expect(recordOf(restored)?.life).toBe("uuid-team");
  });

  test("another operator's claim behind the pool becomes the Subnet that ours would have", () => {
    const inner = claim("inner-x7", "corp", {
      ...bound("10.0.16.0/20"),
      metadata: { ownerReferences: [owner] },
      spec: { clusterID: "uid-team" },
    });
    const held = subnet("corp-10-0-16-0-20", "corp", "10.0.16.0/20", {
      spec: { clusterID: "uid-team", claimRef: { name: "inner-x7", uid: "uid-inner-x7" } },
      status: allocated(),
    });
    const objects = fleet({
      pools: [pool("corp", "10.0.0.0/16"), made],
      poolClaims: [team],
      claims: [inner],
      subnets: [held],
    });
    const name = subnetNameFor("corp", "pool.team");
    expect(keysOf(objects)).toEqual([
      "SubnetPool corp",
      `Subnet ${name}`,
      "SubnetPool team",
      "SubnetPoolClaim team",
    ]);
    const restored = manifestOf<{ spec: object }>(objects, name, "Subnet");
    expect(restored.spec).toEqual({ cidr: "10.0.16.0/20", clusterID: "pool.team", poolRef: "corp" });
    const { metadata } = manifestOf<SubnetPoolClaim>(objects, "team", "SubnetPoolClaim");
    expect(metadata.labels?.[BLOCK_LABEL]).toBe("10.0.16.0_20");
  });
});

describe("what is left out", () => {
  test("what is being deleted, which is said", () => {
    const objects = fleet({
      pools: [pool("corp", "10.0.0.0/16"), pool("old", "10.9.0.0/16", { metadata: GOING })],
      claims: [claim("web", "corp", { ...bound("10.0.0.0/24"), metadata: GOING })],
      subnets: [served("web", "corp", "10.0.0.0/24", { metadata: GOING })],
    });
    expect(keysOf(objects)).toEqual(["SubnetPool corp"]);
    expect(backupOf(objects).notes).toEqual([
      "SubnetPool fleet/old is being deleted: it is omitted.",
      "SubnetClaim fleet/web is being deleted: it is omitted.",
    ]);
  });

  test("but not what something stands on that stays: its pools, its Subnet, its own finalizer", () => {
    const objects = fleet({
      pools: [
        pool("corp", "10.0.0.0/8", { metadata: GOING }),
        pool("team", "10.0.0.0/16", { metadata: GOING, spec: { parentRef: { name: "corp" } } }),
      ],
      claims: [
        claim("web", "team", bound("10.0.0.0/24")),
        claim("up", "team", {
          ...bound("10.0.1.0/24"),
          metadata: { ...GOING, finalizers: ["example.com/up"] },
        }),
      ],
      subnets: [
        served("web", "team", "10.0.0.0/24", { metadata: GOING }),
        backing("corp", "team", "10.0.0.0/16"),
      ],
    });
    expect(keysOf(objects)).toHaveLength(6);
    expect(backupOf(objects).notes).toHaveLength(4);
    expect(backupOf(objects).notes[0]).toBe(
      "SubnetPool fleet/corp is being deleted and still in use: it is exported without the deletion, so delete it again after a restore.",
    );
  });

  test("a pool goes with its claim, and the Subnet behind it with both", () => {
    const objects = fleet({
      pools: [
        pool("corp", "10.0.0.0/16"),
        pool("team", "10.0.0.0/20", {
          metadata: { labels: { [POOL_CLAIM_LABEL]: "team" } },
          spec: { parentRef: { name: "corp" } },
        }),
      ],
      poolClaims: [poolClaim("team", "corp", 20, { metadata: GOING })],
      subnets: [backing("corp", "team", "10.0.0.0/20")],
    });
    expect(keysOf(objects)).toEqual(["SubnetPool corp"]);
  });

  test("what is Failed, unless it was made by hand and blocks nothing", () => {
    const status = { phase: "Failed" as const };
    const objects = fleet({
      subnets: [
        served("web", "corp", "10.0.0.0/24"),
        served("late", "corp", "10.0.0.0/24", { status }),
        subnet("printers", "corp", "10.0.0.0/25", { status }),
        subnet("outside", "corp", "172.16.0.0/24", { status }),
      ],
    });
    expect(keysOf(objects)).toEqual([`Subnet ${subnetNameFor("corp", "web")}`, "Subnet outside"]);
    expect(backupOf(objects).notes).toEqual([
      "Subnet fleet/printers is Failed, and another object holds its block: it is omitted.",
    ]);
  });
});
