/**
 * The process goes, in order or not, and what it had acknowledged is there again.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Subnet, SubnetClaim } from "../../src/api/index.ts";
import { type Running, scratch, up } from "./up-process.ts";

/** What it did on the way up, then that it ends, and no complaint. */
const ENDED_IN_ORDER = /^(· [^\n]+\n)+· stopping…\n$/;

/** Blocks by claim, and the uids of the Subnets behind them. */
async function state(running: Running) {
  const text = await running.kubectl("get", "subnetclaims,subnets", "-A", "-o", "json");
  const { items } = JSON.parse(text) as { items: (SubnetClaim | Subnet)[] };
  const claims = items.filter((item): item is SubnetClaim => item.kind === "SubnetClaim");
  const subnets = items.filter((item): item is Subnet => item.kind === "Subnet");
  return {
    blocks: Object.fromEntries(claims.map(({ metadata, status }) => [metadata.name, status?.allocatedCIDR])),
    subnets: subnets.map(({ metadata, spec }) => `${metadata.uid} ${spec.poolRef} ${spec.cidr}`).sort(),
  };
}

const LATE_CLAIM = `apiVersion: plexaubnet.io/v1alpha1
kind: SubnetClaim
metadata: { name: late, namespace: fleet }
spec: { poolRef: us-east-staging-nodes, clusterID: late }
`;

test("PX-02 after kill -9 everything acknowledged is there, and nothing is allocated twice", async () => {
  using folder = scratch();
  await using first = await up(folder.path);
  const before = await state(first);
  await first.kubectl("delete", "subnetclaim", "edge-prod-aps1-pods", "-n", "fleet");
  expect(await first.apply(LATE_CLAIM)).toMatchObject({ code: 0 });
  first.child.kill("SIGKILL");
  await first.ended;

  await using second = await up(folder.path);
  await second.kubectl("wait", "subnetclaim/late", "-n", "fleet", "--for=condition=Ready", "--timeout=60s");
  await expect.poll(async () => (await state(second)).subnets.length).toBe(before.subnets.length);
  const after = await state(second);
  const { late, ...others } = after.blocks;
  expect(late).toMatch(/^10\./);
  const { "edge-prod-aps1-pods": deleted, ...kept } = before.blocks;
  expect(deleted).toMatch(/^10\./);
  expect(others, "no claim lost or changed its block, and the deleted example did not come back").toEqual(
    kept,
  );
  const survivors = new Set(after.subnets);
  const gone = before.subnets.filter((subnet) => !survivors.has(subnet));
  expect(gone.map((line) => line.split(" ").slice(1).join(" "))).toEqual([`ap-south-prod-pods ${deleted}`]);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends it in order", async (name) => {
  using folder = scratch();
  await using running = await up(folder.path, "--no-examples");
  running.child.kill(name);
  expect(await running.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(ENDED_IN_ORDER) });
});

test("a Ctrl-C that comes twice, as under npm, ends it in order all the same", async () => {
  using folder = scratch();
  await using running = await up(folder.path);
  running.child.kill("SIGINT");
  running.child.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(ENDED_IN_ORDER) });
  expect(readFileSync(join(folder.path, "plexaubnet.log"), "utf8")).toMatch(/stopped/);
});

test("a watch of kubectl does not hold up the end", async () => {
  using folder = scratch();
  await using running = await up(folder.path);
  const watching = running.tryKubectl(["get", "subnetclaims", "-A", "--watch-only"]);
  await running.kubectl("get", "subnetpools", "-A");
  running.child.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(ENDED_IN_ORDER) });
  await watching;
});
