import { describe, expect, test } from "vitest";
import { recordLabels } from "../../api/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import { recomputeWorld } from "../check/recomputed-world.ts";
import { backingClusterID } from "../model/subnet-name.ts";
import { allocated, NAMESPACE, pool, poolClaim, subnet } from "../testing/objects.ts";
import { prefix } from "../testing/usable-pool.ts";

const parent = pool("prod", "10.8.0.0/15");

/** Restored: it had this block in an earlier life. */
function restored(cidr: string) {
  const claim = poolClaim("team", "prod", 24);
  return { ...claim, metadata: { ...claim.metadata, labels: recordLabels(claim, prefix(cidr), "uearlier") } };
}

function behindTeam(cidr: string) {
  return subnet(`of-${cidr.replaceAll(/[./]/g, "-")}`, "prod", cidr, {
    spec: { clusterID: backingClusterID("team") },
    status: allocated(),
  });
}

/** By whom each of the blocks is taken in the parent. */
function takenIn(objects: readonly KubeObject[], blocks: readonly string[]) {
  const space = recomputeWorld([parent, ...objects]).spaces.view(`${NAMESPACE}/prod`)?.space;
  return blocks.map((block) => {
    const free = space?.check(prefix(block));
    return free?.ok === false && free.error.reason === "taken" ? free.error.by : undefined;
  });
}

describe("what a SubnetPoolClaim remembers is held in its parent (PX-11)", () => {
  test("wholly, while it has neither a pool nor a Subnet", () => {
    const held = takenIn([restored("10.8.0.0/22")], ["10.8.0.0/24", "10.8.3.0/24", "10.8.4.0/24"]);
    expect(held.map((by) => by?.startsWith("poolclaim/team"))).toEqual([true, true, undefined]);
  });

  test("where Subnets of its earlier life stand for a part of it, the rest", () => {
    const held = takenIn(
      [restored("10.8.0.0/22"), behindTeam("10.8.0.0/24")],
      ["10.8.0.0/24", "10.8.1.0/24", "10.8.3.0/24", "10.8.4.0/24"],
    );
    expect(held).toEqual([
      "of-10-8-0-0-24",
      "poolclaim/team/10.8.1.0/24",
      "poolclaim/team/10.8.2.0/23",
      undefined,
    ]);
  });

  test("while the pool of its earlier life is being deleted", () => {
    const leaving = pool("team", "10.8.0.0/22", {
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", labels: { "plexaubnet.io/parent": "prod" } },
    });
    const held = takenIn([restored("10.8.0.0/22"), leaving], ["10.8.0.0/24", "10.8.3.0/24"]);
    expect(held.map((by) => by?.startsWith("poolclaim/team"))).toEqual([true, true]);
  });
});
