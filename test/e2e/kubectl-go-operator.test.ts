/**
 * The manifests of a user of the Go operator of the same name, applied unchanged (PS-05): every field of its
 * four kinds and the label of the parent, and what it shows of them in status, conditions and columns. Bounds
 * that it had (blocks /16 to /28, pools /12 to /28) are kept to, nothing that it lacked is used.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import type { Condition } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { findViolations } from "../../src/operator/index.ts";
import { FleetWorld, reasonOf } from "../integration/fleet-world.ts";
import { firstRow, kubectlIn } from "./kubectl-command.ts";

let world: FleetWorld;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "go-manifests-"));
  world = await FleetWorld.start();
  await world.startOperator();
  writeFileSync(join(home, "kubeconfig"), world.server.kubeconfig());
});
afterAll(async () => {
  await world.stop();
  rmSync(home, { recursive: true, force: true });
});

const kubectl = (args: readonly string[], input = "") => kubectlIn(home, args, input);
const apply = (manifests: string) => kubectl(["apply", "-f", "-"], manifests);
const row = async (kind: string, name: string) => firstRow(await kubectl(["get", kind, name]));

const conditionOf = (object: { status?: { conditions?: readonly Condition[] } }, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type);

const manifest = (kind: string, name: string, spec: string, labels = "") => `
apiVersion: plexaubnet.io/v1alpha1
kind: ${kind}
metadata:
  name: ${name}${labels}
spec:
${spec.replace(/^/gm, "  ")}
---`;
const pool = (name: string, spec: string, labels = "") => manifest("SubnetPool", name, spec, labels);
const claim = (name: string, spec: string) => manifest("SubnetClaim", name, spec);
const subnet = (name: string, spec: string) => manifest("Subnet", name, spec);
const poolClaim = (name: string, parent: string, size: number) =>
  manifest("SubnetPoolClaim", name, `parentPoolRef: ${parent}\ndesiredBlockSize: ${size}`);

describe("SubnetPool", () => {
  test("PS-05 cidr, defaultBlockSize, minBlockSize, maxBlockSize and strategy; status and columns", async () => {
    await apply(
      pool(
        "prod",
        `cidr: 10.0.0.0/16
defaultBlockSize: 24
minBlockSize: 20
maxBlockSize: 26
strategy: Linear`,
      ) + claim("one", "poolRef: prod\nclusterID: cluster-1"),
    );
    await world.bound("one");
    const prod = await world.poolShows("prod", ({ allocatedCount }) => allocatedCount === 1);
    expect(prod.status).toMatchObject({
      observedGeneration: prod.metadata.generation,
      allocatedCount: 1,
      allocatedCIDRs: { "10.0.0.0/24": "cluster-1" },
      freeCountBySize: { "20": 15, "21": 31, "22": 63, "23": 127, "24": 255, "25": 510, "26": 1020 },
    });
    expect(Object.keys(prod.status?.freeCountBySize ?? {})).toHaveLength(7);
    expect(conditionOf(prod, "Ready")).toMatchObject({ status: "True" });
    expect(conditionOf(prod, "Exhausted")).toMatchObject({ status: "False" });
    expect(await row("subnetpool", "prod")).toMatchObject({
      NAME: "prod",
      CIDR: "10.0.0.0/16",
      STRATEGY: "Linear",
      ALLOCATED: "1",
      AGE: expect.stringMatching(/^\d+[sm]/),
    });
  });

  test("defaults: blocks of /24, Linear", async () => {
    await apply(pool("plain", "cidr: 10.1.0.0/22") + claim("plain", "poolRef: plain\nclusterID: plain"));
    expect((await world.bound("plain")).status?.allocatedCIDR).toBe("10.1.0.0/24");
  });

  test("strategy Buddy leaves large blocks whole where Linear would break one up", async () => {
    await apply(
      ["Linear", "Buddy"]
        .map((strategy) => {
          const name = strategy.toLowerCase();
          const cidr = "cidr: 10.2.0.0/22";
          return (
            pool(name, `${cidr}\nstrategy: ${strategy}`) +
            claim(`${name}-fixed`, `poolRef: ${name}\nclusterID: fixed\nrequestedCIDR: 10.2.2.0/24`)
          );
        })
        .join("\n"),
    );
    for (const name of ["linear", "buddy"]) await world.bound(`${name}-fixed`);
    await apply(
      ["linear", "buddy"]
        .map((name) => claim(`${name}-any`, `poolRef: ${name}\nclusterID: any\nblockSize: 24`))
        .join("\n"),
    );
    expect((await world.bound("linear-any")).status?.allocatedCIDR).toBe("10.2.0.0/24");
    expect((await world.bound("buddy-any")).status?.allocatedCIDR).toBe("10.2.3.0/24");
  });

  test("the Exhausted condition comes with the last block and goes with a release", async () => {
    await apply(pool("small", "cidr: 10.3.0.0/24") + claim("last", "poolRef: small\nclusterID: last"));
    const full = await world.until(
      SUBNET_POOLS,
      "small",
      (small) => conditionOf(small, "Exhausted")?.status === "True",
    );
    expect(full.status?.freeCountBySize?.["24"]).toBe(0);
    await kubectl(["delete", "subnetclaim", "last"]);
    await world.until(SUBNET_POOLS, "small", (small) => conditionOf(small, "Exhausted")?.status === "False");
  });

  test("PS-05 the label plexaubnet.io/parent makes a child of a pool made by hand", async () => {
    const labels = "\n  labels:\n    plexaubnet.io/parent: region";
    await apply(pool("region", "cidr: 10.4.0.0/16") + pool("zone", "cidr: 10.4.16.0/20", labels));
    const region = await world.poolShows("region", ({ allocatedCount }) => allocatedCount === 1);
    expect(Object.keys(region.status?.allocatedCIDRs ?? {})).toEqual(["10.4.16.0/20"]);
    await world.until(SUBNET_POOLS, "zone", (zone) => conditionOf(zone, "Ready")?.status === "True");
    expect(await row("subnetpool", "zone")).toMatchObject({ PARENT: "region", READY: "True" });
    await apply(claim("in-zone", "poolRef: zone\nclusterID: in-zone"));
    expect((await world.bound("in-zone")).status?.allocatedCIDR).toBe("10.4.16.0/24");
    expect(await kubectl(["get", "subnetpools", "-l", "plexaubnet.io/parent=region", "-o", "name"])).toBe(
      "subnetpool.plexaubnet.io/zone\n",
    );
  });

  test("PS-05 labelling an existing pool gives it a parent, and taking the label away takes the parent", async () => {
    await apply(pool("above", "cidr: 10.5.0.0/16") + pool("below", "cidr: 10.5.0.0/20"));
    await world.poolShows("below", ({ freeCount }) => freeCount === 16);
    await kubectl(["label", "subnetpool", "below", "plexaubnet.io/parent=above"]);
    await world.poolShows(
      "above",
      ({ childPools, allocatedCount }) => childPools?.count === 1 && allocatedCount === 1,
    );
    await kubectl(["label", "subnetpool", "below", "plexaubnet.io/parent-"]);
    await world.poolShows("above", ({ childPools }) => childPools?.count === 0);
  });
});

describe("SubnetClaim", () => {
  beforeAll(() =>
    apply(pool("claims", "cidr: 10.10.0.0/16\ndefaultBlockSize: 24\nminBlockSize: 18\nmaxBlockSize: 28")),
  );

  test("poolRef, clusterID and blockSize; status, columns and event", async () => {
    await apply(claim("sized", "poolRef: claims\nclusterID: cluster.sized-1\nblockSize: 20"));
    const sized = await world.bound("sized");
    expect(sized.status).toMatchObject({
      observedGeneration: 1,
      phase: "Bound",
      allocatedCIDR: expect.stringMatching(/^10\.10\.\d+\.0\/20$/),
    });
    expect(sized.status?.message).toBeUndefined();
    expect(conditionOf(sized, "Ready")).toMatchObject({ status: "True" });
    expect(await row("subnetclaim", "sized")).toMatchObject({
      NAME: "sized",
      PHASE: "Bound",
      CLUSTERID: "cluster.sized-1",
      POOL: "claims",
      ALLOCATED: sized.status?.allocatedCIDR,
    });
    await world.recorded(
      ({ reason, involvedObject }) =>
        reason === "SubnetAllocated" && (involvedObject as { name: string }).name === "sized",
    );
  });

  test("requestedCIDR gives exactly that block, and names who has it otherwise", async () => {
    await apply(claim("exact", "poolRef: claims\nclusterID: exact\nrequestedCIDR: 10.10.128.0/22"));
    expect((await world.bound("exact")).status?.allocatedCIDR).toBe("10.10.128.0/22");
    await apply(claim("late", "poolRef: claims\nclusterID: late\nrequestedCIDR: 10.10.130.0/24"));
    const late = await world.until(SUBNET_CLAIMS, "late", (object) => reasonOf(object) === "BlockTaken");
    expect(late.status).toMatchObject({
      phase: "Pending",
      message: expect.stringContaining("taken by Subnet"),
    });
    expect(await row("subnetclaim", "late")).toMatchObject({ PHASE: "Pending", ALLOCATED: "" });
    await kubectl(["delete", "subnetclaim", "exact"]);
    expect((await world.bound("late")).status?.allocatedCIDR).toBe("10.10.130.0/24");
  });

  test("blockSize and requestedCIDR together are refused when they are applied", async () => {
    const both = claim(
      "both",
      "poolRef: claims\nclusterID: both\nblockSize: 24\nrequestedCIDR: 10.10.0.0/24",
    );
    await expect(apply(both)).rejects.toThrow(/blockSize and requestedCIDR are mutually exclusive/);
  });

  test("a clusterID that is none is refused when it is applied", async () => {
    const odd = claim("odd", "poolRef: claims\nclusterID: Cluster_1");
    await expect(apply(odd)).rejects.toThrow(/clusterID/);
  });

  test("a size that the pool does not allocate is an Error with a message", async () => {
    await apply(claim("large", "poolRef: claims\nclusterID: large\nblockSize: 16"));
    const large = await world.until(SUBNET_CLAIMS, "large", ({ status }) => status?.phase === "Error");
    expect(large.status?.message).toContain("/18 to /28");
    expect(reasonOf(large)).toBe("SizeNotAllowed");
    // It may be changed as long as it is not Bound.
    await apply(claim("large", "poolRef: claims\nclusterID: large\nblockSize: 18"));
    const served = await world.bound("large");
    expect(served.status).toMatchObject({
      observedGeneration: 2,
      allocatedCIDR: expect.stringMatching(/\/18$/),
    });
  });

  test("a claim that came before its pool is Pending, and is served when the pool comes", async () => {
    await apply(claim("early", "poolRef: later\nclusterID: early"));
    const early = await world.until(SUBNET_CLAIMS, "early", ({ status }) => status?.phase === "Pending");
    expect(reasonOf(early)).toBe("PoolNotFound");
    await apply(pool("later", "cidr: 10.11.0.0/16"));
    await world.bound("early");
  });

  test("applying the same manifests again changes nothing", async () => {
    const manifest = claim("same", "poolRef: claims\nclusterID: same");
    await apply(manifest);
    const { metadata } = await world.bound("same");
    expect(await apply(manifest)).toContain("subnetclaim.plexaubnet.io/same unchanged");
    expect((await world.get(SUBNET_CLAIMS, "same"))?.metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  test("kubectl wait and kubectl describe see it Bound", async () => {
    await apply(claim("waited", "poolRef: claims\nclusterID: waited"));
    await kubectl(["wait", "subnetclaim/waited", "--for=condition=Ready", "--timeout=60s"]);
    expect(await kubectl(["describe", "subnetclaim", "waited"])).toMatch(/Allocated CIDR: +10\.10\./);
  });
});

describe("Subnet", () => {
  beforeAll(() => apply(pool("blocks", "cidr: 10.20.0.0/16")));

  test("the Subnet of a claim carries poolRef, cidr, clusterID and claimRef, and goes with its claim", async () => {
    await apply(claim("owner", "poolRef: blocks\nclusterID: owner"));
    const owner = await world.bound("owner");
    const made = [...(await world.list(SUBNETS))].find(({ spec }) => spec.claimRef?.name === "owner");
    expect(made).toMatchObject({
      spec: {
        poolRef: "blocks",
        cidr: owner.status?.allocatedCIDR,
        clusterID: "owner",
        claimRef: { name: "owner", uid: owner.metadata.uid },
      },
      status: { phase: "Allocated", allocatedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    const name = made?.metadata.name ?? "";
    expect(await row("subnet", name)).toMatchObject({
      PHASE: "Allocated",
      POOL: "blocks",
      CIDR: owner.status?.allocatedCIDR,
      CLUSTERID: "owner",
    });
    await kubectl(["delete", "subnetclaim", "owner"]);
    await world.untilGone(SUBNETS, name);
  });

  test("one made by hand takes its block, and no claim gets it", async () => {
    await apply(subnet("by-hand", "poolRef: blocks\ncidr: 10.20.0.0/20\nclusterID: legacy"));
    const byHand = await world.until(SUBNETS, "by-hand", ({ status }) => status?.phase === "Allocated");
    expect(byHand.status?.allocatedAt).toBeDefined();
    await world.poolShows("blocks", ({ allocatedCIDRs }) => allocatedCIDRs?.["10.20.0.0/20"] === "legacy");
    await apply(claim("beside", "poolRef: blocks\nclusterID: beside"));
    expect((await world.bound("beside")).status?.allocatedCIDR).toBe("10.20.16.0/24");
  });

  test("one that names its claim without a UID is taken as it is", async () => {
    const spec = "poolRef: blocks\ncidr: 10.20.200.0/24\nclusterID: named\nclaimRef:\n  name: somebody";
    await apply(subnet("named", spec));
    const named = await world.until(SUBNETS, "named", ({ status }) => status?.phase === "Allocated");
    expect(named.spec.claimRef).toEqual({ name: "somebody" });
  });

  test("one that overlaps is Failed, and recovers when the other one goes", async () => {
    await apply(subnet("first", "poolRef: blocks\ncidr: 10.20.128.0/24\nclusterID: first"));
    await world.until(SUBNETS, "first", ({ status }) => status?.phase === "Allocated");
    await apply(subnet("second", "poolRef: blocks\ncidr: 10.20.128.0/25\nclusterID: second"));
    const failed = await world.until(SUBNETS, "second", ({ status }) => status?.phase === "Failed");
    expect(failed.status?.message).toContain("first");
    expect(await row("subnet", "second")).toMatchObject({ PHASE: "Failed" });
    await kubectl(["delete", "subnet", "first"]);
    await world.until(SUBNETS, "second", ({ status }) => status?.phase === "Allocated");
  });

  test("one of a pool that does not exist yet is Pending until it does", async () => {
    await apply(subnet("homeless", "poolRef: home\ncidr: 10.21.0.0/24\nclusterID: homeless"));
    await world.until(SUBNETS, "homeless", ({ status }) => status?.phase === "Pending");
    await apply(pool("home", "cidr: 10.21.0.0/16"));
    await world.until(SUBNETS, "homeless", ({ status }) => status?.phase === "Allocated");
  });
});

describe("SubnetPoolClaim", () => {
  let parents = 0;
  let parent: string;
  beforeEach(async () => {
    parent = `parent-${++parents}`;
    await apply(pool(parent, `cidr: 10.${100 + parents}.0.0/16`));
  });

  const bound = (name: string) =>
    world.until(SUBNET_POOL_CLAIMS, name, ({ status }) => status?.phase === "Bound");

  test("parentPoolRef and desiredBlockSize make a child pool; status and columns", async () => {
    await apply(poolClaim("team", parent, 20));
    const team = await bound("team");
    expect(team.status).toMatchObject({ observedGeneration: 1, phase: "Bound" });
    expect(conditionOf(team, "Ready")).toMatchObject({ status: "True" });
    const child = await world.get(SUBNET_POOLS, team.status?.boundPoolName ?? "");
    expect(child).toMatchObject({
      metadata: { labels: { "plexaubnet.io/parent": parent } },
      spec: { cidr: "10.101.0.0/20" },
    });
    expect(await row("subnetpc", "team")).toMatchObject({ PHASE: "Bound", POOL: team.status?.boundPoolName });
    await apply(claim("member", `poolRef: ${team.status?.boundPoolName}\nclusterID: member`));
    expect((await world.bound("member")).status?.allocatedCIDR).toBe("10.101.0.0/24");
  });

  test("one that does not fit reports it, and is served when its parent has room", async () => {
    await apply(poolClaim("half", parent, 17) + poolClaim("other-half", parent, 17));
    await bound("half");
    await bound("other-half");
    await apply(poolClaim("too-many", parent, 17));
    const waiting = await world.until(
      SUBNET_POOL_CLAIMS,
      "too-many",
      (object) => reasonOf(object) === "PoolExhausted",
    );
    expect(waiting.status).toMatchObject({
      phase: "Pending",
      message: expect.stringContaining("no free /17"),
    });
    await kubectl(["delete", "subnetpoolclaim", "half"]);
    await bound("too-many");
  });

  test("an impossible size is an Error, a parent that is missing is waited for", async () => {
    await apply(poolClaim("giant", parent, 12) + poolClaim("orphan", "nobody", 20));
    const giant = await world.until(SUBNET_POOL_CLAIMS, "giant", ({ status }) => status?.phase === "Error");
    expect(reasonOf(giant)).toBe("SizeNotAllowed");
    await world.until(SUBNET_POOL_CLAIMS, "orphan", (object) => reasonOf(object) === "PoolNotFound");
    await apply(pool("nobody", "cidr: 10.200.0.0/16"));
    await bound("orphan");
  });

  test("deleting it deletes the child pool and frees the parent's block", async () => {
    await apply(poolClaim("passing", parent, 20));
    await bound("passing");
    await world.poolShows(parent, ({ allocatedCount }) => allocatedCount === 1);
    await kubectl(["delete", "subnetpoolclaim", "passing"]);
    expect(await world.get(SUBNET_POOLS, "passing")).toBeUndefined();
    await world.poolShows(
      parent,
      ({ allocatedCount, freeCount }) => allocatedCount === 0 && freeCount === 256,
    );
  });
});

test("when all this has come to rest, no promise of the design is broken", async () => {
  const look = async () => {
    const [pools, poolClaims, claims, subnets] = await Promise.all([
      world.list(SUBNET_POOLS),
      world.list(SUBNET_POOL_CLAIMS),
      world.list(SUBNET_CLAIMS),
      world.list(SUBNETS),
    ]);
    return findViolations({ pools, poolClaims, claims, subnets }, systemKernel.clock.now())
      .filter(({ severity }) => severity === "violation")
      .map(({ invariant, objects, message }) => `${invariant} ${objects[0]}: ${message}`);
  };
  await expect.poll(look).toEqual([]);
});
